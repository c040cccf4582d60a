/**
 * The contract against buckets of your own: `VELOCIDB_CONTRACT_URLS` names them, separated by blanks, as `openStore` takes them. Each run writes under
 * a prefix of its own and removes it. Some thousand requests to each; without the variable there is nothing to do, and the suite says so.
 */
import { randomBytes } from 'node:crypto';
import { describe, test } from 'vitest';
import { nodeRuntime } from '../../src/platform/node-runtime.ts';
import { openStore } from '../../src/platform/store-url.ts';
import type { ObjectStore } from '../../vfs/object-store.ts';
import { contract } from './object-store-contract.ts';

const urls = (process.env['VELOCIDB_CONTRACT_URLS'] ?? '').split(/\s+/).filter((url) => url !== '');
if (urls.length === 0)
  describe('buckets of your own', () => {
    test.skip('keep the contract: name them in VELOCIDB_CONTRACT_URLS', () => {});
  });

for (const url of urls) {
  contract(
    url.replace(/\?.*$/, ''),
    async () => {
      const run = underPrefix(url, `contract-${randomBytes(6).toString('hex')}`);
      const [store, other] = await Promise.all([openStore(run, nodeRuntime()), openStore(run, nodeRuntime())]);
      return {
        store,
        other,
        close: async () => {
          await removeAll(store);
          await Promise.all([store.close(), other.close()]);
        },
      };
    },
    { dates: true, throttles: true },
  );
}

/** The same bucket, further down. */
function underPrefix(url: string, prefix: string): string {
  const at = url.indexOf('?');
  const path = (at < 0 ? url : url.slice(0, at)).replace(/\/$/, '');
  return `${path}/${prefix}${at < 0 ? '' : url.slice(at)}`;
}

async function removeAll(store: ObjectStore): Promise<void> {
  for (let after: string | undefined; ;) {
    const page = await store.list('', { after });
    await Promise.all(page.objects.map(({ name }) => store.delete(name)));
    if (page.next === undefined) return;
    after = page.next;
  }
}
