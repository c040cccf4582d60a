import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';

/** A TypeScript program bundled once, to be started as often as wanted: Node 20 runs no TypeScript by itself. */
export class ChildScript {
  readonly #folder: string;
  readonly #file: string;

  constructor(folder: string, file: string) {
    this.#folder = folder;
    this.#file = file;
  }

  /** Starts the program; each line it prints is handed to `onLine`. */
  start(args: readonly string[], onLine: (line: string) => void): RunningChild {
    const child = spawn(process.execPath, [this.#file, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    if (child.stdout === null) throw new Error('the child has an output');
    const lines = createInterface({ input: child.stdout });
    lines.on('line', onLine);
    return new RunningChild(child, new Promise((resolve) => lines.once('close', resolve)));
  }

  async remove(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}

export class RunningChild {
  readonly #child: ChildProcess;
  /** Resolves with the exit code (null when killed) once all its lines were handed out. */
  readonly ended: Promise<number | null>;

  constructor(child: ChildProcess, linesRead: Promise<void>) {
    this.#child = child;
    const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
    this.ended = Promise.all([exited, linesRead]).then(([code]) => code);
  }

  signal(name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void {
    this.#child.kill(name);
  }
}

/** Bundles the program at `entry`, a path from the project's root. */
export async function childScript(entry: string): Promise<ChildScript> {
  const folder = await mkdtemp(join(tmpdir(), 'velocidb-child-'));
  const file = join(folder, 'script.mjs');
  await build({
    entryPoints: [entry],
    outfile: file,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'error',
  });
  return new ChildScript(folder, file);
}
