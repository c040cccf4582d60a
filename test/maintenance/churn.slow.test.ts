/**
 * A day of updates over a virtual clock, and what lies in the bucket meanwhile. Checkpoints and collections are the service's own: triggered by
 * the commits, as on any host.
 */
import { describe, expect, it } from 'vitest';
import { Collector } from '../../src/maintenance/collector.ts';
import { Checkpointer } from '../../src/maintenance/policy.ts';
import { verifyStore } from '../../src/maintenance/verify.ts';
import { createDatabase } from '../../src/transaction/create.ts';
import { MemoryStore } from '../../vfs/drivers/memory.ts';
import { CountingStore } from '../../vfs/wrappers/counting.ts';
import { VirtualClock } from '../../vfs/wrappers/virtual-clock.ts';
import { put, seededRuntime } from '../transaction/harness.ts';
import { Draw } from '../storage/random.ts';

const MINUTE = 60_000;
const DAY_MINUTES = 24 * 60;
const MORNING_MINUTES = 90;
const TIMES = { ageMs: 60 * MINUTE, graceMs: 10 * MINUTE, marginMs: 2 * MINUTE };
const ROWS = 20_000;
const UPDATES = 100;
/** Parts of the table that are written one after the other, two hours each: every row some seven times in the day. */
const PARTS = 12;
const PART_ROWS = Math.floor(ROWS / PARTS);

const clock = new VirtualClock(() => new Promise((resolve) => setImmediate(resolve)));

describe('a day of churn', () => {
  it('keeps the bucket within 2.5 times the live bytes, and costs nothing when it is over', { timeout: 120_000 }, () =>
    clock.run(async () => {
      const store = new MemoryStore({ clock });
      const counting = new CountingStore(store);
      const database = await createDatabase(counting, seededRuntime(7, clock), { fence: TIMES });
      const collector = new Collector(database);
      const checkpointer = new Checkpointer(database, {
        collector,
        policy: { tailBytesMax: 256 * 1024, tailRecordsMax: 64 },
        checkpoint: { segmentBytesTarget: 256 * 1024 },
      });
      const draw = new Draw(7);
      const write = async (ids: readonly number[]): Promise<void> => {
        const transaction = database.begin({ isolation: 'serializable', readOnly: false });
        for (const id of ids) put(transaction, id, Array.from({ length: 12 }, () => draw.below(2 ** 30).toString(36)).join(''));
        await transaction.commit();
        checkpointer.afterCommit();
        collector.afterCommit();
        await checkpointer.idle();
        await collector.idle();
      };
      for (let from = 0; from < ROWS; from += 1000) await write(Array.from({ length: 1000 }, (_, at) => from + at));
      const ratios: number[] = [];
      // What was loaded lies in the log too, until that is past retention: the day is measured from then on.
      for (let minute = -MORNING_MINUTES; minute < DAY_MINUTES; minute++) {
        await clock.sleep(MINUTE);
        const part = Math.floor((Math.max(minute, 0) * PARTS) / DAY_MINUTES) * PART_ROWS;
        await write(Array.from({ length: UPDATES }, () => part + draw.below(PART_ROWS)));
        if (minute < 0 || minute % 15 !== 0) continue;
        const stored = store.names().reduce((sum, name) => sum + (store.peek(name)?.length ?? 0), 0);
        const live = [...database.tip.manifest.segments.values()].reduce((sum, use) => sum + use.liveBytes, 0);
        ratios.push(stored / live);
      }
      expect([checkpointer.failure, collector.failure]).toEqual([undefined, undefined]);
      expect(database.root.fence?.doomEpoch).toBeGreaterThan(1_000); // epochs are slots: collectors followed to the end of the day
      expect(ratios.length).toBe(96);
      expect(Math.max(...ratios)).toBeLessThan(2.5);
      expect((await verifyStore(database)).damage).toEqual([]);
      const meter = counting.begin();
      await clock.sleep(DAY_MINUTES * MINUTE);
      expect(meter.end().requests).toBe(0);
    }),
  );
});
