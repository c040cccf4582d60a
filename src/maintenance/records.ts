import type { Runtime } from '../base/runtime.ts';
import { slot as slotOf, type Slot } from '../storage/tree.ts';
import { STRIDE } from '../transaction/log.ts';
import { logName } from '../transaction/names.ts';
import { readObject } from '../transaction/reading.ts';
import { decodeCore, decodeObject } from '../transaction/record-codec.ts';
import type { LogRecord } from '../transaction/record.ts';
import type { ObjectStore } from '../../vfs/object-store.ts';

/** Requests under way at a time. */
const PARALLEL = 8;

/**
 * The records of slots (after, through] that are in the bucket, newest first. Objects carry copies of the small records before
 * them, so that most of the log is read in strides.
 */
export async function* recordsBetween(store: ObjectStore, runtime: Runtime, after: Slot, through: Slot): AsyncGenerator<LogRecord> {
  let next: number = through;
  while (next > after) {
    const asked: number[] = [];
    for (let at = next; at > after && asked.length < PARALLEL; at -= STRIDE) asked.push(at);
    const found = new Map<number, LogRecord>();
    const loadRecord = async (at: number): Promise<void> => {
      const answer = await readObject(store, runtime, logName(slotOf(at)));
      if (answer.kind !== 'found') return;
      for (const core of decodeObject(answer.bytes, slotOf(at), runtime.crypto))
        if (!found.has(core.slot)) found.set(core.slot, decodeCore(core));
    };
    await Promise.all(asked.map(loadRecord));
    const last = Math.max(after, asked[asked.length - 1] - 1);
    for (; next > last; next--) {
      if (!found.has(next)) await loadRecord(next);
      const record = found.get(next);
      if (record !== undefined) yield record;
    }
  }
}
