import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { loadParser } from '../sql/parser.ts';

/** Loads PostgreSQL's grammar, so that `parse` works in this process: from beside a bundle, else from the installed package. */
export async function loadParserOnNode(): Promise<void> {
  const beside = fileURLToPath(new URL('./libpg-query.wasm', import.meta.url));
  const file = existsSync(beside) ? beside : createRequire(import.meta.url).resolve('libpg-query/wasm/libpg-query.wasm');
  await loadParser({ wasmBinary: readFileSync(file) });
}
