/** Functions run as processes: one for every invocation, none knowing of another. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Bundles {
  readonly query: string;
  readonly maintenance: string;
  /** The folder that holds both; the caller removes it. */
  readonly folder: string;
}

/** The handlers bundled as `npm run bundle` does it, into a folder of their own under dist/, where the SDK is found. */
export function bundleFunctions(): Bundles {
  mkdirSync(join(root, 'dist'), { recursive: true });
  const folder = mkdtempSync(join(root, 'dist', 'functions-test-'));
  execFileSync(process.execPath, ['scripts/bundle-functions.mjs', folder], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  return { folder, query: join(folder, 'query/index.mjs'), maintenance: join(folder, 'maintenance/index.mjs') };
}

export type Ended =
  | { readonly kind: 'answered'; readonly result: unknown }
  | { readonly kind: 'killed' }
  | { readonly kind: 'failed'; readonly reason: string };

export interface Invocation {
  readonly bundle: string;
  readonly event: unknown;
  readonly environment: Readonly<Record<string, string>>;
  /** The system call on the file system, counted from 1, that the process does not live to make. */
  readonly killBeforeCall?: number | undefined;
  readonly killAfterMs?: number | undefined;
  /** Receives the process as soon as it runs. */
  readonly started?: ((child: ChildProcess) => void) | undefined;
}

/** Runs one invocation in a new process. */
export async function invoke(invocation: Invocation): Promise<Ended> {
  const child = spawn(process.execPath, ['--import', join(here, 'kill-at-call.mjs'), join(here, 'lambda-host.mjs'), invocation.bundle], {
    env: {
      PATH: process.env['PATH'],
      ...invocation.environment,
      ...(invocation.killBeforeCall === undefined ? {} : { KILL_BEFORE_CALL: String(invocation.killBeforeCall) }),
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  invocation.started?.(child);
  const timer = invocation.killAfterMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), invocation.killAfterMs);
  child.stdin.on('error', () => undefined); // it may be dead by now
  child.stdin.end(JSON.stringify(invocation.event));
  const [output, errors, end] = await Promise.all([text(child.stdout), text(child.stderr), ended(child)]);
  clearTimeout(timer);
  if (end.code === 0) return { kind: 'answered', result: JSON.parse(output.slice(output.lastIndexOf('\n') + 1)) };
  if (end.signal === 'SIGKILL') return { kind: 'killed' };
  return { kind: 'failed', reason: `code ${String(end.code)}, signal ${String(end.signal)}\n${errors}` };
}

function ended(child: ChildProcess): Promise<{ readonly code: number | null; readonly signal: string | null }> {
  return new Promise((resolve) => child.once('close', (code, signal) => resolve({ code, signal })));
}
