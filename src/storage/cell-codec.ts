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
 *   C2  Reading past the end is SQLSTATE XX001, found at the latest by `CellReader.finish`.
 */
import { assert } from '../base/assert.ts';
import { SqlError } from '../base/sql-error.ts';
import type { Physical, StoredValue } from '../types/type.ts';
import { Numeric, canonicalInt8 } from '../types/value.ts';

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
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Longest text decoded byte by byte; beyond it TextDecoder wins (measured on Node 20). */
const SHORT_TEXT_BYTES = 24;

/** Appends cells to a buffer that it keeps between uses. */
export class CellWriter {
  #bytes = new Uint8Array(1024);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

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
        this.#view.setFloat32(this.#length, value, true);
        this.#length += 4;
        return;
      case 'float64':
        assert(typeof value === 'number', 'a float cell holds a number', { value });
        this.varint(over * 16 + TAG.float64);
        this.#reserve(8);
        this.#view.setFloat64(this.#length, value, true);
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
    this.#view.setBigInt64(this.#length, value, true);
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

  #reserve(length: number): void {
    if (this.#length + length <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + length));
    grown.set(this.#bytes);
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}

/** Reads cells in place. `open` may be called again and again: one reader serves many rows. */
export class CellReader {
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #end = 0;
  readonly #what: string;

  constructor(what: string) {
    this.#what = what;
  }

  open(bytes: Uint8Array, from = 0, end: number = bytes.length): void {
    this.#bytes = bytes;
    this.#at = from;
    this.#end = end;
  }

  get position(): number {
    return this.#at;
  }

  varint(): number {
    const bytes = this.#bytes;
    const first = bytes[this.#at++];
    if (first < 0x80) return first;
    let value = first & 0x7f;
    let scale = 0x80;
    for (let count = 0; count < 8; count++) {
      const byte = bytes[this.#at++];
      value += (byte & 0x7f) * scale;
      if (!(byte >= 0x80)) return this.#at <= this.#end ? value : this.#damaged();
      scale *= 0x80;
    }
    return this.#damaged();
  }

  zigzag(): number {
    const bytes = this.#bytes;
    const first = bytes[this.#at++];
    let magnitude = (first & 0x7f) >>> 1;
    if (first >= 0x80) magnitude += this.varint() * 64;
    return (first & 1) === 0 ? magnitude : -magnitude - 1;
  }

  /** The value of a cell whose tag (its varint's low four bits) was read. */
  value(tag: number): StoredValue | null {
    switch (tag) {
      case TAG.null:
        return null;
      case TAG.false:
        return false;
      case TAG.true:
        return true;
      case TAG.int32:
      case TAG.integer:
        return this.zigzag();
      case TAG.wideInteger:
        return canonicalInt8(this.#view(8).getBigInt64(0, true));
      case TAG.float32:
        return this.#view(4).getFloat32(0, true);
      case TAG.float64:
        return this.#view(8).getFloat64(0, true);
      case TAG.decimal: {
        const scale = this.varint();
        return new Numeric(this.zigzag(), scale);
      }
      case TAG.wideDecimal: {
        const scale = this.varint();
        const negative = this.varint() === 1;
        const magnitude = magnitudeOfBytes(this.raw());
        return new Numeric(negative ? -magnitude : magnitude, scale);
      }
      case TAG.specialDecimal: {
        const kind = this.varint();
        return new Numeric(0, 0, kind === 1 ? 'nan' : kind === 2 ? 'infinity' : '-infinity');
      }
      case TAG.text:
        return this.#text();
      case TAG.bytes:
        return this.raw().slice();
      default:
        return this.#damaged();
    }
  }

  skip(tag: number): void {
    switch (tag) {
      case TAG.null:
      case TAG.false:
      case TAG.true:
        return;
      case TAG.int32:
      case TAG.integer:
      case TAG.specialDecimal:
        this.#skipVarint();
        return;
      case TAG.wideInteger:
      case TAG.float64:
        this.#at += 8;
        return;
      case TAG.float32:
        this.#at += 4;
        return;
      case TAG.decimal:
        this.#skipVarint();
        this.#skipVarint();
        return;
      case TAG.wideDecimal:
        this.#skipVarint();
        this.#skipVarint();
        this.raw();
        return;
      case TAG.text:
      case TAG.bytes: {
        const length = this.varint();
        this.#at += length;
        return;
      }
      default:
        this.#damaged();
    }
  }

  /** A view of sized bytes. */
  raw(): Uint8Array {
    const length = this.varint();
    const from = this.#at;
    if (!(from + length <= this.#end)) this.#damaged();
    this.#at = from + length;
    return this.#bytes.subarray(from, from + length);
  }

  /** Throws SQLSTATE XX001 unless the cells read so far lie inside what was opened. */
  finish(): void {
    if (!(this.#at <= this.#end)) this.#damaged();
  }

  #text(): string {
    const length = this.varint();
    const from = this.#at;
    if (!(from + length <= this.#end)) this.#damaged();
    this.#at = from + length;
    return readText(this.#bytes, from, from + length);
  }

  #view(length: number): DataView {
    const from = this.#at;
    if (!(from + length <= this.#end)) this.#damaged();
    this.#at = from + length;
    return new DataView(this.#bytes.buffer, this.#bytes.byteOffset + from, length);
  }

  #skipVarint(): void {
    while (this.#bytes[this.#at++] >= 0x80);
  }

  #damaged(): never {
    throw new SqlError('data_corrupted', `${this.#what} is damaged: a value does not fit at byte ${this.#at}`);
  }
}

/** The text of UTF-8 bytes [from, to); quick for short ASCII. */
export function readText(bytes: Uint8Array, from: number, to: number): string {
  if (to - from <= SHORT_TEXT_BYTES) {
    let text = '';
    for (let at = from; at < to; at++) {
      const byte = bytes[at];
      if (byte >= 0x80) return decoder.decode(bytes.subarray(from, to));
      text += String.fromCharCode(byte);
    }
    return text;
  }
  return decoder.decode(bytes.subarray(from, to));
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

/** The integer of little-endian bytes. */
function magnitudeOfBytes(bytes: Uint8Array): bigint {
  let hex = '0x0';
  for (let at = bytes.length - 1; at >= 0; at--) hex += bytes[at].toString(16).padStart(2, '0');
  return BigInt(hex);
}
