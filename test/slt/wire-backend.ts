/** The same over the wire: a server of its own on a loopback port, and node-postgres. */
import pg from 'pg';
import { serve } from '../../src/host/serve.ts';
import type { SltBackend } from './backend.ts';

export async function overTheWire(): Promise<SltBackend> {
  const server = await serve({ url: 'memory:', host: '127.0.0.1', httpPort: 0, pgPort: 0 });
  const types = { getTypeParser: () => (text: string) => text };
  const client = new pg.Client({ host: '127.0.0.1', port: server.pgPort, user: 'postgres', database: 'postgres', types });
  await client.connect();
  return {
    async run(sql) {
      const answer = await client.query<(string | null)[]>({ text: sql, rowMode: 'array' });
      const result = Array.isArray(answer) ? answer[answer.length - 1] : answer;
      return { columns: result.fields.length, rows: result.rows };
    },
    cancel: () => undefined,
    async close() {
      await client.end();
      await server.close();
    },
  };
}
