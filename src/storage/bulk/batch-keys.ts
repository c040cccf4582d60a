/**
 * The keys of a batch, as `encodeKey` would make them row by row: by kernel where every part has a form that it knows, else so.
 */
import { LIMITS } from '../../base/limits.ts';
import { assert } from '../../base/assert.ts';
import { compareBytes } from '../../base/bytes.ts';
import { OID } from '../../types/oid.ts';
import type { LoadingMemory } from '../../kernels/loading-memory.ts';
import { columnForm } from '../column-form.ts';
import { commonPrefix } from '../key-column.ts';
import { encodeKey, isWholeKey } from '../key-codec.ts';
import type { Key, KeyPart, TreeColumn, TreeSchema } from '../tree.ts';
import { NO_SCALE } from './batch-column.ts';
import { BATCH_ROWS_MAX, type ColumnBatch } from './column-batch.ts';

const PART_BYTES = 20;
const PART_KIND = { bool: 0, int32: 1, int64: 2, string: 3, trimmed: 4, float32: 5, float64: 6, decimal: 7 } as const;

/** Bytes of a key part at most, but for strings. */
const PART_BYTES_MAX = 16;

/** Beyond this scale a decimal's exponent may need more than a byte. */
const SCALE_MAX = 40;

/** The length of a key that there is not. */
const NO_LENGTH = 0xffffffff;

/** Keys end to end, beside their ends. */
export class BatchKeys {
  readonly #memory: LoadingMemory;
  readonly #schema: TreeSchema;
  readonly #kinds: readonly number[] | undefined;
  readonly #parts: number;
  readonly #scratch: number;
  /** Room for one key. */
  readonly #previous: number;
  /** Where the keys lie, their u32 ends, and a byte a row: whether the key has every part. */
  bytes = 0;
  readonly ends: number;
  readonly whole: number;
  #capacity = 0;
  #count = 0;

  constructor(schema: TreeSchema, memory: LoadingMemory) {
    this.#memory = memory;
    this.#schema = schema;
    const kinds = schema.key.map((part) => kindOf(schema.columns[part.column]));
    this.#kinds = memory.kernels === undefined || kinds.includes(undefined) ? undefined : kinds.filter((kind) => kind !== undefined);
    this.#parts = memory.allocate(PART_BYTES * schema.key.length);
    this.#scratch = memory.allocate(64);
    this.#previous = memory.allocate(LIMITS.keyBytesMax);
    this.ends = memory.allocate(BATCH_ROWS_MAX * 4);
    this.whole = memory.allocate(BATCH_ROWS_MAX);
  }

  get count(): number {
    return this.#count;
  }

  /** Bytes of memory held. */
  get heldBytes(): number {
    return this.#capacity + BATCH_ROWS_MAX * 5;
  }

  /** Bytes that the chunk of the keys takes at most. */
  get bytesMax(): number {
    return this.#endOf(this.#count - 1) + this.#count * 14 + 64;
  }

