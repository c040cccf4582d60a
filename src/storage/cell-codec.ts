/**
 * One stored value, tagged: the unit of rows, of bounds in statistics, and of constant chunks.
 *
 *     tag  payload
 *     0    null                 -
 *     1,2  false, true          -
 *     3    int64                zigzag LEB128 of a safe integer
 *     4    wide int64           8 bytes
 *     5    float32              4 bytes        6  float64   8 bytes
 *     7    decimal              varint display scale, zigzag LEB128 coefficient
 *     8    wide decimal         varint display scale, u8 negative, sized magnitude (little-endian)
 *     9    special decimal      u8: 1 NaN, 2 infinity, 3 -infinity
 *     10   text                 sized UTF-8
 *     11   bytes                sized
 *     12   int32                zigzag LEB128
 *
 * Invariants
 *   C1  A value has one encoding: wide forms only hold what the narrow ones cannot, except row ids (see `row-id.ts`).
 *   C2  Reading past the end is SQLSTATE XX001, found at the latest by `CellReader.finish` (cell-reader.ts).
 */
import { assert } from '../base/assert.ts';
import type { Physical, StoredValue } from '../types/type.ts';
import { Numeric } from '../types/value.ts';

export const TAG = {
  null: 0,
  false: 1,
  true: 2,
  integer: 3,
  wideInteger: 4,
  float32: 5,
  float64: 6,
  decimal: 7,
  wideDecimal: 8,
  specialDecimal: 9,
  text: 10,
  bytes: 11,
  int32: 12,
} as const;

const encoder = new TextEncoder();

/** Parts up to this are copied byte by byte: a view costs more. */
const LOOP_BYTES_MAX = 64;

/** Appends cells to a buffer that it keeps between uses. */
export class CellWriter {
  #bytes: Uint8Array;
  /** Of `#bytes`, made when it is first wanted. */
  #view: DataView | undefined;
  #length = 0;

  constructor(capacityBytes = 1024) {
    this.#bytes = new Uint8Array(capacityBytes);
  }

  get length(): number {
    return this.#length;
  }

  reset(): void {
    this.#length = 0;
  }

