/** Azure Blob through its SDK, against Azurite in this process. */
import { nodeRuntime } from '../../src/platform/node-runtime.ts';
import { openStore } from '../../src/platform/store-url.ts';
import { startAzurite } from '../fakes/azurite.ts';
import { contract } from './object-store-contract.ts';

contract('azure through its SDK', async () => {
  const server = await startAzurite();
  const [store, other] = await Promise.all([1, 2].map(() => openStore(server.storeUrl('some/prefix'), nodeRuntime())));
  return {
    store,
    other,
    close: async () => {
      await Promise.all([store.close(), other.close()]);
      await server.close();
    },
  };
});
