import { Worker } from 'node:worker_threads';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { Heap, SLAB_BYTES } from '../../src/kernels/heap.ts';
import { NO_ENTRY } from '../../src/kernels/page-table.ts';
import { Draw, SEED } from '../storage/random.ts';

/** Fills a block with what only its key makes. */
function fill(heap: Heap, entry: number, key: number): void {
  const address = heap.table.addressOf(entry);
  heap.view(address, heap.table.bytesOf(entry)).fill((key * 31 + 7) & 0xff);
}

function holds(heap: Heap, entry: number, key: number): boolean {
  const view = heap.view(heap.table.addressOf(entry), heap.table.bytesOf(entry));
  for (let at = 0; at < view.length; at += 61) if (view[at] !== ((key * 31 + 7) & 0xff)) return false;
  return true;
}

describe(`the heap (SEED=${SEED})`, () => {
  for (const isShared of [false, true]) {
    it(`${isShared ? 'shared' : 'private'}: never moves or overwrites a pinned block, and forgets only unpinned ones`, () => {
      const draw = new Draw(SEED + 50);
      const heap = new Heap({ bytesMax: 6 * SLAB_BYTES, isShared });
      const pinned = new Map<number, number[]>();
      for (let step = 0; step < 4000; step++) {
        const key = draw.below(400);
        const found = heap.table.pin(key >> 4, key);
        if (found !== NO_ENTRY) {
          expect(heap.table.bytesOf(found)).toBeGreaterThan(0);
          if (step % 37 === 0) expect(holds(heap, found, key)).toBe(true);
          if (draw.chance(0.02)) pinned.set(key, [...(pinned.get(key) ?? []), found]);
          else heap.table.unpin(found);
        } else {
          expect(pinned.has(key)).toBe(false);
          const entry = heap.allocate(key >> 4, key, draw.of([100, 1024, 5000, 70_000, 131_072, SLAB_BYTES]));
          if (entry !== NO_ENTRY) {
            fill(heap, entry, key);
            heap.table.publish(entry);
            heap.table.unpin(entry);
          }
        }
        if (pinned.size > 3) {
          const [key, entries] = draw.of([...pinned]);
          for (const entry of entries) {
            expect(holds(heap, entry, key)).toBe(true);
            heap.table.unpin(entry);
          }
          pinned.delete(key);
        }
      }
      expect(heap.evictions).toBeGreaterThan(20);
    });
  }

  it('refuses what is larger than a slab, and everything once all slabs are pinned', () => {
    const heap = new Heap({ bytesMax: 2 * SLAB_BYTES, isShared: false });
    expect(heap.allocate(0, 1, SLAB_BYTES + 1)).toBe(NO_ENTRY);
    expect(heap.allocate(0, 1, SLAB_BYTES)).not.toBe(NO_ENTRY);
    expect(heap.allocate(0, 2, SLAB_BYTES)).not.toBe(NO_ENTRY);
    expect(heap.allocate(0, 3, 10)).toBe(NO_ENTRY);
  });

  it('lets other threads pin while the owner evicts, and none ever sees foreign bytes', { timeout: 60_000 }, async () => {
    const heap = new Heap({ bytesMax: 4 * SLAB_BYTES, isShared: true });
    const source = fileURLToPath(new URL('../../src/kernels/heap.ts', import.meta.url));
    const bundle = await build({
      stdin: {
        contents: `
          import { workerData, parentPort } from 'node:worker_threads';
          import { HeapReader } from ${JSON.stringify(source)};
          const reader = new HeapReader(workerData.memory);
          let hits = 0, wrong = 0, state = workerData.seed;
          const stop = new Int32Array(workerData.stop);
          while (Atomics.load(stop, 0) === 0) {
            state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
            const key = (state >>> 8) % 200;
            const entry = reader.table.pin(0, key);
            if (entry < 0) continue;
            const view = reader.view(entry);
            for (let at = 0; at < view.length; at += 97) if (view[at] !== ((key * 31 + 7) & 0xff)) wrong++;
            hits++;
            reader.table.unpin(entry);
          }
          parentPort.postMessage({ hits, wrong });`,
        resolveDir: fileURLToPath(new URL('.', import.meta.url)),
        loader: 'js',
      },
      bundle: true,
      write: false,
      format: 'cjs',
      platform: 'node',
    });
    const stop = new SharedArrayBuffer(4);
    const workers = [1, 2].map((seed) => {
      const worker = new Worker(bundle.outputFiles[0].text, { eval: true, workerData: { memory: heap.memory, seed, stop } });
      return new Promise<{ hits: number; wrong: number }>((resolve, reject) => worker.once('message', resolve).once('error', reject));
    });
    const draw = new Draw(SEED + 51);
    const until = Date.now() + 800;
    while (Date.now() < until) {
      for (let step = 0; step < 200; step++) {
        const key = draw.below(200);
        const found = heap.table.pin(0, key);
        if (found !== NO_ENTRY) {
          heap.table.unpin(found);
          continue;
        }
        const entry = heap.allocate(0, key, draw.of([2000, 60_000]));
        if (entry === NO_ENTRY) continue;
        fill(heap, entry, key);
        heap.table.publish(entry);
        heap.table.unpin(entry);
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
    Atomics.store(new Int32Array(stop), 0, 1);
    const outcomes = await Promise.all(workers);
    for (const { hits, wrong } of outcomes) {
      expect(hits).toBeGreaterThan(100);
      expect(wrong).toBe(0);
    }
    expect(heap.evictions).toBeGreaterThan(10);
  });
});
