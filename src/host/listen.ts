import { once } from 'node:events';
import type { Server } from 'node:net';
import { SqlError } from '../base/sql-error.ts';

/** Binds `server`; the port it got. An address in use or not ours is SQLSTATE 58000, in words that name it. */
export async function listen(server: Server, host: string, port: number): Promise<number> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (cause) {
    const reason =
      cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE' ? 'the port is in use' : 'the address cannot be bound';
    throw new SqlError('system_error', `could not listen on ${host}, port ${port}: ${reason}`, { cause });
  }
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}
