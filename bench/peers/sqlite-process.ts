/** SQLite in a process of its own: runs the queries it is sent, so that one that takes too long can be ended. Started by limited-sqlite. */
import { loadPeer } from './install.ts';
import { SQLITE } from './sqlite.ts';

interface Opened {
  pragma(text: string): void;
  prepare(sql: string): { raw(): { all(): unknown[][] } };
}

const CACHE_KIB = 1_000_000;

const module = await loadPeer(SQLITE);
if (module === undefined) process.exit(1);
const Database = module['default'] as new (path: string, options: { readonly: boolean }) => Opened;
const database = new Database(process.argv[2], { readonly: true });
database.pragma(`cache_size = -${CACHE_KIB}`);
process.on('message', (sql: string) => {
  try {
    const statement = database.prepare(sql).raw(); // preparing is left out of the time
    const started = performance.now();
    const rows = statement.all();
    process.send?.({ seconds: (performance.now() - started) / 1000, rows });
  } catch (error) {
    process.send?.({ error: String(error) });
  }
});
