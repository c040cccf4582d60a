import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { loadParser } from '../sql/parser.ts';

/** Loads PostgreSQL's grammar from the installed package, so that `parse` works in this process. */
export async function loadParserOnNode(): Promise<void> {
  const file = createRequire(import.meta.url).resolve('libpg-query/wasm/libpg-query.wasm');
  await loadParser({ wasmBinary: readFileSync(file) });
}
