/** A growing table of groups: finds the tuple of each row's keys, makes those that are new, and lists them in the order they came. */
import { unreachable } from '../../../base/assert.ts';
import { GROUP_TABLE, GROUP_TABLE_BYTES, GROUP_WANTS } from '../../../kernels/group-table.ts';
import { KEY_BYTES, writeKeyColumns, type KeyColumn } from '../../../kernels/key-descriptor.ts';
import type { Kernels } from '../../../kernels/kernels.ts';
import type { TupleLayout } from '../../../kernels/tuple-layout.ts';
import type { Computing } from '../computing.ts';
import { hashVector } from '../hash.ts';
import type { QueryMemory } from '../memory.ts';
import { VECTOR_ROWS_MAX, type Vector } from '../vector.ts';

const ENTRIES_MIN = 1024;
const CHUNK_BYTES_MIN = 16 * 1024;

/** A whole number of slabs, less what a buffer keeps spare. */
const CHUNK_BYTES_MAX = 1024 * 1024 - 64;

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
  readonly #header: number;
  readonly #keys: number;
  readonly #hashes: number;
  readonly #chunks: Chunk[] = [];
  #entries: number;
  #capacity: number;
  #chunkBytes = CHUNK_BYTES_MIN;
  #textBytes = CHUNK_BYTES_MIN;

  /** `expected` groups are made room for at once. */
  constructor(layout: TupleLayout, context: Computing, expected: number) {
    this.layout = layout;
    this.#kernels = context.kernels;
    this.#memory = context.memory;
    this.#header = this.#memory.takeCleared(GROUP_TABLE_BYTES);
    this.#keys = this.#memory.take(Math.max(1, layout.fields.length) * KEY_BYTES);
    this.#hashes = this.#memory.takeValues('i32');
    this.#capacity = ENTRIES_MIN;
    while (this.#capacity < expected * 2.2 && this.#capacity < 2 ** 22) this.#capacity *= 2;
    this.#entries = this.#memory.takeCleared(this.#capacity * 8);
    const words = this.#words();
    words[GROUP_TABLE.entries] = this.#entries;
    words[GROUP_TABLE.mask] = this.#capacity - 1;
    words[GROUP_TABLE.limit] = this.#capacity / 2;
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
    for (const [field, vector] of keys.entries()) hashVector(this.#kernels, vector, rows, field > 0, this.#hashes);
    for (let done = 0; ;) {
      done = this.#kernels.groupFind(this.#header, this.#keys, keys.length, this.#hashes, rows, done, tuples);
      if (done === rows) return;
      this.#makeRoom();
    }
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
        this.#entries = this.#memory.take(this.#capacity * 8);
        this.#kernels.groupGrow(this.#header, this.#entries, this.#capacity);
        this.#memory.giveBack(old);
        return;
      }
      case GROUP_WANTS.tuples: {
        const size = Math.floor(this.#chunkBytes / this.layout.stride) * this.layout.stride;
        const start = this.#memory.take(size);
        this.#chunkBytes = Math.min(CHUNK_BYTES_MAX, this.#chunkBytes * 4);
        this.#chunks.push({ start, end: start + size });
        const now = this.#words();
        now[GROUP_TABLE.tuples] = start;
        now[GROUP_TABLE.tuplesEnd] = start + size;
        return;
      }
      case GROUP_WANTS.strings: {
        const size = Math.max(this.#textBytes, words[GROUP_TABLE.wantedBytes]);
        const start = this.#memory.take(size);
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
