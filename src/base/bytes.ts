import { assert } from './assert.ts';
import { SqlError } from './sql-error.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true });

/** The UTF-8 bytes of `text`. */
export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** The text of UTF-8 `bytes`; malformed sequences become U+FFFD. */
export function textOf(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** Order of two byte strings: negative, zero or positive as memcmp would say, a prefix before what it begins. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const difference = a[at] - b[at];
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Whether two byte strings are the same. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && compareBytes(a, b) === 0;
}

/** The parts laid end to end in a new array. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  let total = 0;
  for (const part of parts) total += part.length;
  const joined = new Uint8Array(total);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** The shortest key greater than every key that begins with `prefix`; undefined when there is none (all 0xFF). */
export function afterPrefix(prefix: Uint8Array): Uint8Array | undefined {
  let length = prefix.length;
  while (length > 0 && prefix[length - 1] === 0xff) length--;
  if (length === 0) return undefined;
  const after = prefix.slice(0, length);
  after[length - 1]++;
  return after;
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Lower-case hexadecimal, two characters a byte. */
export function hexOf(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += HEX[byte];
  return text;
}

/** The bytes of hexadecimal text; undefined when it is not an even number of hexadecimal digits. */
export function bytesOfHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0) return undefined;
  const bytes = new Uint8Array(text.length / 2);
  for (let at = 0; at < bytes.length; at++) {
    const high = digitOf(text.charCodeAt(at * 2));
    const low = digitOf(text.charCodeAt(at * 2 + 1));
    if (high < 0 || low < 0) return undefined;
    bytes[at] = high * 16 + low;
  }
  return bytes;
}

