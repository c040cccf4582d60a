/** Finds test files, and what is known not to apply to them. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import type { Dialect } from './record.ts';

export function testFiles(paths: readonly string[]): string[] {
  return paths.flatMap((path) =>
    statSync(path).isDirectory()
      ? readdirSync(path)
          .toSorted()
          .flatMap((name) => testFiles([join(path, name)]))
      : /\.(test|slt)$/.test(path)
        ? [path]
        : [],
  );
}

/** PostgreSQL's corpora give a row a line; SQLite's a value a line. */
export function dialectOf(path: string): Dialect {
  return /(^|\/)postgres(\/|$)/.test(path) ? 'postgres' : 'sqlite';
}

/** Lines of the records of `path` on which PostgreSQL itself disagrees with the recording, from the list beside the corpus. */
export function notApplicable(path: string): number[] {
  const list = findUpwards(dirname(resolve(path)), 'sqlite.not-applicable.tsv');
  if (list === undefined) return [];
  const name = relative(dirname(list), resolve(path));
  return readFileSync(list, 'utf8')
    .split('\n')
    .flatMap((line) => {
      const match = /^([^#\t]+):(\d+)\t/.exec(line);
      return match !== null && match[1] === name ? [Number(match[2])] : [];
    });
}

function findUpwards(folder: string, name: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, name))) return join(at, name);
    if (dirname(at) === at) return undefined;
  }
}
