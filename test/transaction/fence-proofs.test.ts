import { describe, expect, it } from 'vitest';
import { slot } from '../../src/storage/tree.ts';
import { Fence, FENCE_DEFAULTS } from '../../src/transaction/fence.ts';
import { RootFile } from '../../src/transaction/root.ts';
import { createDatabase } from '../../src/transaction/create.ts';
import { nodeRuntime } from '../../src/platform/node-runtime.ts';
import { MemoryStore } from '../../vfs/drivers/memory.ts';

const NOW_MS = Date.UTC(2030, 0, 1);

async function fence(): Promise<Fence> {
  const runtime = nodeRuntime();
  const store = new MemoryStore();
  await createDatabase(store, runtime);
  const root = new RootFile(store, runtime);
  await root.read();
  return new Fence(FENCE_DEFAULTS, runtime.clock, () => root.confirm());
}

describe('what the fence knows of a slot', () => {
  it('is believed of that slot and of later ones without reading root', async () => {
    const known = await fence();
    known.absentAt(slot(32), NOW_MS);
    await known.conclude(NOW_MS + 1_000, slot(31));
    await known.conclude(NOW_MS + 1_000, slot(40));
    expect(known.confirmations).toBe(0);
  });

  it('says nothing of earlier slots: a commit that was under way while the state jumped ahead is confirmed by root', async () => {
    const known = await fence();
    known.absentAt(slot(32), NOW_MS);
    await known.conclude(NOW_MS + 1_000, slot(16));
    expect(known.confirmations).toBe(1);
  });

  it('is forgotten once AGE has passed', async () => {
    const known = await fence();
    known.absentAt(slot(32), NOW_MS);
    await known.conclude(NOW_MS + FENCE_DEFAULTS.ageMs, slot(31));
    expect(known.confirmations).toBe(1);
  });
});
