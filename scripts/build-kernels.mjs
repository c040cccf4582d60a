// Compiles src/kernels/assembly to WebAssembly: the kernels, for private and for shared memory, into src/kernels/wasm.generated.ts, those
// for loading into src/kernels/loading.generated.ts. Run by `npm run build:kernels`; a test compares the results with what is committed.
// Two file names may be given instead.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'velocidb-kernels-'));

/** Most pages of 64 KiB that a memory may have: all that 32 bits address, less one. */
const PAGES_MAX = 65535;

function compiled(entry, extra) {
  const out = join(folder, 'kernels.wasm');
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
  execFileSync(process.execPath, [asc, join(root, 'src/kernels/assembly', entry), '-o', out, ...options, ...extra], {
    cwd: root,
    stdio: 'inherit',
  });
  return readFileSync(out).toString('base64');
}

const target = process.argv[2] ?? join(root, 'src/kernels/wasm.generated.ts');
const source = `// Made by \`npm run build:kernels\` from src/kernels/assembly. Not edited by hand.

/** The kernels over a memory of this thread's own, base64. */
export const PRIVATE_KERNELS =
  '${compiled('index.ts', [])}';

/** The kernels over a memory that worker threads share, base64. */
export const SHARED_KERNELS =
  '${compiled('index.ts', ['--sharedMemory', '--enable', 'threads'])}';
`;
writeFileSync(target, source);

const loadingTarget = process.argv[3] ?? (process.argv[2] === undefined ? join(root, 'src/kernels/loading.generated.ts') : undefined);
if (loadingTarget !== undefined) {
  writeFileSync(
    loadingTarget,
    `// Made by \`npm run build:kernels\` from src/kernels/assembly/loading. Not edited by hand.

/** The kernels for loading over a memory of their own, base64. */
export const LOADING_KERNELS =
  '${compiled('loading/index.ts', ['--enable', 'simd'])}';
`,
  );
}
rmSync(folder, { recursive: true });
