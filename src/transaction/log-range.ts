/** Reading the log where it is known to be: between a state of the past and a slot that was committed. */
import type { Runtime } from '../base/runtime.ts';
import { slot as slotOf, type Slot } from '../storage/tree.ts';
import type { ObjectStore } from '../../vfs/object-store.ts';
import { STRIDE } from './log.ts';
import { logName } from './names.ts';
import { readDecoded } from './reading.ts';
import { decodeObject, type RecordCore } from './record-codec.ts';

/** Requests under way at a time. */
const PARALLEL = 8;

/**
 * The cores of slots (after, through], ascending; ends early where a record is not in the bucket. Objects carry copies of the small records
 * before them, so that most of the log is read in strides.
 */
export async function* coresBetween(store: ObjectStore, runtime: Runtime, after: Slot, through: Slot): AsyncGenerator<RecordCore> {
  const load = async (at: number): Promise<readonly RecordCore[]> => {
    const answer = await readDecoded(store, runtime, logName(slotOf(at)), (bytes) => decodeObject(bytes, slotOf(at), runtime.crypto));
    return answer.kind === 'found' ? answer.value : [];
  };
  for (let next = after + 1; next <= through;) {
    const last = Math.min(through, next + PARALLEL * STRIDE - 1);
    const found = new Map<number, RecordCore>();
    const take = async (at: number): Promise<void> => {
      for (const core of await load(at)) if (!found.has(core.slot)) found.set(core.slot, core);
    };
    const ends: number[] = [];
    for (let at = last; at >= next; at -= STRIDE) ends.push(at);
    await Promise.all(ends.map(take));
    for (; next <= last; next++) {
      if (!found.has(next)) await Promise.all(missing(found, next, last).map(take));
      const core = found.get(next);
      if (core === undefined) return;
      yield core;
    }
  }
}

/** The first slots of [from, last] that no copy was found of. */
function missing(found: ReadonlyMap<number, RecordCore>, from: number, last: number): number[] {
  const slots: number[] = [];
  for (let at = from; at <= last && slots.length < PARALLEL; at++) if (!found.has(at)) slots.push(at);
  return slots;
}
