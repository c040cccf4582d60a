/**
 * A growing table of groups: finds the tuple of each row's keys, makes those that are new, and lists them in the order they came.
 *
 *     entries   by hash                             any keys
 *     slots     by the key itself, less the least   one integer key, as long as its values lie close together
 */
import { unreachable } from '../../../base/assert.ts';
import { GROUP_TABLE, GROUP_TABLE_BYTES, GROUP_WANTS } from '../../../kernels/group-table.ts';
import { KEY_BYTES, writeKeyColumns, type KeyColumn } from '../../../kernels/key-descriptor.ts';
import type { Kernels } from '../../../kernels/kernels.ts';
import type { TupleLayout } from '../../../kernels/tuple-layout.ts';
import type { Computing } from '../computing.ts';
import { DenseRange } from '../dense-range.ts';
import { hashVector } from '../hash.ts';
import type { QueryMemory } from '../memory.ts';
import { VECTOR_ROWS_MAX, type Vector } from '../vector.ts';

const ENTRIES_MIN = 1024;
const ENTRIES_MAX_AT_FIRST = 2 ** 22;

/** Slots are worth it while there are at most so many for each group that there is, may be in a batch, or is expected, and some more. */
const SLOTS_PER_GROUP = 8;
const SLOTS_SPARE = 16 * 1024;
const CHUNK_BYTES_MIN = 16 * 1024;

/** A whole number of slabs, less what a buffer keeps spare. */
const CHUNK_BYTES_MAX = 1024 * 1024 - 64;

/** What finds groups takes at most one part in so many of what may be held before they are written to a file. */
const FINDING_SHARE = 4;

/** Groups at which slots want more room: never. */
const NO_LIMIT = 0xffff_ffff;

/** Room for tuples or texts: what lies in [start, end) is used up to where the next chunk was begun. */
interface Chunk {
  readonly start: number;
  readonly end: number;
}

/** Tuples end to end. */
export interface TupleRun {
  readonly start: number;
  readonly count: number;
}

export class Groups {
  readonly layout: TupleLayout;
  readonly #kernels: Kernels;
  readonly #memory: QueryMemory;
  readonly #room: QueryMemory;
  readonly #header: number;
  readonly #keys: number;
  readonly #hashes: number;
  readonly #chunks: Chunk[] = [];
  /** Bytes of slots, or of entries that wait for groups to come, at most. */
  readonly #findingBytes: number;
  #expected: number;
  /** While keys are their own places: their range, and u32[places + 1] slots of tuples, the last one of null. */
  #range: DenseRange | undefined;
  #slots = 0;
  /** Else. */
  #entries = 0;
  #capacity = 0;
  #chunkBytes = CHUNK_BYTES_MIN;
  #textBytes = CHUNK_BYTES_MIN;

  /** `expected` groups are made room for at once. Tuples, texts and what finds them lie in `room`. */
  constructor(layout: TupleLayout, context: Computing, expected: number, room = context.memory) {
    this.layout = layout;
    this.#kernels = context.kernels;
    this.#memory = context.memory;
    this.#room = room;
    this.#header = this.#memory.takeCleared(GROUP_TABLE_BYTES);
    this.#keys = this.#memory.take(Math.max(1, layout.fields.length) * KEY_BYTES);
    this.#hashes = this.#memory.takeValues('i32');
    this.#findingBytes = (context.spilling?.bytes ?? Number.POSITIVE_INFINITY) / FINDING_SHARE;
    this.#expected = expected;
    const [type] = layout.fields;
    const isInteger = layout.fields.length === 1 && (type === 'i32' || type === 'i64');
    this.#range = isInteger ? new DenseRange(context.kernels, context.memory) : undefined;
    if (!isInteger) this.#takeEntries(expected);
    const words = this.#words();
    if (isInteger) words[GROUP_TABLE.limit] = NO_LIMIT;
    words[GROUP_TABLE.stride] = layout.stride;
    words[GROUP_TABLE.scratch] = this.#memory.takeValues('i32');
  }

