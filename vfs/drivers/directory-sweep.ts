import { basename, join } from 'node:path';
import type { DirectoryVersions } from './directory-versions.ts';
import { walkNames } from './directory-walk.ts';
import { discard, factsOf, namesIn } from './durable-files.ts';

/**
 * Removes bytes and chains that no name reaches and that were last changed before `beforeMs`. Candidates are listed before
 * what is reachable is: a file that becomes reachable in between is younger than any age worth sweeping.
 */
export async function sweepDirectory(versions: DirectoryVersions, beforeMs: number): Promise<{ readonly removed: number }> {
  const candidates = [versions.objects, versions.chains].flatMap((folder) => namesIn(folder).map((name) => join(folder, name)));
  const reachable = new Set<string>();
  for await (const name of walkNames(versions.root, '', undefined)) {
    const version = versions.resolve(versions.pathOf(name));
    if (version !== undefined) reachable.add(version.incarnation).add(basename(version.bytesPath));
  }
  let removed = 0;
  for (const path of candidates) {
    if (reachable.has(basename(path)) || (factsOf(path)?.modifiedMs ?? Infinity) >= beforeMs) continue;
    discard(path);
    removed++;
  }
  return { removed };
}
