// Bundles the Lambda handlers: <folder>/<name>/index.mjs, the grammar's WebAssembly beside what speaks SQL. The folder is the first argument,
// dist/functions-bundle unless given.
import { copyFileSync, mkdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { build } from 'esbuild';

const folder = process.argv[2] ?? 'dist/functions-bundle';
const grammar = createRequire(import.meta.url).resolve('libpg-query/wasm/libpg-query.wasm');

/** What CommonJS modules (the grammar's loader) expect to find around them. */
const BANNER = [
  "import { createRequire as requireFrom } from 'node:module';",
  "import { fileURLToPath as pathOfUrl } from 'node:url';",
  'const require = requireFrom(import.meta.url);',
  "const __filename = pathOfUrl(import.meta.url), __dirname = pathOfUrl(new URL('.', import.meta.url));",
].join('');

for (const name of ['query', 'maintenance']) {
  const outdir = `${folder}/${name}`;
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
    external: ['@aws-sdk/*', '@azure/*', '@google-cloud/*'], // the first is part of Lambda's runtime; whoever uses the others brings them
    banner: { js: BANNER },
    logLevel: 'warning',
  });
  if (name === 'query') copyFileSync(grammar, `${outdir}/libpg-query.wasm`);
  console.log(`${outdir}/index.mjs ${Math.round(statSync(`${outdir}/index.mjs`).size / 1024)} KB`);
}
