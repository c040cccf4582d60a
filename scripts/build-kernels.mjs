// Compiles src/kernels/assembly to WebAssembly, for private and for shared memory, and writes both into
// src/kernels/wasm.generated.ts. Run by `npm run build:kernels`; a test compares the result with what is committed.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'velocidb-kernels-'));

/** Most pages of 64 KiB that a memory may have: all that 32 bits address, less one. */
const PAGES_MAX = 65535;

function compiled(name, extra) {
  const out = join(folder, `${name}.wasm`);
  const asc = join(root, 'node_modules/assemblyscript/bin/asc.js');
  const options = [
    '-O3',
    '--noAssert',
    '--enable',
    'simd',
    '--runtime',
    'stub',
    '--importMemory',
    '--noExportMemory',
    '--initialMemory',
    '1',
    '--maximumMemory',
    String(PAGES_MAX),
  ];
  execFileSync(process.execPath, [asc, join(root, 'src/kernels/assembly/index.ts'), '-o', out, ...options, ...extra], {
    cwd: root,
    stdio: 'inherit',
  });
  return readFileSync(out).toString('base64');
}

const target = process.argv[2] ?? join(root, 'src/kernels/wasm.generated.ts');
const source = `// Made by \`npm run build:kernels\` from src/kernels/assembly. Not edited by hand.

/** The kernels over a memory of this thread's own, base64. */
export const PRIVATE_KERNELS =
  '${compiled('private', [])}';

/** The kernels over a memory that worker threads share, base64. */
export const SHARED_KERNELS =
  '${compiled('shared', ['--sharedMemory', '--enable', 'threads'])}';
`;
writeFileSync(target, source);
rmSync(folder, { recursive: true });
