/** The built command in a process of its own. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  readonly input?: string | undefined;
  readonly environment?: Readonly<Record<string, string>> | undefined;
}

/** Runs `velocidb …` to its end, with nothing of this process's own URLs in its environment. */
export function velocidb(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [MAIN, ...args], { env: environmentOf(options.environment), stdio: ['pipe', 'pipe', 'pipe'] });
    let out = '';
    let err = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, out, err }));
    child.stdin.on('error', () => undefined); // it may not read its input
    child.stdin.end(options.input ?? '');
  });
}

export function environmentOf(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const { VELOCIDB_URL: _, DATABASE_URL: __, VELOCIDB_PASSWORD: ___, VELOCIDB_KEY: ____, ...rest } = process.env;
  return { ...rest, ...extra };
}

/** A directory that is gone when `work` ends. */
export async function inDirectory<T>(work: (path: string) => Promise<T>): Promise<T> {
  const path = await mkdtemp(join(tmpdir(), 'velocidb-cli-'));
  try {
    return await work(path);
  } finally {
    await rm(path, { recursive: true, force: true });
  }
}

/** Runs `work` with a file: database of its own. */
export function withBucket(
  work: (database: { readonly path: string; readonly environment: Record<string, string> }) => Promise<void>,
): Promise<void> {
  return inDirectory((path) => work({ path, environment: { VELOCIDB_URL: `file:${join(path, 'bucket')}` } }));
}
