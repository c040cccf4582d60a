/** R2's binding, as workerd gives it, through miniflare. */
import { Miniflare } from 'miniflare';
import { nodeRuntime } from '../../src/platform/node-runtime.ts';
import { openStore } from '../../src/platform/store-url.ts';
import type { R2Bucket } from '../../vfs/drivers/r2-binding.ts';
import { contract } from './object-store-contract.ts';

contract(
  'r2 through its binding',
  async () => {
    const worker = new Miniflare({
      script: 'addEventListener("fetch", (event) => event.respondWith(new Response("")))',
      r2Buckets: ['BUCKET'],
      compatibilityDate: '2026-04-01',
    });
    const buckets = { BUCKET: (await worker.getR2Bucket('BUCKET')) as unknown as R2Bucket };
    const [store, other] = await Promise.all([1, 2].map(() => openStore('r2://BUCKET/some/prefix', nodeRuntime(), { buckets })));
    return {
      store,
      other,
      close: async () => {
        await Promise.all([store.close(), other.close()]);
        await worker.dispose();
      },
    };
  },
  { dates: false },
);
