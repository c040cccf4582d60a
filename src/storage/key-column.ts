/**
 * The keys of a leaf: what all share once, then eight bytes of each side by side for searching, then the rest.
 *
 *     header      prefix shared by all keys
 *     chunk       u32 length of every remainder, or FFFFFFFF where they differ; u32 head words (0, 1 or 2)
 *                 head words: u32 high[rows] (remainder bytes 0..3, big-endian value), u32 low[rows] (bytes 4..7), zero-padded
 *                 where lengths differ: u32 tail ends[rows], u16 remainder lengths[rows] (each section padded to 8)
 *                 tails: what follows the heads
 *
 * Invariant
 *   Y1  Heads order as keys do; where two heads are equal, tails and then lengths decide.
 */
import { compareBytes } from '../base/bytes.ts';
import { SqlError } from '../base/sql-error.ts';
import type { Key } from './tree.ts';

const LENGTHS_DIFFER = 0xffffffff;

/** How many leading bytes two keys share. */
export function commonPrefix(a: Key, b: Key): number {
  const common = Math.min(a.length, b.length);
  let at = 0;
  while (at < common && a[at] === b[at]) at++;
  return at;
}

/** The prefix and the raw chunk of keys in ascending order; at least one. */
export function encodeKeys(keys: readonly Key[]): { readonly prefix: Uint8Array; readonly raw: Uint8Array; readonly words: number } {
  const count = keys.length;
  const prefix = keys[0].slice(0, commonPrefix(keys[0], keys[count - 1]));
  const skip = prefix.length;
  let longest = 0;
  let shortest = Number.POSITIVE_INFINITY;
  let tailBytes = 0;
  for (const key of keys) {
    const rest = key.length - skip;
    longest = Math.max(longest, rest);
    shortest = Math.min(shortest, rest);
    tailBytes += Math.max(0, rest - 8);
  }
  const fixed = longest === shortest;
  const words = fixed ? Math.min(2, Math.ceil(longest / 4)) : 2;
  const wordBytes = pad8(count * 4);
  const raw = new Uint8Array(8 + words * wordBytes + (fixed ? 0 : pad8(count * 4) + pad8(count * 2)) + tailBytes);
  const view = new DataView(raw.buffer);
  view.setUint32(0, fixed ? longest : LENGTHS_DIFFER, true);
  view.setUint32(4, words, true);
  let at = 8 + words * wordBytes;
  const endsAt = at;
  const lengthsAt = at + pad8(count * 4);
  if (!fixed) at = lengthsAt + pad8(count * 2);
  const tailsAt = at;
  for (const [row, key] of keys.entries()) {
    if (words >= 1) view.setUint32(8 + row * 4, wordOf(key, skip), true);
    if (words === 2) view.setUint32(8 + wordBytes + row * 4, wordOf(key, skip + 4), true);
    if (key.length > skip + 8) {
      raw.set(key.subarray(skip + 8), at);
      at += key.length - skip - 8;
    }
    if (!fixed) {
      view.setUint32(endsAt + row * 4, at - tailsAt, true);
      view.setUint16(lengthsAt + row * 2, key.length - skip, true);
    }
  }
  return { prefix, raw, words };
}

/** Four bytes from `at`, big-endian, zeros past the end: a head word of a key. */
export function wordOf(key: Uint8Array, at: number): number {
  const length = key.length;
  const first = at < length ? key[at] : 0;
  const second = at + 1 < length ? key[at + 1] : 0;
  const third = at + 2 < length ? key[at + 2] : 0;
  const fourth = at + 3 < length ? key[at + 3] : 0;
  return ((first << 24) | (second << 16) | (third << 8) | fourth) >>> 0;
}

function pad8(bytes: number): number {
  return (bytes + 7) & ~7;
}

/** The keys of a leaf, searchable as they lie. */
export class KeyColumn {
  readonly count: number;
  readonly #prefix: Uint8Array;
  readonly #fixed: number;
  readonly #high: Uint32Array | undefined;
  readonly #low: Uint32Array | undefined;
  readonly #ends: Uint32Array | undefined;
  readonly #lengths: Uint16Array | undefined;
  readonly #tails: Uint8Array;

