/** One tree of a memtable: see `memtable.ts` for the invariants. */
import { assert } from '../base/assert.ts';
import type { Address, Arena } from './arena.ts';
import { MemtableIndex, type IndexPosition } from './memtable-index.ts';
import type { ReadOutcome, RowReader } from './row-reader.ts';
import type { RunDescriptor } from './run.ts';
import { slot as slotOf, type Key, type KeyRange, type Slot } from './tree.ts';
import type { Row } from '../types/value.ts';

/** Fields of a version. */
const SLOT = 0;
const ROW_AT = 1;
const ROW_LENGTH = 2;
const OLDER = 3;
const FIELDS = 4;

/** Length that says: a tombstone. */
const TOMBSTONE = 0xffffffff;

/** Rows end to end; with a `base`, an arena has them there. */
export interface RowsInMemory {
  readonly bytes: Uint8Array;
  readonly base: Address | undefined;
}

/** No version: the end of a chain. */
const NONE = -1;

export class MemtableTree {
  readonly #arena: Arena;
  readonly #index = new MemtableIndex();
  /** Per entry: its newest version. */
  #newest = new Int32Array(16);
  /** Per version its FIELDS, side by side. */
  #fields = new Float64Array(16 * FIELDS);
  #versions = 0;
  #clears: Slot[] = [];
  #runs: RunDescriptor[] = [];

  constructor(arena: Arena) {
    this.#arena = arena;
  }

  /** Slots at which the tree was cleared, ascending. */
  get clears(): readonly Slot[] {
    return this.#clears;
  }

  /** Runs that bulk loads attached, oldest first. */
  get runs(): readonly RunDescriptor[] {
    return this.#runs;
  }

  /** Keys ever written, tombstones included. */
  get entries(): number {
    return this.#index.entries;
  }

  /** Grows whenever a key is added: a position of a scan is only good while this stays. */
  get generation(): number {
    return this.#index.entries;
  }

  put(key: Key, row: Uint8Array | null, slot: Slot): void {
    if (row === null) this.#add(key, 0, TOMBSTONE, slot);
    else this.#add(key, this.#arena.add(row), row.length, slot);
  }

  /** `put` of a row that lies in `rows`; null: a tombstone. */
  putRow(key: Key, rows: RowsInMemory | null, from: number, to: number, slot: Slot): void {
    if (rows === null) this.#add(key, 0, TOMBSTONE, slot);
    else this.#add(key, rows.base === undefined ? this.#arena.add(rows.bytes, from, to) : rows.base + from, to - from, slot);
  }

  clear(slot: Slot): void {
    this.#clears.push(slot);
  }

  attach(run: RunDescriptor, slot: Slot): void {
    assert(run.slot === slot, 'an attached run is of the slot that attached it', { run: run.slot, slot });
    this.#runs.push(run);
  }

  /** The newest clear that a snapshot at `slot` sees; 0 when none: what is older is hidden (M3). */
  clearedBefore(slot: Slot): Slot {
    for (let at = this.#clears.length - 1; at >= 0; at--) if (this.#clears[at] <= slot) return this.#clears[at];
    return slotOf(0);
  }

  /** The version of `key` that a snapshot at `slot` sees, for the methods below; -1 when there is none. */
  find(key: Key, slot: Slot): number {
    const entry = this.#index.find(key);
    return entry === -1 ? NONE : this.visible(entry, slot);
  }

  /** The version of an entry that a snapshot at `slot` sees, or -1. */
  visible(entry: number, slot: Slot): number {
    let version = this.#newest[entry];
    while (version !== NONE && this.#fields[version * FIELDS + SLOT] > slot) version = this.#fields[version * FIELDS + OLDER];
    if (version === NONE || (this.#clears.length > 0 && this.#fields[version * FIELDS + SLOT] < this.clearedBefore(slot))) return NONE;
    return version;
  }

  slotOf(version: number): Slot {
    return slotOf(this.#fields[version * FIELDS + SLOT]);
  }

  isTombstone(version: number): boolean {
    return this.#fields[version * FIELDS + ROW_LENGTH] === TOMBSTONE;
  }

  /** A view of the row's bytes. */
  rowOf(version: number): Uint8Array {
    return this.#arena.view(this.#fields[version * FIELDS + ROW_AT], this.#fields[version * FIELDS + ROW_LENGTH]);
  }

  /** Reads the row of a version into `row`. */
  readRow(version: number, reader: RowReader, row: Row): ReadOutcome {
    const address = this.#fields[version * FIELDS + ROW_AT];
    const from = this.#arena.offsetOf(address);
    return reader.decode(this.#arena.chunkOf(address), from, from + this.#fields[version * FIELDS + ROW_LENGTH], row);
  }

  /** A view of the entry's key. */
  keyOf(entry: number): Key {
    return this.#index.keyOf(entry);
  }

  get index(): MemtableIndex {
    return this.#index;
  }

  /** About how many keys lie in `range`, deleted ones included; exact below `limit`. */
  countBetween(range: KeyRange, limit: number): number {
    return this.#index.countBetween(range.from, range.to, limit);
  }

  /** Calls `visit` with every version newer than `slot`, keys in order, versions of a key from old to new. */
  visitVersionsAfter(slot: Slot, visit: (key: Key, row: Uint8Array | null, slot: Slot) => void): void {
    const position: IndexPosition = this.#index.seek(undefined);
    const chain: number[] = [];
    for (let entry = this.#index.entryAt(position); entry !== -1; entry = this.#index.entryAt(position)) {
      chain.length = 0;
      for (
        let version = this.#newest[entry];
        version !== NONE && this.#fields[version * FIELDS + SLOT] > slot;
        version = this.#fields[version * FIELDS + OLDER]
      )
        chain.push(version);
      for (let at = chain.length - 1; at >= 0; at--) {
        const version = chain[at];
        visit(this.keyOf(entry), this.isTombstone(version) ? null : this.rowOf(version), this.slotOf(version));
      }
      this.#index.forward(position);
    }
  }

  #addEntry(entry: number): void {
    if (entry === this.#newest.length) this.#newest = grown(this.#newest, new Int32Array(entry * 2));
    this.#newest[entry] = NONE;
  }

  #add(key: Key, rowAt: Address, rowLength: number, slot: Slot): void {
    const known = this.#index.entries;
    const entry = this.#index.findOrAdd(key);
    if (entry === known) this.#addEntry(entry);
    this.#addVersion(entry, rowAt, rowLength, slot);
  }

  #addVersion(entry: number, rowAt: Address, rowLength: number, slot: Slot): void {
    const version = this.#versions++;
    const at = version * FIELDS;
    if (at === this.#fields.length) this.#fields = grown(this.#fields, new Float64Array(at * 2));
    const fields = this.#fields;
    fields[at + SLOT] = slot;
    fields[at + ROW_AT] = rowAt;
    fields[at + ROW_LENGTH] = rowLength;
    fields[at + OLDER] = this.#newest[entry];
    this.#newest[entry] = version;
  }
}

function grown<Numbers extends Float64Array | Uint32Array | Int32Array>(old: Numbers, larger: Numbers): Numbers {
  larger.set(old);
  return larger;
}
