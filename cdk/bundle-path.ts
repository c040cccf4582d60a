import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The folder that `npm run bundle` fills, seen from this file's source or from its compiled form; throws when it is not there. */
export function bundlesFolder(): string {
  const compiled = fileURLToPath(new URL('../functions-bundle', import.meta.url));
  const source = fileURLToPath(new URL('../dist/functions-bundle', import.meta.url));
  const found = [compiled, source].find((folder) => existsSync(folder));
  if (found === undefined) throw new Error(`the bundled functions are not at ${compiled}: run \`npm run bundle\``);
  return found;
}
