/** Reading back what cell-codec.ts writes; its header has the tags and the invariants. */
import { SqlError } from '../base/sql-error.ts';
import type { StoredValue } from '../types/type.ts';
import { Numeric, canonicalInt8 } from '../types/value.ts';
import { TAG } from './cell-codec.ts';

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Longest text decoded by hand; beyond it TextDecoder wins (measured on Node 20). */
const SHORT_TEXT_BYTES = 32;

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
    const text = readAscii(bytes, from, to);
    if (text !== undefined) return text;
  }
  return decoder.decode(bytes.subarray(from, to));
}

/** The same of bytes behind a view that covers its whole buffer. */
export function readTextOf(view: DataView, from: number, to: number): string {
  if (to - from <= SHORT_TEXT_BYTES) {
    const text = readAsciiOf(view, from, to);
    if (text !== undefined) return text;
  }
  return decoder.decode(new Uint8Array(view.buffer, from, to - from));
}

/** Four characters made at a time cost as little as one. Undefined when a byte is not ASCII. */
function readAscii(bytes: Uint8Array, from: number, to: number): string | undefined {
  let text = '';
  let at = from;
  for (; at + 8 <= to; at += 8) {
    const a = bytes[at];
    const b = bytes[at + 1];
    const c = bytes[at + 2];
    const d = bytes[at + 3];
    const e = bytes[at + 4];
    const f = bytes[at + 5];
    const g = bytes[at + 6];
    const h = bytes[at + 7];
    if ((a | b | c | d | e | f | g | h) >= 0x80) return undefined;
    text += String.fromCharCode(a, b, c, d, e, f, g, h);
  }
  for (; at < to; at++) {
    if (bytes[at] >= 0x80) return undefined;
    text += String.fromCharCode(bytes[at]);
  }
  return text;
}

/** Likewise, a word of the view at a time. */
function readAsciiOf(view: DataView, from: number, to: number): string | undefined {
  let text = '';
  let at = from;
  for (; at + 8 <= to; at += 8) {
    const a = view.getUint32(at, true);
    const b = view.getUint32(at + 4, true);
    if (((a | b) & 0x80808080) !== 0) return undefined;
    const part = String.fromCharCode(
      a & 0xff,
      (a >>> 8) & 0xff,
      (a >>> 16) & 0xff,
      a >>> 24,
      b & 0xff,
      (b >>> 8) & 0xff,
      (b >>> 16) & 0xff,
      b >>> 24,
    );
    text = at === from ? part : text + part;
  }
  if (at + 4 <= to) {
    const a = view.getUint32(at, true);
    if ((a & 0x80808080) !== 0) return undefined;
    text += String.fromCharCode(a & 0xff, (a >>> 8) & 0xff, (a >>> 16) & 0xff, a >>> 24);
    at += 4;
  }
  if (at + 2 <= to) {
    const a = view.getUint16(at, true);
    if ((a & 0x8080) !== 0) return undefined;
    text += String.fromCharCode(a & 0xff, a >>> 8);
    at += 2;
  }
  if (at === to) return text;
  const last = view.getUint8(at);
  return last >= 0x80 ? undefined : text + String.fromCharCode(last);
}

/** The integer of little-endian bytes. */
function magnitudeOfBytes(bytes: Uint8Array): bigint {
  let hex = '0x0';
  for (let at = bytes.length - 1; at >= 0; at--) hex += bytes[at].toString(16).padStart(2, '0');
  return BigInt(hex);
}
