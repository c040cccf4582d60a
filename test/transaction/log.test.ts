import { describe, expect, it } from 'vitest';
import { hexOf } from '../../src/base/bytes.ts';
import { slot, type Slot } from '../../src/storage/tree.ts';
import { createDatabase } from '../../src/transaction/create.ts';
import { Fence, FENCE_DEFAULTS, type FenceOptions } from '../../src/transaction/fence.ts';
import { Log, type AppendOutcome } from '../../src/transaction/log.ts';
import { logName, ROOT_NAME } from '../../src/transaction/names.ts';
import { freshId, GENESIS_HASH, type TransactionRecord, type WriterId } from '../../src/transaction/record.ts';
import { decodeCore, encodeCore, encodeObject, encodeTransaction, type RecordCore } from '../../src/transaction/record-codec.ts';
import { decodeRoot, encodeRoot, type Root } from '../../src/transaction/root-codec.ts';
import { RootFile } from '../../src/transaction/root.ts';
import type { TransactionId } from '../../src/transaction/transaction.ts';
import { MemoryStore } from '../../vfs/drivers/memory.ts';
import type { ObjectStore } from '../../vfs/object-store.ts';
import { CountingStore } from '../../vfs/wrappers/counting.ts';
import { FaultyStore, type FaultRule } from '../../vfs/wrappers/faults.ts';
import { SeededRandom } from '../../vfs/wrappers/seeded-random.ts';
import type { VirtualClock } from '../../vfs/wrappers/virtual-clock.ts';
import { seededRuntime, virtualClock } from './harness.ts';

const HOUR = 3_600_000;
const MINUTE = 60_000;

interface Bucket {
  readonly clock: VirtualClock;
  readonly store: MemoryStore;
  readonly counting: CountingStore;
  readonly fence: Fence;
  readonly log: Log;
  /** A record of one transaction for a slot, and what recognises it. */
  record(at: number): { readonly object: Uint8Array; readonly core: RecordCore; readonly isMine: (core: RecordCore) => boolean };
  /** What a collector does: the boundary in root first, then the records. */
  collect(through: number): Promise<void>;
}

async function bucket(options: { rules?: readonly FaultRule[]; fence?: Partial<FenceOptions>; hasClock?: boolean } = {}): Promise<Bucket> {
  const clock = virtualClock();
  const runtime = seededRuntime(7, clock);
  const store = new MemoryStore(options.hasClock === false ? {} : { clock });
  await createDatabase(store, runtime);
  const counting = new CountingStore(new FaultyStore(store, clock, new SeededRandom(1), options.rules ?? []));
  const root = new RootFile(counting, runtime);
  const version = await root.read();
  const fence = new Fence({ ...FENCE_DEFAULTS, ...options.fence }, clock, () => root.confirm());
  fence.rootReadAt(version.dateMs, version.root.boundary);
  return {
    clock,
    store,
    counting,
    fence,
    log: new Log(counting, runtime, fence),
    record(at) {
      const transaction: TransactionRecord = {
        id: freshId<TransactionId>(runtime.random),
        snapshot: slot(at - 1),
        isolation: 'serializable',
        rowIds: 0,
        reads: [],
        writes: [],
        bulk: [],
        controls: [],
      };
      const header = {
        slot: slot(at),
        databaseId: version.root.databaseId,
        previousHash: GENESIS_HASH,
        writer: freshId<WriterId>(runtime.random),
        committedAt: at,
      };
      const core = encodeCore(header, [encodeTransaction(transaction)], runtime.crypto);
      return {
        core,
        object: encodeObject(core, [], runtime.crypto),
        isMine: (other) => decodeCore(other).transactions.some((one) => one.id === transaction.id),
      };
    },
    async collect(through) {
      const bytes = store.peek(ROOT_NAME);
      if (bytes === undefined) throw new Error('there is a root');
      const now: Root = decodeRoot(bytes, runtime.crypto);
      store.plant(ROOT_NAME, encodeRoot({ ...now, generation: now.generation + 1, boundary: slot(through) }, runtime.crypto));
      for (let at = 1; at <= through; at++) await store.delete(logName(slot(at)));
    },
  };
}

