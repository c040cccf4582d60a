/** PostgreSQL's protocol on TCP: each socket feeds a `WireConnection`. */
import { createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { SqlError } from '../base/sql-error.ts';
import { WireConnection, type WireOptions } from '../wire/connection.ts';
import { listen } from './listen.ts';

export interface PgServerOptions {
  readonly wire: Omit<WireOptions, 'send' | 'close' | 'refusal'>;
  readonly host: string;
  readonly port: number;
  readonly connectionsMax: number;
  /** How long a client may take to introduce itself. */
  readonly startupMs: number;
}

const KEEP_ALIVE_MS = 60_000;

export class PgServer {
  readonly port: number;
  readonly #server: Server;
  readonly #connections: Map<WireConnection, Socket>;

  private constructor(server: Server, port: number, connections: Map<WireConnection, Socket>) {
    this.#server = server;
    this.port = port;
    this.#connections = connections;
  }

  static async start(options: PgServerOptions): Promise<PgServer> {
    const connections = new Map<WireConnection, Socket>();
    const server = createServer((socket) => accept(options, socket, connections));
    return new PgServer(server, await listen(server, options.host, options.port), connections);
  }

  /** Accepts nothing more, ends idle clients (57P01), waits `drainMs` for running statements, then cuts. */
  async close(drainMs: number): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    const reason = new SqlError('admin_shutdown', 'terminating connection due to administrator command');
    for (const connection of this.#connections.keys()) void connection.drain(reason);
    const timer = setTimeout(() => {
      for (const [connection, socket] of this.#connections) {
        void connection.end();
        socket.destroy();
      }
    }, drainMs);
    await closed;
    clearTimeout(timer);
  }
}

function accept(options: PgServerOptions, socket: Socket, connections: Map<WireConnection, Socket>): void {
  const full = connections.size >= options.connectionsMax;
  const connection = new WireConnection({
    ...options.wire,
    refusal: full ? new SqlError('too_many_connections', 'sorry, too many clients already') : undefined,
    send: (bytes) => write(socket, bytes),
    close: () => socket.end(),
  });
  connections.set(connection, socket);
  socket.setNoDelay(true);
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  const timer = setTimeout(() => {
    if (!connection.admitted) socket.destroy();
  }, options.startupMs);
  socket.on('data', (chunk: Buffer) => {
    const done = connection.push(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length));
    if (!connection.backlogged) return;
    socket.pause();
    void done.then(() => socket.resume());
  });
  socket.on('error', () => socket.destroy());
  socket.on('end', () => void connection.end());
  socket.on('close', () => {
    clearTimeout(timer);
    connections.delete(connection);
    void connection.end();
  });
}

/** A promise while the peer is slow; it settles when the socket is gone, too. */
function write(socket: Socket, bytes: Uint8Array): void | Promise<void> {
  if (socket.destroyed || !socket.writable || socket.write(bytes)) return undefined;
  return new Promise((resolve) => {
    const settle = (): void => {
      socket.off('drain', settle);
      socket.off('close', settle);
      resolve();
    };
    socket.on('drain', settle);
    socket.on('close', settle);
  });
}
