/** The bundles: what a cold start has to load. */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleFunctions, type Bundles } from './process.ts';

let bundles: Bundles;

beforeAll(() => {
  bundles = bundleFunctions();
});

afterAll(() => rmSync(bundles.folder, { recursive: true, force: true }));

/** The kernels are about a third of what queries bring: compiled for private and for shared memory, those of loading apart. The drivers
 * of all clouds are some 30 KB of either, without their SDKs; encryption is some 25. */
const BUDGET_BYTES = { query: 1_800_000, maintenance: 425_000 };
const BUDGET_ZIPPED_BYTES = { query: 575_000, maintenance: 145_000 };

describe('a bundle', () => {
  for (const name of ['query', 'maintenance'] as const) {
    it(`of ${name} stays within its budget`, () => {
      const code = readFileSync(bundles[name]);
      const zipped = gzipSync(code).length;
      console.log(`${name}: ${Math.round(code.length / 1024)} KB, ${Math.round(zipped / 1024)} KB zipped`);
      expect(code.length).toBeLessThan(BUDGET_BYTES[name]);
      expect(zipped).toBeLessThan(BUDGET_ZIPPED_BYTES[name]);
    });

    it(`of ${name} is the code, ${name === 'query' ? 'and the grammar' : 'which knows no SQL'}, and nothing else`, () => {
      expect(readdirSync(dirname(bundles[name])).sort()).toEqual(name === 'query' ? ['index.mjs', 'libpg-query.wasm'] : ['index.mjs']);
    });

    it(`of ${name} has no SDK of any cloud in it: S3 is spoken to by signed requests, an SDK loaded only when a URL asks for it`, () => {
      const code = readFileSync(bundles[name], 'utf8');
      for (const sdk of ['@aws-sdk/client-s3', '@azure/storage-blob', '@google-cloud/storage']) expect(code).toContain(`import("${sdk}")`);
      expect(code).not.toMatch(/from ?["']@(?:aws-sdk|azure|google-cloud)/);
      expect(code).toContain('AWS4-HMAC-SHA256');
    });
  }
});