/** Appends a fresh record and lets time pass as it needs. */
async function append(to: Bucket, at: number, deadlineMs = 30_000): Promise<AppendOutcome> {
  const { object, isMine } = to.record(at);
  return to.clock.run(() => to.log.append(slot(at), object, isMine, to.clock.monotonic() + deadlineMs));
}

async function plant(store: ObjectStore, at: number, object: Uint8Array): Promise<void> {
  expect((await store.createIfAbsent(logName(slot(at)), object)).kind).toBe('created');
}

describe('an append', () => {
  it('whose answer was lost after it landed is recognised by its transaction and is committed', async () => {
    const to = await bucket({ rules: [{ kind: 'lost-after', on: ['create'] }] });
    expect(await append(to, 1)).toEqual({ kind: 'committed' });
    expect(to.counting.total.create).toBe(1);
  });

  it('that was lost before it landed sends the same bytes to the same slot', async () => {
    const to = await bucket({
      rules: [
        { kind: 'lost-before', on: ['create'], nth: 1 },
        { kind: 'ok-with-error', on: ['create'], nth: 1 },
      ],
    });
    expect(await append(to, 1)).toEqual({ kind: 'committed' });
    expect(to.store.names()).toEqual([logName(slot(1)), 'root']);
  });

  it('that a second wire attempt reports as existing is committed, not lost', async () => {
    const to = await bucket({ rules: [{ kind: 'duplicate', on: ['create'] }] });
    for (let at = 1; at <= 8; at++) expect(await append(to, at)).toEqual({ kind: 'committed' });
  });

  it('to a slot that a stranger has is lost, with the records from that slot on', async () => {
    const to = await bucket();
    await plant(to.store, 1, to.record(1).object);
    await plant(to.store, 2, to.record(2).object);
    const outcome = await append(to, 1);
    expect(outcome.kind === 'lost' && outcome.cores.map((core) => core.slot)).toEqual([1, 2]);
  });

  it('with an unknown outcome, and a stranger in the slot, is lost', async () => {
    const to = await bucket({ rules: [{ kind: 'lost-before', on: ['create'] }] });
    await plant(to.store, 1, to.record(1).object);
    expect((await append(to, 1)).kind).toBe('lost');
  });

  it('that stays unknown until the deadline is unknown, and was only ever sent to its own slot', async () => {
    const to = await bucket({ rules: [{ kind: 'lost-before', on: ['create'] }] });
    expect(await append(to, 1)).toMatchObject({ kind: 'unknown', isBehind: false });
    expect(to.store.names()).toEqual(['root']);
    expect(to.counting.total.create).toBeGreaterThan(3);
  });

  it('that may land late is unknown when the deadline passes, never refused', async () => {
    const to = await bucket({
      rules: [
        { kind: 'late', on: ['create'], nth: 1, lateMs: 10 * HOUR },
        { kind: 'throttle', on: ['create'] },
      ],
    });
    expect((await append(to, 1)).kind).toBe('unknown');
  });

  it('that the store keeps refusing is definitely not committed', async () => {
    const to = await bucket({ rules: [{ kind: 'throttle', on: ['create'] }] });
    expect(await append(to, 1)).toMatchObject({ kind: 'refused', error: { code: '40001' } });
  });

  it('that the store does not allow is refused with 42501 at once', async () => {
    const to = await bucket({ rules: [{ kind: 'denied', on: ['create'] }] });
    expect(await append(to, 1)).toMatchObject({ kind: 'refused', error: { code: '42501' } });
    expect(to.counting.total.create).toBe(1);
  });

  it('survives conflicts and throttling that pass', async () => {
    const to = await bucket({
      rules: [
        { kind: 'conflict', on: ['create'], nth: 1 },
        { kind: 'throttle', on: ['create'], nth: 1 },
      ],
    });
    expect(await append(to, 1)).toEqual({ kind: 'committed' });
  });
});

