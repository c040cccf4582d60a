/** What one record touched, kept in memory for as long as a transaction might have to be validated against it. */
import type { Key, KeyRange, Slot, TreeId } from '../storage/tree.ts';
import { KeyMap } from './key-map.ts';
import { rangeHas } from './range-set.ts';
import type { LogRecord, TransactionRecord } from './record.ts';
import { resolvedKey, resolvedRange, rowIdBases } from './row-ids.ts';

/** What a record touched of one tree. */
export interface TreeFootprint {
  /** Whether it was cleared as a whole. */
  readonly cleared: boolean;
  readonly keys: KeyMap<true>;
  /** Ranges that bulk loads wrote. */
  readonly ranges: readonly KeyRange[];
}

interface GrowingTree extends TreeFootprint {
  cleared: boolean;
  readonly ranges: KeyRange[];
}

export class Footprint {
  readonly slot: Slot;
  readonly #trees = new Map<TreeId, GrowingTree>();
  #doomEpoch: number | undefined;
  #replacesState = false;

  constructor(slot: Slot) {
    this.slot = slot;
  }

  get trees(): ReadonlyMap<TreeId, TreeFootprint> {
    return this.#trees;
  }

  /** Segments with an epoch of at most this were doomed; undefined when none were. */
  get doomEpoch(): number | undefined {
    return this.#doomEpoch;
  }

  /** Whether the whole state became another one: everything was touched. */
  get replacesState(): boolean {
    return this.#replacesState;
  }

  /** Adds a transaction of the record, whose placeholder 0 became the ordinal `rowIdBase`. */
  add(transaction: TransactionRecord, rowIdBase: number): void {
    for (const writes of transaction.writes) {
      const tree = this.#ensure(writes.tree);
      if (writes.cleared) tree.cleared = true;
      for (const write of writes.rows) tree.keys.set(resolvedKey(write, this.slot, rowIdBase), true);
    }
    for (const bulk of transaction.bulk) this.#ensure(bulk.tree).ranges.push(resolvedRange(bulk, this.slot, rowIdBase));
    for (const control of transaction.controls) {
      if (control.kind === 'doom') this.#doomEpoch = Math.max(this.#doomEpoch ?? 0, control.epoch);
      else if (control.kind === 'state') this.#replacesState = true;
    }
  }

  #ensure(id: TreeId): GrowingTree {
    let tree = this.#trees.get(id);
    if (tree === undefined) {
      tree = { cleared: false, keys: new KeyMap(), ranges: [] };
      this.#trees.set(id, tree);
    }
    return tree;
  }
}

/** The footprint of a whole record. */
export function footprintOf(record: LogRecord): Footprint {
  const footprint = new Footprint(record.slot);
  const bases = rowIdBases(record.transactions);
  for (const [at, transaction] of record.transactions.entries()) footprint.add(transaction, bases[at]);
  return footprint;
}

/** The first of the keys that lies in `range`. */
export function firstIn(keys: KeyMap<true>, range: KeyRange): Key | undefined {
  const key = keys.first(range.from)?.key;
  return key !== undefined && rangeHas(range, key) ? key : undefined;
}
