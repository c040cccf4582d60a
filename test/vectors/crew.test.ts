import { Worker } from 'node:worker_threads';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { Crew } from '../../src/executor/vector/parallel/crew.ts';
import { MorselParts } from '../../src/executor/vector/parallel/morsel-parts.ts';
import { keptMax, MorselQueue, NO_MORSEL } from '../../src/executor/vector/parallel/morsel-queue.ts';
import type { Outcome, Task } from '../../src/executor/vector/parallel/worker-task.ts';
import { WorkerHeap } from '../../src/executor/vector/parallel/worker-heap.ts';
import { QueryMemory } from '../../src/executor/vector/memory.ts';
import { Vector, VectorFallback } from '../../src/executor/vector/vector.ts';
import { Heap, SLAB_BYTES } from '../../src/kernels/heap.ts';

const SINK = { kind: 'aggregate', keys: [], aggregates: [], expected: 1 } as const;

/** A worker that does what a test says. */
class ScriptedWorker {
  task: Task | undefined;
  #settle: { resolve(outcome: Outcome): void; reject(reason: Error): void } | undefined;
  wake: () => void = () => {};

  run(task: Task, wake: () => void): Promise<Outcome> {
    this.task = task;
    this.wake = wake;
    return new Promise((resolve, reject) => (this.#settle = { resolve, reject }));
  }

  queue(): MorselQueue {
    return new MorselQueue(0, this.task?.workers ?? 0, this.task?.queue);
  }

  enter(): MorselQueue {
    const queue = this.queue();
    expect(queue.enter(this.task?.seat ?? 0)).toBe(true);
    return queue;
  }

  end(outcome: Outcome): void {
    this.#settle?.resolve(outcome);
  }

  die(): void {
    this.#settle?.reject(new Error('the thread ended'));
  }
}

function crewOf(count: number) {
  const heap = new Heap({ bytesMax: 8 * SLAB_BYTES, isShared: true });
  const account = {
    bytes: 0,
    reserve: (bytes: number) => void (account.bytes += bytes),
    release: (bytes: number) => void (account.bytes -= bytes),
  };
  const memory = new QueryMemory(heap, account);
  const workers = Array.from({ length: count }, () => new ScriptedWorker());
  const crew = new Crew(workers, 0, { host: { heap }, memory });
  crew.start([], SINK);
  return { account, crew, heap, memory, workers };
}

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

describe('a crew', () => {
  it('does not wait for workers that come too late, and those find their seat closed', async () => {
    const { crew, workers } = crewOf(2);
    await crew.settled();
    expect(workers[0].queue().enter(0)).toBe(false);
    expect(crew.made).toEqual([]);
  });

  it('waits for those that came, and has what they made', async () => {
    const { crew, workers } = crewOf(2);
    workers[1].enter();
    let isSettled = false;
    const settled = crew.settled().then(() => (isSettled = true));
    await nextTurn();
    expect(isSettled).toBe(false);
    workers[1].end({ kind: 'done', made: { groups: [], distinct: [] } });
    await settled;
    expect(crew.made).toHaveLength(1);
  });

  it('throws what a worker failed for, and what became of a thread that ended', async () => {
    const fallen = crewOf(1);
    fallen.workers[0].enter().stop();
    fallen.workers[0].end({ kind: 'fallback', message: 'a value that vectors cannot hold' });
    await expect(fallen.crew.failed()).rejects.toBeInstanceOf(VectorFallback);
    const dead = crewOf(1);
    dead.workers[0].enter();
    const settled = dead.crew.settled();
    dead.workers[0].die();
    await expect(settled).rejects.toThrow('the thread ended');
    expect(dead.crew.queue.isStopped).toBe(true);
  });

  it('wakes up for a thread that ends while it holds all morsels', async () => {
    const { crew, workers } = crewOf(1);
    workers[0].enter();
    const slept = crew.sleep(() => false);
    workers[0].die();
    await slept;
    await expect(crew.failed()).rejects.toThrow('the thread ended');
  });

  it('keeps memory that a worker may write to until it has left, and grants none any more', async () => {
    const { account, crew, heap, memory, workers } = crewOf(1);
    memory.take(100);
    const queue = workers[0].enter();
    if (queue.ask(0, 2)) workers[0].wake();
    crew.service();
    const granted = queue.awaitGrant(0);
    expect(granted % 16).toBe(0);
    expect(granted).toBeGreaterThan(0);
    expect(account.bytes).toBe(3 * SLAB_BYTES);
    let hasLeft = false;
    crew.stop(() => (hasLeft = true));
    memory.release();
    await nextTurn();
    expect([hasLeft, account.bytes]).toEqual([false, 3 * SLAB_BYTES]);
    if (queue.ask(0, 1)) workers[0].wake();
    expect(queue.awaitGrant(0)).toBe(0);
    workers[0].end({ kind: 'stopped' });
    await nextTurn();
    expect([hasLeft, account.bytes]).toEqual([true, 0]);
    expect(heap.takeSlabs(8)).toBeGreaterThan(0);
  });

  it('refuses what the heap has not', () => {
    const { crew, workers } = crewOf(1);
    const queue = workers[0].enter();
    queue.ask(0, 9);
    crew.service();
    expect(queue.awaitGrant(0)).toBe(0);
  });
});

describe('morsels', () => {
  it('are not waited for while others are kept: one is taken at once, or what is kept is asked for', () => {
    const heap = new Heap({ bytesMax: SLAB_BYTES, isShared: true });
    const queue = new MorselQueue(0, 1);
    const parts = new MorselParts([], new WorkerHeap(heap.memory, queue, 0, () => {}), queue, 2, () => {});
    expect(parts.wantsPins(1)).toBe(true);
    queue.add(5, []);
    queue.publish(heap.memory.buffer.byteLength);
    expect(parts.wantsPins(1)).toBe(false);
    expect(queue.take()).toBe(NO_MORSEL); // so that nobody else takes what `next` would then wait for
    expect([parts.next(), parts.batch.rows]).toEqual([true, 5]);
    const pins: number[] = [];
    parts.takePinned(pins);
    expect(pins).toEqual([0]);
    expect(parts.wantsPins(keptMax(2))).toBe(true);
    expect(queue.reclaim()).toBe(NO_MORSEL);
    parts.unpin(pins);
    expect(queue.reclaim()).toBe(0);
  });

  it('are taken once each, whoever is quicker, and their slots go round in order', { timeout: 60_000 }, async () => {
    const heap = new Heap({ bytesMax: SLAB_BYTES, isShared: true });
    const source = fileURLToPath(new URL('../../src/executor/vector/parallel/morsel-queue.ts', import.meta.url));
    const bundle = await build({
      stdin: {
        contents: `
          import { workerData, parentPort } from 'node:worker_threads';
          import { MorselQueue } from ${JSON.stringify(source)};
          const queue = new MorselQueue(1, 2, workerData.memory);
          const column = {};
          let count = 0, sum = 0, wrong = 0;
          queue.enter(workerData.seat);
          for (let number = queue.takeNext(); number >= 0; number = queue.takeNext()) {
            const parts = queue.partsOf(number);
            if (parts !== 1 + (number % 8)) wrong++;
            for (let part = 0; part < parts; part++) {
              const rows = queue.read(number, part, [column]);
              if (rows !== number % 2048 || column.data !== number * 8 + part || column.isNarrow !== (number % 3 === 0)) wrong++;
            }
            count++;
            sum += number;
            // Now and then one is slower than the other, so that morsels end out of order. None is kept over taking the next: that may wait.
            if (workerData.seat === 1 && number % 64 === 0) for (let spin = 0; spin < 50_000; spin++);
            if (queue.finish(number)) parentPort.postMessage(null);
          }
          parentPort.postMessage({ count, sum, wrong });`,
        resolveDir: fileURLToPath(new URL('.', import.meta.url)),
        loader: 'js',
      },
      bundle: true,
      write: false,
      format: 'cjs',
      platform: 'node',
    });
    const queue = new MorselQueue(1, 2);
    let wake: (() => void) | undefined;
    const workers = [0, 1].map((seat) => {
      const worker = new Worker(bundle.outputFiles[0].text, { eval: true, workerData: { memory: queue.memory, seat } });
      return new Promise<{ count: number; sum: number; wrong: number }>((resolve, reject) =>
        worker.on('message', (made) => (made === null ? wake?.() : resolve(made))).once('error', reject),
      );
    });
    const COUNT = 20_000;
    const column = new Vector('i64');
    let [published, reclaimed, mine, mineSum] = [0, 0, 0, 0];
    const reclaim = (): boolean => {
      const before = reclaimed;
      for (let number = queue.reclaim(); number !== NO_MORSEL; number = queue.reclaim()) expect(number).toBe(reclaimed++);
      return reclaimed > before;
    };
    while (published < COUNT) {
      reclaim();
      if (queue.hasRoom) {
        column.isNarrow = published % 3 === 0;
        for (let part = 0; part <= published % 8; part++) {
          column.data = published * 8 + part;
          queue.add(published % 2048, [column]);
        }
        expect(queue.publish(heap.memory.buffer.byteLength)).toBe(published++);
        if (published % 5 !== 0) continue;
      }
      const number = queue.take();
      if (number !== NO_MORSEL) {
        mine++;
        mineSum += number;
        queue.finish(number);
        continue;
      }
      queue.setSleeping(true);
      const woken = new Promise<void>((resolve) => (wake = resolve));
      if (!reclaim() && !queue.hasRoom) await woken;
      queue.setSleeping(false);
    }
    queue.end();
    const made = await Promise.all(workers);
    for (let number = queue.take(); number !== NO_MORSEL; number = queue.take()) expect(number).toBe(-2);
    reclaim();
    expect(reclaimed).toBe(COUNT);
    expect(made.map(({ wrong }) => wrong)).toEqual([0, 0]);
    expect(mine + made[0].count + made[1].count).toBe(COUNT);
    expect(mineSum + made[0].sum + made[1].sum).toBe((COUNT * (COUNT - 1)) / 2);
    expect(made[0].count + made[1].count).toBeGreaterThan(100);
  });
});
