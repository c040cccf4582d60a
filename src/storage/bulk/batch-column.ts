/**
 * One column of a batch: values side by side in a load's memory, a byte a row that says which are null, and beside them the few that have
 * no room there.
 *
 *     bool u8 | int32 i32 | int64 i64 | float32 f32 | float64 f64 | decimal i64 at one scale | string: a reference (kernels/loading.ts)
 *
 * Invariants
 *   B1  A null row's value is zero.
 *   B2  A row with an exception (a value of another scale or too wide, a string too long for a leaf) has the value zero, and is not null.
 */
import type { LoadingMemory } from '../../kernels/loading-memory.ts';
import { numericModifierParts } from '../../types/numeric/rounding.ts';
import type { Physical, StoredValue } from '../../types/type.ts';
import { Numeric, canonicalInt8, type Value } from '../../types/value.ts';
import { textOf } from '../../base/bytes.ts';
import { EXTERNAL_BYTES } from '../chunk/stored-cell.ts';
import { columnForm } from '../column-form.ts';
import type { TreeColumn } from '../tree.ts';
import type { StringArena } from './string-arena.ts';

type BatchForm = 'bool' | 'int32' | 'int64' | 'float32' | 'float64' | 'decimal' | 'string';

const FORM: Readonly<Record<Physical, BatchForm>> = {
  bool: 'bool',
  int32: 'int32',
  int64: 'int64',
  float32: 'float32',
  float64: 'float64',
  numeric: 'decimal',
  text: 'string',
  bytes: 'string',
};

const WIDTH: Readonly<Record<BatchForm, number>> = { bool: 1, int32: 4, int64: 8, float32: 4, float64: 8, decimal: 8, string: 8 };

/** The scale of a decimal column that has taken no value yet. */
export const NO_SCALE = -1;

const INT64_MAX = 2n ** 63n - 1n;

const encoder = new TextEncoder();

export class BatchColumn {
  readonly id: number;
  readonly physical: Physical;
  readonly form: BatchForm;
  /** Bytes of a value. */
  readonly width: number;
  /** Where values lie, and the bytes that say which are null. */
  readonly data: number;
  readonly nulls: number;
  /** Decimals: digits behind the point of every value; NO_SCALE before the first. */
  scale: number;
  /** Whether a row may be null. */
  hasNulls = false;
  /** B2, by row. */
  exceptions: Map<number, StoredValue> | undefined;
  readonly #memory: LoadingMemory;
  readonly #strings: StringArena;
  readonly #fixedScale: number;
  readonly #store: ((value: Value) => StoredValue) | undefined;
  readonly #load: ((stored: StoredValue) => Value) | undefined;

  /** Lies at `address` in `memory`, `bytesOf` it long. Strings that it takes itself go to `strings`. */
  constructor(column: TreeColumn, memory: LoadingMemory, strings: StringArena, address: number, rowsMax: number) {
    const { physical, store, load } = columnForm(column.type);
    this.id = column.id;
    this.physical = physical;
    this.form = FORM[physical];
    this.width = WIDTH[this.form];
    this.data = address;
    this.nulls = address + aligned(rowsMax * this.width);
    this.#memory = memory;
    this.#strings = strings;
    this.#store = store;
    this.#load = load;
    this.#fixedScale =
      physical === 'numeric' && column.type.modifier >= 4 ? Math.max(0, numericModifierParts(column.type.modifier).scale) : NO_SCALE;
    this.scale = this.#fixedScale;
  }

  /** Bytes that `rowsMax` rows take. */
  static bytesOf(column: TreeColumn, rowsMax: number): number {
    return aligned(rowsMax * WIDTH[FORM[columnForm(column.type).physical]]) + aligned(rowsMax);
  }

  /** Forgets what it knows of its rows. */
  clear(): void {
    this.scale = this.#fixedScale;
    this.hasNulls = false;
    this.exceptions = undefined;
  }

  /** Puts a value into a row; about how many bytes it takes. */
  set(row: number, value: Value): number {
    if (this.exceptions !== undefined) this.exceptions.delete(row);
    if (value === null) {
      this.#memory.u8[this.nulls + row] = 1;
      this.hasNulls = true;
      this.#zero(row);
      return 1;
    }
    this.#memory.u8[this.nulls + row] = 0;
    return this.#put(row, this.#store === undefined ? value : this.#store(value));
  }

  /** Puts `first`, `first` + 1 … into `count` rows of an int64 column. */
  setSequence(row: number, count: number, first: number | bigint): void {
    const { u8, u32 } = this.#memory;
    u8.fill(0, this.nulls + row, this.nulls + row + count);
    const wide = BigInt.asUintN(64, BigInt(first));
    let high = Number(wide >> 32n);
    let low = Number(wide & 0xffffffffn);
    for (let at = (this.data >>> 2) + 2 * row, end = at + 2 * count; at < end; at += 2) {
      u32[at] = low;
      u32[at + 1] = high;
      low++;
      if (low <= 0xffffffff) continue;
      low = 0;
      high++;
    }
  }