  /** Makes the keys of the rows of `batch`. SQLSTATE 54000 when one is too long. */
  make(batch: ColumnBatch): void {
    this.#count = batch.rows;
    if (this.#kinds === undefined || this.#hasExceptions(batch)) this.#makePlainly(batch);
    else this.#makeQuickly(batch, this.#kinds);
  }

  /** A copy of the key of a row. */
  keyAt(row: number): Key {
    return this.#memory.u8.slice(this.bytes + this.#startOf(row), this.bytes + this.#endOf(row));
  }

  /** The first row whose key is not greater than the one before it, which for the first row is `previous`; the number of rows when there is none. */
  firstDisorder(previous: Key | undefined): number {
    const { kernels, u8 } = this.#memory;
    if (kernels === undefined) return this.#firstDisorderPlainly(previous);
    if (previous === undefined) return kernels.firstDisorder(this.bytes, this.ends, this.#count, 0, NO_LENGTH);
    u8.set(previous, this.#previous);
    return kernels.firstDisorder(this.bytes, this.ends, this.#count, this.#previous, previous.length);
  }

  /** How many leading bytes all keys share with `other`. */
  sharedBytes(other: Key): number {
    const { kernels, u8 } = this.#memory;
    if (kernels !== undefined) {
      u8.set(other, this.#previous);
      return kernels.sharedBytes(this.bytes, this.ends, this.#count, this.#previous, other.length);
    }
    let shared = other.length;
    for (let row = 0; row < this.#count; row++) shared = Math.min(shared, commonPrefix(other, this.keyAt(row)));
    return shared;
  }

  /** Room for keys of so many bytes, which somebody else puts there. */
  reserve(bytes: number, count: number): void {
    this.#count = count;
    this.#ensure(bytes);
  }

  /** Gives its memory back. */
  release(): void {
    const memory = this.#memory;
    memory.release(this.#parts, PART_BYTES * this.#schema.key.length);
    memory.release(this.#scratch, 64);
    memory.release(this.#previous, LIMITS.keyBytesMax);
    memory.release(this.ends, BATCH_ROWS_MAX * 4);
    memory.release(this.whole, BATCH_ROWS_MAX);
    if (this.#capacity > 0) memory.release(this.bytes, this.#capacity);
  }

  #firstDisorderPlainly(previous: Key | undefined): number {
    let before = previous;
    for (let row = 0; row < this.#count; row++) {
      const key = this.keyAt(row);
      if (before !== undefined && compareBytes(before, key) >= 0) return row;
      before = key;
    }
    return this.#count;
  }

  #startOf(row: number): number {
    return row === 0 ? 0 : this.#endOf(row - 1);
  }

  #endOf(row: number): number {
    return this.#memory.u32[(this.ends >>> 2) + row];
  }

  #hasExceptions(batch: ColumnBatch): boolean {
    return this.#schema.key.some(({ column }) => {
      const { form, exceptions, scale } = batch.columns[column];
      return (exceptions !== undefined && exceptions.size > 0) || (form === 'decimal' && scale > SCALE_MAX);
    });
  }

  #makeQuickly(batch: ColumnBatch, kinds: readonly number[]): void {
    const { kernels } = this.#memory;
    assert(kernels !== undefined, 'quick keys are made by kernels');
    const { key, uniqueParts } = this.#schema;
    let bytes = key.length * PART_BYTES_MAX * batch.rows;
    for (const { column } of key) {
      const { form, data } = batch.columns[column];
      if (form === 'string') bytes += 2 * kernels.totalLength(data, 0, batch.rows);
    }
    this.#ensure(bytes);
    key.forEach((part, at) => this.#describe(at, part, kinds[at], batch));
    const longest = kernels.writeKeys(
      this.#parts,
      key.length,
      uniqueParts ?? 0,
      batch.rows,
      this.bytes,
      this.ends,
      this.whole,
      this.#scratch,
    );
    if (longest <= LIMITS.keyBytesMax) return;
    for (let row = 0; row < batch.rows; row++) encodeKey(this.#schema, batch.rowAt(row)); // the first that is too long throws
  }

  #describe(at: number, part: KeyPart, kind: number, batch: ColumnBatch): void {
    const { data, nulls, hasNulls, scale } = batch.columns[part.column];
    const flags = (part.descending ? 1 : 0) + (part.nullsFirst ? 2 : 0);
    this.#memory.u32.set([kind, data, hasNulls ? nulls : 0, flags, scale === NO_SCALE ? 0 : scale], (this.#parts + at * PART_BYTES) >>> 2);
  }

  #makePlainly(batch: ColumnBatch): void {
    const keys: Key[] = [];
    let bytes = 0;
    for (let row = 0; row < batch.rows; row++) {
      const values = batch.rowAt(row);
      const key = encodeKey(this.#schema, values);
      keys.push(key);
      bytes += key.length;
      this.#memory.u32[(this.ends >>> 2) + row] = bytes;
      this.#memory.u8[this.whole + row] = isWholeKey(this.#schema, values) ? 1 : 0;
    }
    this.#ensure(bytes);
    let at = this.bytes;
    for (const key of keys) {
      this.#memory.u8.set(key, at);
      at += key.length;
    }
  }

  #ensure(bytes: number): void {
    if (bytes <= this.#capacity) return;
    if (this.#capacity > 0) this.#memory.release(this.bytes, this.#capacity);
    this.#capacity = Math.max(bytes, 4096);
    this.bytes = this.#memory.allocate(this.#capacity);
  }
}

/** How the kernel writes a key part of this column; undefined when it does not. */
function kindOf(column: TreeColumn): number | undefined {
  const { definition, physical } = columnForm(column.type);
  if (definition.sortKey !== undefined || definition.compare === undefined) return undefined;
  if (column.type.oid === OID.bpchar) return PART_KIND.trimmed;
  switch (physical) {
    case 'text':
    case 'bytes':
      return PART_KIND.string;
    case 'numeric':
      return PART_KIND.decimal;
    default:
      return PART_KIND[physical];
  }
}
