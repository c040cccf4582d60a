// What the compiler leaves to do: the command as one file, since loading hundreds of modules takes longer than most statements, and
// executable. Packages stay outside of it.
import { chmodSync, existsSync, rmSync } from 'node:fs';

const command = new URL('../dist/src/cli/main.js', import.meta.url);
const worker = new URL('../dist/src/platform/vector-worker.js', import.meta.url);
if (existsSync(command)) {
  const { build } = await import('esbuild');
  const outdir = new URL('../dist/cli/', import.meta.url);
  rmSync(outdir, { recursive: true, force: true });
  await build({
    entryPoints: [
      { in: command.pathname, out: 'main' },
      { in: worker.pathname, out: 'vector-worker' },
    ],
    outdir: outdir.pathname,
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    logLevel: 'warning',
  });
  chmodSync(new URL('main.js', outdir), 0o755);
}
