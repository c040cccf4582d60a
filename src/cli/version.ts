import { readFileSync } from 'node:fs';

/** The package's version, from the package.json above this file, wherever it was built to. */
export function packageVersion(): string {
  for (let folder = new URL('.', import.meta.url); ; folder = new URL('..', folder)) {
    try {
      const { name, version } = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8')) as { name?: string; version?: string };
      if (name === 'velocidb' && version !== undefined) return version;
    } catch {
      // not here
    }
    if (folder.pathname === '/') return 'unknown';
  }
}
