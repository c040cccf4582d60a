import { KEY_BYTES } from '../key-descriptor.ts';
import type { MemoryViews } from './memory-views.ts';

const BOOL = 3;
const STR = 4;

/** Key columns (key-descriptor.ts) against tuples. */
export class Keys {
  readonly #memory: MemoryViews;
  readonly #keys: number;
  readonly #count: number;

  constructor(memory: MemoryViews, keys: number, count: number) {
    this.#memory = memory;
    this.#keys = keys;
    this.#count = count;
  }

  /** Whether a row's keys are those of a tuple; null is the same as null, NaN as NaN. */
  isSame(row: number, tuple: number): boolean {
    for (let key = 0; key < this.#count; key++) {
      const isNull = this.#isNull(key, row);
      if (isNull !== (this.#memory.u8[tuple + this.#word(key, 4)] !== 0)) return false;
      if (!isNull && !this.#isSameValue(key, row, tuple)) return false;
    }
    return true;
  }

  /** Whether a null key keeps a tuple from matching anything. */
  isLoneTuple(tuple: number): boolean {
    for (let key = 0; key < this.#count; key++) {
      if (this.#word(key, 5) === 0 && this.#memory.u8[tuple + this.#word(key, 4)] !== 0) return true;
    }
    return false;
  }

  /** Bytes of the texts among a row's keys. */
  textBytes(row: number): number {
    let bytes = 0;
    for (let key = 0; key < this.#count; key++) {
      if (this.#word(key, 0) === STR && !this.#isNull(key, row)) bytes += this.#memory.u32[(this.#word(key, 1) >>> 2) + row * 2 + 1];
    }
    return bytes;
  }

  /** Writes a row's keys into a tuple of zeros, texts to `strings`; the end of those. */
  write(row: number, tuple: number, strings: number): number {
    const memory = this.#memory;
    let to = strings;
    for (let key = 0; key < this.#count; key++) {
      if (this.#isNull(key, row)) {
        memory.u8[tuple + this.#word(key, 4)] = 1;
        continue;
      }
      const field = tuple + this.#word(key, 3);
      if (this.#word(key, 0) === STR) {
        const text = memory.bytesOf(this.#word(key, 1) + row * 8);
        memory.u8.set(text, to);
        memory.u32[field >>> 2] = to;
        memory.u32[(field >>> 2) + 1] = text.length;
        to += text.length;
      } else memory.i64[field >>> 3] = this.#value(key, row);
    }
    return to;
  }

  #word(key: number, at: number): number {
    return this.#memory.u32[((this.#keys + key * KEY_BYTES) >>> 2) + at];
  }

  #isNull(key: number, row: number): boolean {
    const nulls = this.#word(key, 2);
    return nulls !== 0 && this.#memory.u8[nulls + row] !== 0;
  }

  /** The value as a field holds it; of a float or text, its bits. */
  #value(key: number, row: number): bigint {
    const data = this.#word(key, 1);
    const type = this.#word(key, 0);
    if (type === 0) return BigInt(this.#memory.i32[(data >>> 2) + row]);
    return type === BOOL ? BigInt(this.#memory.u8[data + row]) : this.#memory.i64[(data >>> 3) + row];
  }

  #isSameValue(key: number, row: number, tuple: number): boolean {
    const memory = this.#memory;
    const field = tuple + this.#word(key, 3);
    const data = this.#word(key, 1);
    switch (this.#word(key, 0)) {
      case 2: {
        const a = memory.f64[(data >>> 3) + row];
        const b = memory.f64[field >>> 3];
        return a === b || (Number.isNaN(a) && Number.isNaN(b));
      }
      case STR: {
        const a = memory.bytesOf(data + row * 8);
        const b = memory.bytesOf(field);
        return a.length === b.length && a.every((byte, at) => byte === b[at]);
      }
      default:
        return this.#value(key, row) === memory.i64[field >>> 3];
    }
  }
}
