import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

it('the committed kernels are what their source compiles to', () => {
  const folder = mkdtempSync(join(tmpdir(), 'velocidb-test-'));
  const made = join(folder, 'wasm.generated.ts');
  const loading = join(folder, 'loading.generated.ts');
  execFileSync(process.execPath, [join(root, 'scripts/build-kernels.mjs'), made, loading], { cwd: root });
  const constants = (file: string): string[] =>
    [...readFileSync(file, 'utf8').matchAll(/'([A-Za-z0-9+/=]{100,})'/g)].map((match) => match[1]);
  expect(constants(made)).toEqual(constants(join(root, 'src/kernels/wasm.generated.ts')));
  expect(constants(made).length).toBe(2);
  expect(constants(loading)).toEqual(constants(join(root, 'src/kernels/loading.generated.ts')));
  expect(constants(loading).length).toBe(1);
  rmSync(folder, { recursive: true });
});