/** What a hexadecimal digit stands for; -1 for other characters. */
function digitOf(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

/** Bytes up to which a loop copies faster than a call. */
const SHORT_BYTES_MAX = 64;

/**
 * Appends little-endian fields to a growing buffer. Every format of the database is written through one of these.
 * Integers are unsigned unless the method says otherwise; `varint` is LEB128 of a safe non-negative integer.
 */
export class ByteWriter {
  #bytes: Uint8Array;
  /** Of `#bytes`, made when it is first wanted. */
  #view: DataView | undefined;
  #length = 0;

  constructor(capacityBytes = 256) {
    this.#bytes = new Uint8Array(capacityBytes);
  }

  get length(): number {
    return this.#length;
  }

  u8(value: number): this {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
    return this;
  }

  u16(value: number): this {
    this.#reserve(2);
    this.#numbers().setUint16(this.#length, value, true);
    this.#length += 2;
    return this;
  }

  u32(value: number): this {
    this.#reserve(4);
    this.#numbers().setUint32(this.#length, value, true);
    this.#length += 4;
    return this;
  }

  /** A safe non-negative integer in eight bytes. */
  u64(value: number): this {
    assert(Number.isSafeInteger(value) && value >= 0, 'a u64 field holds a safe non-negative integer', { value });
    this.#reserve(8);
    this.#numbers().setUint32(this.#length, value % 2 ** 32, true);
    this.#numbers().setUint32(this.#length + 4, Math.floor(value / 2 ** 32), true);
    this.#length += 8;
    return this;
  }

  i64(value: bigint): this {
    this.#reserve(8);
    this.#numbers().setBigInt64(this.#length, value, true);
    this.#length += 8;
    return this;
  }

  f64(value: number): this {
    this.#reserve(8);
    this.#numbers().setFloat64(this.#length, value, true);
    this.#length += 8;
    return this;
  }

  varint(value: number): this {
    assert(Number.isSafeInteger(value) && value >= 0, 'a varint holds a safe non-negative integer', { value });
    this.#reserve(8);
    let rest = value;
    while (rest >= 0x80) {
      this.#bytes[this.#length++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#bytes[this.#length++] = rest;
    return this;
  }

  raw(bytes: Uint8Array): this {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
    return this;
  }

  /** A varint length, then the bytes. */
  sized(bytes: Uint8Array): this {
    return this.varint(bytes.length).raw(bytes);
  }

  /** `sized` of a part of an array, without a view of it. */
  sizedPart(bytes: Uint8Array, from: number, to: number): this {
    const length = to - from;
    this.varint(length);
    if (length > SHORT_BYTES_MAX) return this.raw(bytes.subarray(from, to));
    this.#reserve(length);
    const target = this.#bytes;
    const base = this.#length;
    for (let at = 0; at < length; at++) target[base + at] = bytes[from + at];
    this.#length = base + length;
    return this;
  }

  /** A varint length, then the UTF-8 bytes. */
  text(text: string): this {
    return this.sized(utf8(text));
  }

  /** Overwrites four bytes written earlier. */
  patchU32(at: number, value: number): void {
    assert(at + 4 <= this.#length, 'a patch lies inside what was written', { at, length: this.#length });
    this.#numbers().setUint32(at, value, true);
  }

  /** Pads with zeros until the length is a multiple of `alignment`. */
  align(alignment: number): this {
    while (this.#length % alignment !== 0) this.u8(0);
    return this;
  }

  /** A copy of what was written. */
  bytes(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  /** A view of what was written from `start` on; it stays as it is, whatever is written behind it. */
  view(start = 0): Uint8Array {
    return this.#bytes.subarray(start, this.#length);
  }

  /** Bytes that can be written without growing. */
  get room(): number {
    return this.#bytes.length - this.#length;
  }

  #numbers(): DataView {
    return (this.#view ??= new DataView(this.#bytes.buffer));
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + bytes));
    grown.set(this.#bytes);
    this.#bytes = grown;
    this.#view = undefined;
  }
}

const SHARED_BYTES = 64 * 1024;
let shared = new ByteWriter(0);

/** A writer for about `bytes` more bytes, perhaps behind others: what is written is `view(start)` of the length it had. */
export function sharedWriter(bytes: number): ByteWriter {
  if (bytes > SHARED_BYTES / 8) return new ByteWriter(bytes);
  if (bytes > shared.room) shared = new ByteWriter(SHARED_BYTES);
  return shared;
}

/**
 * Reads what `ByteWriter` wrote. Bytes come from outside: reading past the end, or a number too large, is SQLSTATE XX001
 * naming `what` is being read, never a wrong value.
 */
export class ByteReader {
  readonly #bytes: Uint8Array;
  /** Of `#bytes`, made when it is first wanted. */
  #view: DataView | undefined;
  readonly #what: string;
  #at = 0;

  constructor(bytes: Uint8Array, what: string) {
    this.#bytes = bytes;
    this.#what = what;
  }

  get position(): number {
    return this.#at;
  }

  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  u8(): number {
    return this.#bytes[this.#take(1)];
  }

  u16(): number {
    return this.#numbers().getUint16(this.#take(2), true);
  }

  u32(): number {
    return this.#numbers().getUint32(this.#take(4), true);
  }

  u64(): number {
    const at = this.#take(8);
    const value = this.#numbers().getUint32(at, true) + this.#numbers().getUint32(at + 4, true) * 2 ** 32;
    if (!Number.isSafeInteger(value)) this.damaged('a number is too large');
    return value;
  }

  i64(): bigint {
    return this.#numbers().getBigInt64(this.#take(8), true);
  }

  f64(): number {
    return this.#numbers().getFloat64(this.#take(8), true);
  }

  varint(): number {
    let value = 0;
    let scale = 1;
    for (let count = 0; count < 8; count++) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return Number.isSafeInteger(value) ? value : this.damaged('a number is too large');
      scale *= 0x80;
    }
    return this.damaged('a number is too long');
  }

  /** A view of the next `length` bytes. */
  raw(length: number): Uint8Array {
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }

  sized(): Uint8Array {
    return this.raw(this.varint());
  }

  text(): string {
    return textOf(this.sized());
  }

  skipTo(alignment: number): void {
    const rest = this.#at % alignment;
    if (rest !== 0) this.#take(alignment - rest);
  }

  /** Throws SQLSTATE XX001: what is being read is not what was written. */
  damaged(reason: string): never {
    throw new SqlError('data_corrupted', `${this.#what} is damaged: ${reason} at byte ${this.#at}`);
  }

  #numbers(): DataView {
    return (this.#view ??= new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.byteLength));
  }

  #take(length: number): number {
    if (length < 0 || this.#at + length > this.#bytes.length) this.damaged('it ends too early');
    const at = this.#at;
    this.#at += length;
    return at;
  }
}