  get count(): number {
    return this.#words()[GROUP_TABLE.count];
  }

  /** The tuples of rows [0, rows), by their keys, one vector per field, into u32s at `tuples`. */
  find(keys: readonly Vector[], rows: number, tuples: number): void {
    const { layout } = this;
    const columns = keys.map((vector, field): KeyColumn => {
      // Integers compare by value whatever their width.
      const type = vector.isNarrow ? 'i32' : vector.type;
      return { type, data: vector.data, nulls: vector.nulls, fieldOffset: layout.fieldOffset(field), flagOffset: layout.flagOffset(field) };
    });
    writeKeyColumns(new Uint32Array(this.#memory.heap.memory.buffer), this.#keys, columns);
    if (this.#findDirect(keys[0], rows, tuples)) return;
    for (const [field, vector] of keys.entries()) hashVector(this.#kernels, vector, rows, field > 0, this.#hashes);
    for (let done = 0; ;) {
      done = this.#kernels.groupFind(this.#header, this.#keys, keys.length, this.#hashes, rows, done, tuples);
      if (done === rows) return;
      this.#makeRoom();
    }
  }

  /** The same by slots; false when there are none. */
  #findDirect(key: Vector | undefined, rows: number, tuples: number): boolean {
    if (this.#range === undefined || key === undefined) return false;
    if (this.#slots === 0 && !this.#widen(this.#range, key, rows)) return false;
    for (let done = 0; ;) {
      const { places, least } = this.#range;
      done = this.#kernels.groupDirect(this.#header, this.#slots, places, least, this.#keys, rows, done, tuples);
      if (done === rows) return true;
      if (this.#words()[GROUP_TABLE.wants] !== GROUP_WANTS.range) this.#makeRoom();
      else if (!this.#widen(this.#range, key, rows)) return false;
    }
  }

  /** Slots for the key's values too; false, and from now on there are entries, where they lie too far apart. */
  #widen(range: DenseRange, key: Vector, rows: number): boolean {
    const before = range.places;
    const wanted = Math.ceil(Math.max(this.count + rows, this.#expected)) * SLOTS_PER_GROUP + SLOTS_SPARE;
    const moved = range.widen(key, rows, Math.min(wanted, Math.floor(this.#findingBytes / 4)));
    const old = this.#slots;
    if (moved === undefined) {
      this.#range = undefined;
      this.#leaveSlots();
    } else {
      this.#slots = this.#room.takeCleared((range.places + 1) * 4);
      const words = new Uint32Array(this.#memory.heap.memory.buffer);
      const [to, from] = [this.#slots >>> 2, old >>> 2];
      if (old !== 0) {
        words.copyWithin(to + moved, from, from + before);
        words[to + range.places] = words[from + before];
      }
    }
    if (old !== 0) this.#room.giveBack(old);
    return moved !== undefined;
  }

  /** Hangs all groups on entries. */
  #leaveSlots(): void {
    const kernels = this.#kernels;
    const memory = this.#memory;
    this.#takeEntries(Math.max(this.#expected, this.count));
    const tuples = memory.takeValues('i32');
    this.#hashAll(tuples);
    for (const rows of this.batches(tuples)) kernels.groupPlace(this.#entries, this.#capacity - 1, tuples, rows);
  }

  /** Gives groups that were found by slot their hashes; `tuples` is room for addresses. */
  #hashAll(tuples: number): void {
    const kernels = this.#kernels;
    const [values, nulls] = [this.#memory.takeValues('i64'), this.#memory.takeBytes()];
    for (const rows of this.batches(tuples)) {
      const hasNulls = kernels.readField64(tuples, rows, this.layout.fieldOffset(0), this.layout.flagOffset(0), values, nulls) !== 0;
      kernels.hashI64(values, hasNulls ? nulls : 0, rows, 0, this.#hashes);
      kernels.writeHashes(this.#hashes, rows, tuples);
    }
  }

  #takeEntries(expected: number): void {
    this.#capacity = ENTRIES_MIN;
    const most = Math.min(ENTRIES_MAX_AT_FIRST, this.#findingBytes / 16);
    while (this.#capacity < expected * 2.2 && this.#capacity < most) this.#capacity *= 2;
    while (this.#capacity < this.count * 2) this.#capacity *= 2;
    this.#entries = this.#room.takeCleared(this.#capacity * 8);
    const words = this.#words();
    words[GROUP_TABLE.entries] = this.#entries;
    words[GROUP_TABLE.mask] = this.#capacity - 1;
    words[GROUP_TABLE.limit] = this.#capacity / 2;
  }

  /** Makes sure that every tuple has its hash. */
  writeHashes(): void {
    if (this.#range !== undefined) this.#hashAll(this.#memory.takeValues('i32'));
  }

  /** Forgets all groups, whose room was released. From now on keys are hashed. */
  forget(): void {
    this.#chunks.length = 0;
    this.#chunkBytes = CHUNK_BYTES_MIN;
    this.#textBytes = CHUNK_BYTES_MIN;
    this.#range = undefined;
    this.#slots = 0;
    this.#expected = 0;
    this.#words().fill(0, GROUP_TABLE.count, GROUP_TABLE.stringsEnd + 1);
    this.#takeEntries(0);
  }

  /** Calls `each` with the addresses (u32s at `tuples`) of the groups in the order they came, at most VECTOR_ROWS_MAX at a time. */
  *batches(tuples: number): Generator<number> {
    yield* tupleBatches(this.runs(), this.layout.stride, this.#kernels, tuples);
  }

  /** All tuples, in the order they came. */
  runs(): TupleRun[] {
    const last = this.#words()[GROUP_TABLE.tuples];
    return this.#chunks.map(({ start, end }, at) => {
      const used = at === this.#chunks.length - 1 ? last : end;
      return { start, count: Math.floor((used - start) / this.layout.stride) };
    });
  }

  #words(): Uint32Array {
    return new Uint32Array(this.#memory.heap.memory.buffer, this.#header, GROUP_TABLE_BYTES / 4);
  }

  #makeRoom(): void {
    const words = this.#words();
    switch (words[GROUP_TABLE.wants]) {
      case GROUP_WANTS.entries: {
        const old = this.#entries;
        this.#capacity *= 2;
        this.#entries = this.#room.take(this.#capacity * 8);
        this.#kernels.groupGrow(this.#header, this.#entries, this.#capacity);
        this.#room.giveBack(old);
        return;
      }
      case GROUP_WANTS.tuples: {
        const size = Math.floor(this.#chunkBytes / this.layout.stride) * this.layout.stride;
        const start = this.#room.take(size);
        this.#chunkBytes = Math.min(CHUNK_BYTES_MAX, this.#chunkBytes * 4);
        this.#chunks.push({ start, end: start + size });
        const now = this.#words();
        now[GROUP_TABLE.tuples] = start;
        now[GROUP_TABLE.tuplesEnd] = start + size;
        return;
      }
      case GROUP_WANTS.strings: {
        const size = Math.max(this.#textBytes, words[GROUP_TABLE.wantedBytes]);
        const start = this.#room.take(size);
        this.#textBytes = Math.min(CHUNK_BYTES_MAX, this.#textBytes * 4);
        const now = this.#words();
        now[GROUP_TABLE.strings] = start;
        now[GROUP_TABLE.stringsEnd] = start + size;
        return;
      }
      default:
        return unreachable(words[GROUP_TABLE.wants] as never);
    }
  }
}

/** The addresses of tuples as u32s at `tuples`, at most VECTOR_ROWS_MAX at a time. */
export function* tupleBatches(runs: readonly TupleRun[], stride: number, kernels: Kernels, tuples: number): Generator<number> {
  for (const { start, count } of runs) {
    for (let from = 0; from < count; from += VECTOR_ROWS_MAX) {
      const rows = Math.min(VECTOR_ROWS_MAX, count - from);
      kernels.tupleAddresses(start + from * stride, stride, rows, tuples);
      yield rows;
    }
  }
}
