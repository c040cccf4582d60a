import { MemoryStore } from '../../vfs/drivers/memory.ts';
import { contract } from './object-store-contract.ts';

contract('memory', async () => {
  const store = new MemoryStore({ clock: Date });
  return { store, other: store, close: () => store.close() };
});

contract(
  'memory without a clock',
  async () => {
    const store = new MemoryStore();
    return { store, other: store, close: () => store.close() };
  },
  { dates: false },
);
