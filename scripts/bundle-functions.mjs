// Bundles the Lambda handlers: dist/functions-bundle/<name>/index.mjs, the grammar's WebAssembly beside each.
import { copyFileSync, mkdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { build } from 'esbuild';

const grammar = createRequire(import.meta.url).resolve('libpg-query/wasm/libpg-query.wasm');

for (const name of ['query', 'maintenance']) {
  const outdir = `dist/functions-bundle/${name}`;
  mkdirSync(outdir, { recursive: true });
  await build({
    entryPoints: [`functions/${name}.ts`],
    outfile: `${outdir}/index.mjs`,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node22',
    minify: true,
    mainFields: ['module', 'main'],
    external: ['@aws-sdk/*'], // part of Lambda's runtime
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    logLevel: 'warning',
  });
  copyFileSync(grammar, `${outdir}/libpg-query.wasm`);
  console.log(`${outdir}/index.mjs ${Math.round(statSync(`${outdir}/index.mjs`).size / 1024)} KB`);
}
