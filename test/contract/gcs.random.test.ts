import { nodeRuntime } from '../../src/platform/node-runtime.ts';
import { openStore } from '../../src/platform/store-url.ts';
import { startGcsServer } from '../fakes/gcs-server.ts';
import { contract } from './object-store-contract.ts';

contract('gcs through its SDK', async () => {
  const server = await startGcsServer();
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
