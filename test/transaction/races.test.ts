/**
 * Several processes over one bucket that loses, repeats, delays and damages: every acknowledged transaction is there exactly
 * once, no refused one is, and counters count them.
 */
import { describe, expect, it } from 'vitest';
import { isSqlError } from '../../src/base/sql-error.ts';
import { encodeKey } from '../../src/storage/key-codec.ts';
import { slotOfLogName } from '../../src/transaction/names.ts';
import type { Database } from '../../src/transaction/database.ts';
import type { FenceMode } from '../../src/transaction/fence.ts';
import type { Row } from '../../src/types/value.ts';
import { FaultyStore, type FaultRule } from '../../vfs/wrappers/faults.ts';
import { LatencyStore } from '../../vfs/wrappers/latency.ts';
import { fractionFrom, SeededRandom } from '../../vfs/wrappers/seeded-random.ts';
import { allRows, begin, bench, NOTES, put, shown, valueOf } from './harness.ts';

const SEED = Number(process.env.SEED ?? 0);
const SEEDS = SEED > 0 ? [SEED] : Array.from({ length: 12 }, (_, at) => at + 1);
const PROCESSES = 4;
const TRANSACTIONS = 10;
const COUNTERS = 3;

const FAULTS: readonly FaultRule[] = [
  { kind: 'lost-before', on: ['create', 'replace'], probability: 0.06 },
  { kind: 'lost-after', on: ['create', 'replace'], probability: 0.06 },
  { kind: 'late', on: ['create', 'replace'], probability: 0.04, lateMs: 20_000 },
  { kind: 'late', on: ['create', 'replace'], probability: 0.04, lateMs: 150 },
  { kind: 'duplicate', on: ['create', 'replace'], probability: 0.06 },
  { kind: 'throttle', on: ['create', 'replace'], probability: 0.05 },
  { kind: 'conflict', on: ['create', 'replace'], probability: 0.05 },
  { kind: 'ok-with-error', on: ['create', 'replace'], probability: 0.03 },
  { kind: 'lost-before', on: ['get'], probability: 0.05 },
  { kind: 'flipped-bit', on: ['get'], probability: 0.03 },
  { kind: 'short-body', on: ['get'], probability: 0.03 },
];

interface Fates {
  readonly committed: string[];
  readonly refused: string[];
  readonly unknown: string[];
}

describe('processes that race over a faulty bucket', () => {
  for (const mode of ['confirming', 'store-clock'] satisfies FenceMode[]) {
    for (const seed of SEEDS) {
      it(`lose and double nothing (${mode}, SEED=${seed})`, async () => {
        const { store, clock, open } = await bench(seed);
        const faulty: FaultyStore[] = [];
        const processes = await Promise.all(
          Array.from({ length: PROCESSES }, (_, number) =>
            open({ fence: { mode }, commitDeadlineMs: 5_000, hintLagSlots: 4 }, (inner) => {
              const random = new SeededRandom(seed * 100 + number);
              const faults = new FaultyStore(inner, clock, random, FAULTS);
              faulty.push(faults);
              return new LatencyStore(faults, clock, random);
            }).catch(() => undefined),
          ).map((opening) => clock.run(() => opening)),
        );
        const fates: Fates = { committed: [], refused: [], unknown: [] };
        await clock.run(async () => {
          await Promise.all(
            processes.map((database, number) => (database === undefined ? Promise.resolve() : work(database, number, seed, fates))),
          );
          await Promise.all(faulty.map((one) => one.settled()));
        });
        const fresh = await open();
        await fresh.confirm({ kind: 'linearizable' });
        const reader = begin(fresh);
        const tags = (await allRows(reader, NOTES)).map((row) => shown(row[0]));
        const seen = new Set(tags);
        expect(seen.size).toBe(tags.length);
        expect(fates.committed.filter((tag) => !seen.has(tag))).toEqual([]);
        expect(fates.refused.filter((tag) => seen.has(tag))).toEqual([]);
        const known = new Set([...fates.committed, ...fates.unknown]);
        expect(tags.filter((tag) => !known.has(tag))).toEqual([]);
        let counted = 0;
        for (let id = 0; id < COUNTERS; id++) counted += Number((await valueOf(reader, id)) ?? 0);
        expect(counted).toBe(tags.length);
        const slots = store
          .names()
          .map(slotOfLogName)
          .filter((slot) => slot !== undefined)
          .sort((a, b) => a - b);
        expect(slots).toEqual(slots.map((_, at) => at + 1));
        expect(fates.committed.length).toBeGreaterThan(TRANSACTIONS);
      });
    }
  }
});

/** Increments counters, each time with a row that proves it, and notes what it was told. */
async function work(database: Database, number: number, seed: number, fates: Fates): Promise<void> {
  const random = new SeededRandom(seed * 1000 + number);
  let attempts = 0;
  for (let done = 0; done < TRANSACTIONS && attempts < TRANSACTIONS * 20; attempts++) {
    const tag = `${number}/${attempts}`;
    try {
      if (fractionFrom(random) < 0.5) await database.confirm({ kind: 'linearizable' });
    } catch (error) {
      if (!isSqlError(error)) throw error;
      continue;
    }
    const transaction = begin(database);
    const id = Math.floor(fractionFrom(random) * COUNTERS);
    const before = Number((await valueOf(transaction, id)) ?? 0);
    put(transaction, id, String(before + 1));
    const note: Row = [tag, transaction.newRowId()];
    transaction.put(NOTES, encodeKey(NOTES, note), note);
    try {
      await transaction.commit();
      fates.committed.push(tag);
      done++;
    } catch (error) {
      if (isSqlError(error, 'serialization_failure')) fates.refused.push(tag);
      else if (isSqlError(error, 'transaction_resolution_unknown')) fates.unknown.push(tag);
      else throw error;
    }
  }
}
