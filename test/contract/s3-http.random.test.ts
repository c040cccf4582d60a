import { nodeRuntime } from '../../src/platform/node-runtime.ts';
import { openStore } from '../../src/platform/store-url.ts';
import { startS3Server } from '../fakes/s3-server.ts';
import { contract } from './object-store-contract.ts';

contract('s3 through signed requests', async () => {
  const server = await startS3Server();
  const open = () => openStore(`${server.storeUrl('some/prefix')}&transport=http`, nodeRuntime());
  const [store, other] = await Promise.all([open(), open()]);
  return {
    store,
    other,
    close: async () => {
      await Promise.all([store.close(), other.close()]);
      await server.close();
    },
  };
});
