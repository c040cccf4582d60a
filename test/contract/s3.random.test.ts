import { nodeRuntime } from '../../src/platform/node-runtime.ts';
import { openStore } from '../../src/platform/store-url.ts';
import { startS3Server } from '../fakes/s3-server.ts';
import { contract } from './object-store-contract.ts';

contract('s3 through the AWS SDK', async () => {
  const server = await startS3Server();
  const store = await openStore(server.storeUrl('some/prefix'), nodeRuntime());
  const other = await openStore(server.storeUrl('some/prefix'), nodeRuntime());
  return {
    store,
    other,
    close: async () => {
      await Promise.all([store.close(), other.close()]);
      await server.close();
    },
  };
});