  /** Opens `raw` (verified) over `count` rows; SQLSTATE XX001 naming `object` when it does not hold together. */
  constructor(prefix: Uint8Array, unaligned: Uint8Array, count: number, object: string) {
    const raw = unaligned.byteOffset % 8 === 0 ? unaligned : unaligned.slice();
    this.count = count;
    this.#prefix = prefix;
    const damaged = (): never => {
      throw new SqlError('data_corrupted', `${object} is damaged: its keys do not hold together`);
    };
    if (raw.length < 8) damaged();
    const view = new DataView(raw.buffer, raw.byteOffset, raw.length);
    this.#fixed = view.getUint32(0, true);
    const words = view.getUint32(4, true);
    if (words > 2 || (this.#fixed === LENGTHS_DIFFER && words !== 2)) damaged();
    let at = 8;
    const take = (bytes: number): number => {
      const from = at;
      at += pad8(bytes);
      if (at > raw.length && from + bytes > raw.length) damaged();
      return raw.byteOffset + from;
    };
    this.#high = words >= 1 ? new Uint32Array(raw.buffer, take(count * 4), count) : undefined;
    this.#low = words === 2 ? new Uint32Array(raw.buffer, take(count * 4), count) : undefined;
    if (this.#fixed === LENGTHS_DIFFER) {
      this.#ends = new Uint32Array(raw.buffer, take(count * 4), count);
      this.#lengths = new Uint16Array(raw.buffer, take(count * 2), count);
      this.#tails = raw.subarray(at);
      let previous = 0;
      for (let row = 0; row < count; row++) {
        const end = this.#ends[row];
        if (end - previous !== Math.max(0, this.#lengths[row] - 8)) damaged();
        previous = end;
      }
      if (previous !== this.#tails.length) damaged();
    } else {
      this.#tails = raw.subarray(Math.min(at, raw.length));
      if (this.#tails.length !== count * Math.max(0, this.#fixed - 8) || words !== Math.min(2, Math.ceil(this.#fixed / 4))) damaged();
    }
  }

  /** A copy of the key of a row. */
  keyAt(row: number): Key {
    const skip = this.#prefix.length;
    const rest = this.#lengths === undefined ? this.#fixed : this.#lengths[row];
    const key = new Uint8Array(skip + rest);
    key.set(this.#prefix);
    if (rest > 0 && this.#high !== undefined) unword(key, skip, this.#high[row]);
    if (rest > 4 && this.#low !== undefined) unword(key, skip + 4, this.#low[row]);
    if (rest > 8) key.set(this.#tail(row), skip + 8);
    return key;
  }

  /** The first row whose key is at least `key`; `count` when none is. */
  lowerBound(key: Key): number {
    const outside = this.#outside(key);
    return outside === undefined ? this.#bound(key, false) : outside;
  }

  /** The first row whose key is greater than `key`; `count` when none is. */
  upperBound(key: Key): number {
    const outside = this.#outside(key);
    return outside === undefined ? this.#bound(key, true) : outside;
  }

  /** The order of a row's key against `key`. */
  compare(row: number, key: Key): number {
    const outside = this.#outside(key);
    if (outside !== undefined) return outside === 0 ? 1 : -1;
    const skip = this.#prefix.length;
    return this.#compare(row, key, wordOf(key, skip), wordOf(key, skip + 4));
  }

  /** The row whose key is `key`, or -1. */
  find(key: Key): number {
    if (this.#outside(key) !== undefined) return -1;
    const row = this.#bound(key, false);
    if (row === this.count) return -1;
    const skip = this.#prefix.length;
    return this.#compare(row, key, wordOf(key, skip), wordOf(key, skip + 4)) === 0 ? row : -1;
  }

  /** Where a key without the shared prefix belongs: before all rows or behind them. Undefined for one that has it. */
  #outside(key: Key): number | undefined {
    const prefix = this.#prefix;
    for (let at = 0; at < prefix.length; at++) {
      if (at >= key.length) return 0;
      if (key[at] !== prefix[at]) return key[at] < prefix[at] ? 0 : this.count;
    }
    return undefined;
  }

  /** The first row whose key is at least `key`, or with `past` greater: by the first head word, then among the rows that share it. */
  #bound(key: Key, past: boolean): number {
    const skip = this.#prefix.length;
    const high = wordOf(key, skip);
    let from = 0;
    let to = this.count;
    if (this.#high !== undefined) {
      from = this.#firstHead(high);
      if (from === this.count || this.#high[from] !== high) return from;
      const isAlone = from + 1 === this.count || this.#high[from + 1] !== high;
      to = isAlone ? from + 1 : high === 0xffffffff ? this.count : this.#firstHead(high + 1);
    }
    const low = wordOf(key, skip + 4);
    const limit = past ? 1 : 0;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (this.#compare(middle, key, high, low) < limit) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  /** The first row whose head word is at least `high`. */
  #firstHead(high: number): number {
    const highs = this.#high;
    let from = 0;
    let to = highs === undefined ? 0 : this.count;
    while (highs !== undefined && from < to) {
      const middle = (from + to) >>> 1;
      if (highs[middle] < high) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  /** The order of a row's key against `key`, which shares the prefix and has these head words. */
  #compare(row: number, key: Key, high: number, low: number): number {
    if (this.#high !== undefined && this.#high[row] !== high) return this.#high[row] < high ? -1 : 1;
    if (this.#low !== undefined && this.#low[row] !== low) return this.#low[row] < low ? -1 : 1;
    const rest = this.#lengths === undefined ? this.#fixed : this.#lengths[row];
    const keyRest = key.length - this.#prefix.length;
    if (rest > 8 && keyRest > 8) return compareBytes(this.#tail(row), key.subarray(this.#prefix.length + 8));
    return rest - keyRest;
  }

  #tail(row: number): Uint8Array {
    if (this.#ends === undefined) {
      const size = this.#fixed - 8;
      return this.#tails.subarray(row * size, row * size + size);
    }
    return this.#tails.subarray(row === 0 ? 0 : this.#ends[row - 1], this.#ends[row]);
  }
}

function unword(into: Uint8Array, at: number, value: number): void {
  for (let byte = 0; byte < 4 && at + byte < into.length; byte++) into[at + byte] = (value >>> (24 - 8 * byte)) & 0xff;
}