  /** A copy of what was written since `reset`. */
  take(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  /** The buffer, longer than what was written; another one once it has grown. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** Forgets what was written from `length` on. */
  truncate(length: number): void {
    assert(length <= this.#length, 'what is forgotten was written', { length, written: this.#length });
    this.#length = length;
  }

  /** A view of what was written, valid until the next write. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** `over` is added into the tag's varint, above its four bits: the row codec's column step. */
  cell(over: number, physical: Physical, value: StoredValue | null): void {
    if (value === null) {
      this.varint(over * 16 + TAG.null);
      return;
    }
    switch (physical) {
      case 'bool':
        this.varint(over * 16 + (value === true ? TAG.true : TAG.false));
        return;
      case 'int32':
      case 'int64':
        if (typeof value === 'number') {
          this.varint(over * 16 + (physical === 'int32' ? TAG.int32 : TAG.integer));
          this.zigzag(value);
        } else {
          assert(typeof value === 'bigint', 'an integer cell holds an integer', { value });
          this.wideInteger(over, value);
        }
        return;
      case 'float32':
        assert(typeof value === 'number', 'a float cell holds a number', { value });
        this.varint(over * 16 + TAG.float32);
        this.#reserve(4);
        this.#numbers().setFloat32(this.#length, value, true);
        this.#length += 4;
        return;
      case 'float64':
        assert(typeof value === 'number', 'a float cell holds a number', { value });
        this.varint(over * 16 + TAG.float64);
        this.#reserve(8);
        this.#numbers().setFloat64(this.#length, value, true);
        this.#length += 8;
        return;
      case 'numeric':
        assert(value instanceof Numeric, 'a numeric cell holds a Numeric');
        this.#numeric(over, value);
        return;
      case 'text':
        assert(typeof value === 'string', 'a text cell holds a string', { value });
        this.varint(over * 16 + TAG.text);
        this.#text(value);
        return;
      case 'bytes':
        assert(value instanceof Uint8Array, 'a bytes cell holds bytes');
        this.varint(over * 16 + TAG.bytes);
        this.varint(value.length);
        this.raw(value);
        return;
    }
  }

  wideInteger(over: number, value: bigint): void {
    this.varint(over * 16 + TAG.wideInteger);
    this.#reserve(8);
    this.#numbers().setBigInt64(this.#length, value, true);
    this.#length += 8;
  }

  varint(value: number): void {
    this.#reserve(9);
    const bytes = this.#bytes;
    let at = this.#length;
    let rest = value;
    while (rest >= 0x80000000) {
      bytes[at++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    while (rest >= 0x80) {
      bytes[at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    bytes[at++] = rest;
    this.#length = at;
  }

  /** A safe integer, small magnitudes short. */
  zigzag(value: number): void {
    if (value >= -0x40000000 && value < 0x40000000) this.varint(((value << 1) ^ (value >> 31)) >>> 0);
    else this.#wideZigzag(value);
  }

  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** A part of `bytes`, which may be this writer's own. */
  part(bytes: Uint8Array, from: number, to: number): void {
    const length = to - from;
    this.#reserve(length);
    if (length > LOOP_BYTES_MAX) this.#bytes.set(bytes.subarray(from, to), this.#length);
    else for (let at = 0; at < length; at++) this.#bytes[this.#length + at] = bytes[from + at];
    this.#length += length;
  }

  /** 2|v| (minus one below zero) may need 54 bits: the lowest seven come off first. */
  #wideZigzag(value: number): void {
    const negative = value < 0;
    const magnitude = negative ? -value - 1 : value;
    this.#reserve(9);
    this.#bytes[this.#length++] = ((magnitude % 64) * 2 + (negative ? 1 : 0)) | 0x80;
    this.varint(Math.floor(magnitude / 64));
  }

  #numeric(over: number, value: Numeric): void {
    if (value.kind !== 'finite') {
      this.varint(over * 16 + TAG.specialDecimal);
      this.varint(value.kind === 'nan' ? 1 : value.kind === 'infinity' ? 2 : 3);
      return;
    }
    const coefficient = value.coefficient;
    if (typeof coefficient === 'number') {
      this.varint(over * 16 + TAG.decimal);
      this.varint(value.scale);
      this.zigzag(coefficient);
      return;
    }
    this.varint(over * 16 + TAG.wideDecimal);
    this.varint(value.scale);
    this.varint(coefficient < 0n ? 1 : 0);
    const magnitude = bytesOfMagnitude(coefficient < 0n ? -coefficient : coefficient);
    this.varint(magnitude.length);
    this.raw(magnitude);
  }

  #text(value: string): void {
    const length = value.length;
    if (length < 0x80) {
      this.#reserve(length + 1);
      const bytes = this.#bytes;
      const from = this.#length;
      bytes[from] = length;
      let at = 0;
      for (; at < length; at++) {
        const unit = value.charCodeAt(at);
        if (unit >= 0x80) break;
        bytes[from + 1 + at] = unit;
      }
      if (at === length) {
        this.#length = from + 1 + length;
        return;
      }
    }
    const encoded = encoder.encode(value);
    this.varint(encoded.length);
    this.raw(encoded);
  }

  #numbers(): DataView {
    return (this.#view ??= new DataView(this.#bytes.buffer));
  }

  #reserve(length: number): void {
    if (this.#length + length <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + length));
    grown.set(this.#bytes);
    this.#bytes = grown;
    this.#view = undefined;
  }
}

/** The little-endian bytes of a positive integer, no zero at the end. */
function bytesOfMagnitude(value: bigint): Uint8Array {
  const hex = value.toString(16);
  const length = (hex.length + 1) >> 1;
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at++) {
    const end = hex.length - 2 * at;
    bytes[at] = Number.parseInt(hex.slice(Math.max(0, end - 2), end), 16);
  }
  return bytes;
}
