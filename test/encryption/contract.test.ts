import { MemoryStore } from '../../vfs/drivers/memory.ts';
import { contract } from '../contract/object-store-contract.ts';
import { sealedStore } from './database.ts';

contract('a sealed store', async () => {
  const bucket = new MemoryStore({ clock: Date });
  return { store: sealedStore(bucket), other: sealedStore(bucket), close: () => bucket.close() };
});