  /** The value of a row. */
  get(row: number): Value {
    const stored = this.stored(row);
    return stored === null || this.#load === undefined ? stored : this.#load(stored);
  }

  /** The value of a row as storage keeps it. */
  stored(row: number): StoredValue | null {
    const { u8, u32, i32, f32, f64, i64 } = this.#memory;
    if (u8[this.nulls + row] === 1) return null;
    const exception = this.exceptions?.get(row);
    if (exception !== undefined) return exception;
    switch (this.form) {
      case 'bool':
        return u8[this.data + row] === 1;
      case 'int32':
        return i32[(this.data >>> 2) + row];
      case 'int64':
        return canonicalInt8(i64[this.data / 8 + row]);
      case 'float32':
        return f32[(this.data >>> 2) + row];
      case 'float64':
        return f64[this.data / 8 + row];
      case 'decimal':
        return new Numeric(i64[this.data / 8 + row], this.scale);
      case 'string': {
        const at = (this.data >>> 2) + 2 * row;
        const bytes = u8.slice(u32[at], u32[at] + u32[at + 1]);
        return this.physical === 'text' ? textOf(bytes) : bytes;
      }
    }
  }

  #zero(row: number): void {
    const { u8, u32 } = this.#memory;
    if (this.width === 1) u8[this.data + row] = 0;
    else if (this.width === 4) u32[(this.data >>> 2) + row] = 0;
    else {
      const at = (this.data >>> 2) + 2 * row;
      u32[at] = 0;
      u32[at + 1] = 0;
    }
  }

  #put(row: number, value: StoredValue): number {
    const memory = this.#memory;
    switch (this.form) {
      case 'bool':
        memory.u8[this.data + row] = value === true ? 1 : 0;
        return 1;
      case 'int32':
        memory.i32[(this.data >>> 2) + row] = value as number;
        return 4;
      case 'float32':
        memory.f32[(this.data >>> 2) + row] = value as number;
        return 4;
      case 'float64':
        memory.f64[this.data / 8 + row] = value as number;
        return 8;
      case 'int64':
        this.#putInteger(row, value as number | bigint);
        return 8;
      case 'decimal':
        if (!this.#putDecimal(row, value as Numeric)) this.#except(row, value);
        return 8;
      case 'string':
        return typeof value === 'string' ? this.#putText(row, value) : this.#putBytes(row, value as Uint8Array);
    }
  }

  #putInteger(row: number, value: number | bigint): void {
    if (typeof value === 'bigint') {
      this.#memory.i64[this.data / 8 + row] = value;
      return;
    }
    const at = (this.data >>> 2) + 2 * row;
    const high = Math.floor(value / 0x100000000);
    this.#memory.u32[at] = value - high * 0x100000000;
    this.#memory.i32[at + 1] = high;
  }

  #putDecimal(row: number, value: Numeric): boolean {
    if (value.kind !== 'finite') return false;
    const { coefficient, scale } = value;
    if (this.scale === NO_SCALE) this.scale = scale;
    if (scale !== this.scale) return false;
    if (typeof coefficient === 'bigint' && (coefficient > INT64_MAX || coefficient < -INT64_MAX - 1n)) return false;
    this.#putInteger(row, coefficient);
    return true;
  }

  #putText(row: number, value: string): number {
    const { length } = value;
    if (length > EXTERNAL_BYTES) return this.#except(row, value);
    const at = this.#strings.reserve(length * 3);
    const { u8 } = this.#memory;
    let written = 0;
    if (length < 64) for (; written < length && value.charCodeAt(written) < 0x80; written++) u8[at + written] = value.charCodeAt(written);
    if (written < length) written = encoder.encodeInto(value, u8.subarray(at, at + length * 3)).written;
    if (written > EXTERNAL_BYTES) return this.#except(row, value);
    this.#refer(row, at, written);
    return written + 4;
  }

  #putBytes(row: number, value: Uint8Array): number {
    if (value.length > EXTERNAL_BYTES) return this.#except(row, value);
    const at = this.#strings.reserve(value.length);
    this.#memory.u8.set(value, at);
    this.#refer(row, at, value.length);
    return value.length + 4;
  }

  #refer(row: number, address: number, length: number): void {
    const at = (this.data >>> 2) + 2 * row;
    this.#memory.u32[at] = address;
    this.#memory.u32[at + 1] = length;
    this.#strings.taken(address + length);
  }

  #except(row: number, value: StoredValue): number {
    this.#zero(row);
    this.exceptions ??= new Map();
    this.exceptions.set(row, value);
    return typeof value === 'string' || value instanceof Uint8Array ? value.length : 16;
  }
}

function aligned(bytes: number): number {
  return Math.ceil((bytes + 16) / 64) * 64;
}
