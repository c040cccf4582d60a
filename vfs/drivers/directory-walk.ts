import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { NOTHING_THERE, codeOf } from './durable-files.ts';

/**
 * The names under `root` that begin with `prefix` and are greater than `after`, in byte order. A folder sorts as its name
 * with '/' behind it, since that is what its objects' names hold there. Hidden entries are the driver's own.
 */
export async function* walkNames(root: string, prefix: string, after: string | undefined): AsyncGenerator<string> {
  const slash = prefix.lastIndexOf('/');
  yield* walkFolder(root, prefix.slice(0, slash + 1), prefix, after ?? '');
}

async function* walkFolder(root: string, folder: string, prefix: string, after: string): AsyncGenerator<string> {
  const entries = await readdir(join(root, folder), { withFileTypes: true }).catch(nothingThere);
  const names = entries
    .filter((entry) => !entry.name.startsWith('.') && (entry.isDirectory() || entry.isSymbolicLink() || entry.isFile()))
    .map((entry) => folder + entry.name + (entry.isDirectory() ? '/' : ''))
    .filter((name) => name.startsWith(prefix) || (name.endsWith('/') && prefix.startsWith(name)))
    .sort();
  for (const name of names) {
    if (!name.endsWith('/')) {
      if (name > after) yield name;
    } else if (name > after || after.startsWith(name)) {
      yield* walkFolder(root, name, prefix, after);
    }
  }
}

function nothingThere(error: unknown): never[] {
  if (NOTHING_THERE.includes(codeOf(error))) return [];
  throw error;
}
