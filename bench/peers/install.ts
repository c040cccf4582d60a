/** Installs the peers into bench/node_modules when they are not there. A peer that cannot be had is reported as absent. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const FOLDER = join(process.cwd(), 'bench');
let tried = false;

/** The peer's module, or undefined when it cannot be installed or loaded. */
export async function loadPeer(name: string): Promise<Record<string, unknown> | undefined> {
  try {
    if (!existsSync(join(FOLDER, 'node_modules', name)) && !tried) {
      tried = true;
      console.error('installing the peers into bench/node_modules …');
      execFileSync('npm', ['install', '--prefix', FOLDER, '--no-audit', '--no-fund', '--no-package-lock'], {
        stdio: ['ignore', 'ignore', 'inherit'],
      });
    }
    return (await import(entryOf(name))) as Record<string, unknown>;
  } catch (error) {
    console.error(`peer ${name} is absent: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`);
    return undefined;
  }
}

/** The file that a program which imports the package gets. */
function entryOf(name: string): string {
  const folder = join(FOLDER, 'node_modules', name);
  const { exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { exports?: { '.'?: { import?: unknown } } };
  const imported = exports?.['.']?.import; // of packages that cannot be required
  return typeof imported === 'string' ? join(folder, imported) : createRequire(join(FOLDER, 'package.json')).resolve(name);
}
