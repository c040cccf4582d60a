/** R2's binding, as workerd gives it. */
import { nodeRuntime } from '../../src/platform/node-runtime.ts';
import { openStore } from '../../src/platform/store-url.ts';
import { startR2 } from '../fakes/r2.ts';
import { contract } from './object-store-contract.ts';

contract(
  'r2 through its binding',
  async () => {
    const { buckets, close } = await startR2();
    const [store, other] = await Promise.all([1, 2].map(() => openStore('r2://BUCKET/some/prefix', nodeRuntime(), { buckets })));
    return {
      store,
      other,
      close: async () => {
        await Promise.all([store.close(), other.close()]);
        await close();
      },
    };
  },
  { dates: false },
);
