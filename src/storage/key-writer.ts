/**
 * The bytes of one key part: an encoding whose memcmp order is the order of the values.
 *
 *     marker  01 null, ordered first | 02 a value | 03 null, ordered last
 *     payload after 02 only; every byte inverted where the part is descending
 *       bool      one byte
 *       int32     four bytes, big-endian, sign bit flipped;  int64 eight
 *       float     IEEE bits, big-endian; negative: all inverted, else sign bit set; -0 is 0, every NaN is one NaN, last
 *       numeric   class byte, exponent, pairs of decimal digits (see `numeric`)
 *       text      UTF-8, 00 -> 01 01 and 01 -> 01 02, then 00;  bytes the same
 *
 * Invariants
 *   K1  a < b as values if and only if encode(a) < encode(b) as bytes; equal values encode equally (numeric 1.0 and 1.00).
 *   K2  No part's encoding begins another's, so that parts laid end to end order as tuples do.
 */
import { assert } from '../base/assert.ts';
import { Numeric } from '../types/value.ts';

export const NULL_FIRST = 0x01;
export const PRESENT = 0x02;
export const NULL_LAST = 0x03;

const TEXT_END = 0x00;
const TEXT_ESCAPE = 0x01;

/** Numeric's classes, in order. */
const NEGATIVE_INFINITY = 1;
const NEGATIVE = 2;
const ZERO = 3;
const POSITIVE = 4;
const POSITIVE_INFINITY = 5;
const NOT_A_NUMBER = 6;

/** Decimal exponents from -62 to 62 take one byte; others an escape and three. */
const EXPONENT_SHORT_MAX = 62;
const EXPONENT_LOW = 0x01;
const EXPONENT_HIGH = 0xfe;
const EXPONENT_BIAS = 0x800000;

const encoder = new TextEncoder();

/** Lays key parts end to end in a buffer that it keeps between keys. */
export class KeyWriter {
  #bytes = new Uint8Array(256);
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

  /** Copies what was written since `reset` into an array of just that length. */
  copyTo(key: Uint8Array): void {
    const bytes = this.#bytes;
    for (let at = 0; at < key.length; at++) key[at] = bytes[at];
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  /** Inverts every byte from `from` on: descending order. */
  invertFrom(from: number): void {
    for (let at = from; at < this.#length; at++) this.#bytes[at] ^= 0xff;
  }

  int32(value: number): void {
    this.#reserve(4);
    this.#view.setInt32(this.#length, value ^ 0x80000000);
    this.#length += 4;
  }

  int64(value: number | bigint): void {
    this.#reserve(8);
    if (typeof value === 'number') {
      const high = Math.floor(value / 0x100000000);
      this.#view.setInt32(this.#length, high ^ 0x80000000);
      this.#view.setUint32(this.#length + 4, value - high * 0x100000000);
    } else {
      this.#view.setBigUint64(this.#length, BigInt.asUintN(64, value) ^ 0x8000000000000000n);
    }
    this.#length += 8;
  }

  float32(value: number): void {
    this.#reserve(4);
    this.#view.setFloat32(this.#length, Number.isNaN(value) ? Number.NaN : value === 0 ? 0 : value);
    this.#flipFloat(this.#length, 4, Number.isNaN(value));
    this.#length += 4;
  }

  float64(value: number): void {
    this.#reserve(8);
    this.#view.setFloat64(this.#length, value === 0 ? 0 : value);
    this.#flipFloat(this.#length, 8, Number.isNaN(value));
    this.#length += 8;
  }

  text(value: string): void {
    this.#reserve(value.length * 6 + 1);
    const bytes = this.#bytes;
    let at = this.#length;
    for (let index = 0; index < value.length; index++) {
      const unit = value.charCodeAt(index);
      if (unit >= 0x80) {
        this.bytes(encoder.encode(value));
        return;
      }
      if (unit <= TEXT_ESCAPE) bytes[at++] = TEXT_ESCAPE;
      bytes[at++] = unit <= TEXT_ESCAPE ? unit + 1 : unit;
    }
    bytes[at++] = TEXT_END;
    this.#length = at;
  }

  bytes(value: Uint8Array): void {
    this.#reserve(value.length * 2 + 1);
    const bytes = this.#bytes;
    let at = this.#length;
    for (let index = 0; index < value.length; index++) {
      const byte = value[index];
      if (byte <= TEXT_ESCAPE) bytes[at++] = TEXT_ESCAPE;
      bytes[at++] = byte <= TEXT_ESCAPE ? byte + 1 : byte;
    }
    bytes[at++] = TEXT_END;
    this.#length = at;
  }

  /**
   * class, then for finite values other than zero: the exponent E of 0.d1d2… × 10^E with d1 not 0, then pairs of digits, each
   * byte 2 × pair, plus 1 when more follow. Below zero all after the class is inverted. The display scale leaves no trace.
   */
  numeric(value: Numeric): void {
    if (value.kind !== 'finite') {
      this.byte(value.kind === 'nan' ? NOT_A_NUMBER : value.kind === 'infinity' ? POSITIVE_INFINITY : NEGATIVE_INFINITY);
      return;
    }
    const coefficient = value.coefficient;
    if (coefficient === 0) {
      this.byte(ZERO);
      return;
    }
    const negative = coefficient < 0;
    this.byte(negative ? NEGATIVE : POSITIVE);
    const from = this.#length;
    const digits = String(negative ? -coefficient : coefficient);
    this.#exponent(digits.length - value.scale);
    let end = digits.length;
    while (digits.charCodeAt(end - 1) === 0x30) end--;
    this.#reserve(end);
    for (let at = 0; at < end; at += 2) {
      const tens = digits.charCodeAt(at) - 0x30;
      const ones = at + 1 < end ? digits.charCodeAt(at + 1) - 0x30 : 0;
      this.#bytes[this.#length++] = (tens * 10 + ones) * 2 + (at + 2 < end ? 1 : 0);
    }
    if (negative) this.invertFrom(from);
  }

  #exponent(exponent: number): void {
    if (exponent >= -EXPONENT_SHORT_MAX && exponent <= EXPONENT_SHORT_MAX) {
      this.byte(exponent + 64);
      return;
    }
    const biased = exponent + EXPONENT_BIAS;
    assert(biased >= 0 && biased < 0x1000000, 'a numeric has a decimal exponent of 24 bits', { exponent });
    this.byte(exponent < 0 ? EXPONENT_LOW : EXPONENT_HIGH);
    this.byte(biased >>> 16);
    this.byte((biased >>> 8) & 0xff);
    this.byte(biased & 0xff);
  }

  #flipFloat(from: number, length: number, notANumber: boolean): void {
    const bytes = this.#bytes;
    if (notANumber) {
      bytes.fill(0xff, from, from + length);
      return;
    }
    if (bytes[from] >= 0x80) for (let at = from; at < from + length; at++) bytes[at] ^= 0xff;
    else bytes[from] |= 0x80;
  }

  #reserve(length: number): void {
    if (this.#length + length <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + length));
    grown.set(this.#bytes);
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}