describe('the fence', () => {
  for (const mode of ['confirming', 'store-clock'] as const) {
    it(`(${mode}) does not believe a success in a slot that was collected`, async () => {
      const to = await bucket({ fence: { mode } });
      await plant(to.store, 1, to.record(1).object);
      await to.clock.run(() => to.clock.sleep(25 * HOUR)); // a zombie sleeps
      await to.collect(1);
      expect(await append(to, 1)).toMatchObject({ kind: 'unknown', isBehind: true });
    });

    it(`(${mode}) does not believe a stranger's record in a slot that was collected`, async () => {
      const to = await bucket({ fence: { mode } });
      await plant(to.store, 1, to.record(1).object);
      await to.clock.run(() => to.clock.sleep(25 * HOUR));
      await to.collect(1);
      await plant(to.store, 1, to.record(1).object); // another zombie
      expect(await append(to, 1)).toMatchObject({ kind: 'unknown', isBehind: true });
    });

    it(`(${mode}) does not take collected records for the end of the log`, async () => {
      const to = await bucket({ fence: { mode } });
      await plant(to.store, 1, to.record(1).object);
      await to.clock.run(() => to.clock.sleep(25 * HOUR));
      await to.collect(1);
      expect(await to.log.tail(slot(0), false)).toEqual({ kind: 'behind' });
    });

    it(`(${mode}) takes a hole in the log that was never collected for damage`, async () => {
      const to = await bucket({ fence: { mode } });
      for (const at of [1, 3, 4]) await plant(to.store, at, to.record(at).object);
      await expect(to.log.tail(slot(0), true)).rejects.toMatchObject({ code: 'XX001', message: 'log record 2 is missing' });
    });
  }

  it('reads root after every conclusion in the confirming form, and never with a fresh clock', async () => {
    for (const [mode, reads] of [
      ['confirming', 3],
      ['store-clock', 0],
    ] as const) {
      const to = await bucket({ fence: { mode } });
      await append(to, 1);
      await append(to, 2);
      await to.log.tail(slot(2), false);
      expect(to.fence.confirmations).toBe(reads);
    }
  });

  it('falls back to the confirming form where the store has no clock', async () => {
    const to = await bucket({ hasClock: false });
    await append(to, 1);
    await to.log.tail(slot(1), false);
    expect(to.fence.confirmations).toBe(2);
  });

  it('believes a cold reader for GRACE after its read of root, and no longer', async () => {
    for (const [minutes, confirmations] of [
      [7, 0],
      [9, 1],
    ] as const) {
      const to = await bucket();
      await to.clock.run(() => to.clock.sleep(minutes * MINUTE));
      await to.log.tail(slot(0), true);
      expect(to.fence.confirmations).toBe(confirmations);
    }
  });

  it('counts AGE from when an own PUT was sent, not from its answer', async () => {
    const to = await bucket();
    await to.log.tail(slot(0), false); // dated now: L
    const { object, isMine } = to.record(1);
    const slow: ObjectStore = Object.assign(Object.create(to.store) as ObjectStore, {
      get: (name: string) => to.store.get(name),
      createIfAbsent: async (name: string, bytes: Uint8Array) => {
        await to.clock.sleep(10 * HOUR);
        return to.store.createIfAbsent(name, bytes);
      },
    });
    const log = new Log(slow, seededRuntime(9, to.clock), to.fence);
    await to.clock.run(() => log.append(slot(1), object, isMine, Infinity));
    expect(to.fence.confirmations).toBe(0);
    await to.clock.run(() => to.clock.sleep(15 * HOUR)); // 15 h since the answer, 25 h since it was sent
    await to.log.tail(slot(1), false);
    expect(to.fence.confirmations).toBe(1);
  });
});

describe('a tail', () => {
  it('is read to its end from any slot, however long, in strides', async () => {
    const to = await bucket();
    const runtime = seededRuntime(3, to.clock);
    const cores: RecordCore[] = [];
    for (let at = 1; at <= 150; at++) {
      const { core } = to.record(at);
      await plant(to.store, at, encodeObject(core, cores.toReversed().slice(0, 7), runtime.crypto));
      cores.push(core);
    }
    for (const end of [0, 1, 60, 141, 142, 148, 149, 150]) {
      for (const isCold of [false, true]) {
        const { value, tally } = await to.counting.measure(() => to.log.tail(slot(end), isCold));
        expect(value.kind === 'tail' && value.cores.map((core) => core.slot as Slot as number)).toEqual(
          Array.from({ length: 150 - end }, (_, at) => end + 1 + at),
        );
        expect(value.kind === 'tail' && value.cores.map((core) => hexOf(core.hash))).toEqual(
          cores.slice(end).map((core) => hexOf(core.hash)),
        );
        expect(tally.depth).toBeLessThanOrEqual(isCold ? 8 : 10);
      }
    }
  });
});
