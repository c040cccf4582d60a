/**
 * Memcomparable bytes for values whose stored form has no natural order. Every piece ends itself, so that pieces can be
 * laid end to end: numbers have a fixed width, strings are escaped (00 → 00 FF) and end in 00 01, numerics end in FF or 00.
 */
import { ByteWriter, utf8 } from '../base/bytes.ts';
import { trimNumeric } from './numeric/arithmetic.ts';
import { Numeric } from './value.ts';

/** Collects the pieces of one key. */
export class SortKeyWriter {
  readonly #writer = new ByteWriter();

  byte(value: number): this {
    this.#writer.u8(value);
    return this;
  }

  uint32(value: number): this {
    for (let shift = 24; shift >= 0; shift -= 8) this.#writer.u8((value >>> shift) & 0xff);
    return this;
  }

  int32(value: number): this {
    return this.uint32((value ^ 0x80000000) >>> 0);
  }

  int64(value: number | bigint): this {
    const wide = BigInt.asUintN(64, BigInt(value)) ^ (1n << 63n);
    return this.uint32(Number(wide >> 32n)).uint32(Number(wide & 0xffffffffn));
  }

  float64(value: number): this {
    const view = new DataView(new ArrayBuffer(8));
    view.setFloat64(0, value === 0 ? 0 : value);
    let bits = view.getBigUint64(0);
    bits = value !== value ? (1n << 64n) - 1n : bits >> 63n === 1n ? ~bits : bits | (1n << 63n);
    bits = BigInt.asUintN(64, bits);
    return this.uint32(Number(bits >> 32n)).uint32(Number(bits & 0xffffffffn));
  }

  text(value: string): this {
    return this.bytes(utf8(value));
  }

  bytes(value: Uint8Array): this {
    for (const byte of value) {
      this.#writer.u8(byte);
      if (byte === 0) this.#writer.u8(0xff);
    }
    this.#writer.u8(0);
    this.#writer.u8(1);
    return this;
  }

  /** -∞ 1, negative 2, zero 3, positive 4, ∞ 5, NaN 6; then the decimal weight and the digits, inverted when negative. */
  numeric(value: Numeric): this {
    if (value.kind !== 'finite') return this.byte(value.kind === '-infinity' ? 1 : value.kind === 'infinity' ? 5 : 6);
    const { coefficient, scale } = trimNumeric(value);
    if (coefficient === 0) return this.byte(3);
    const negative = coefficient < 0;
    const digits = (negative ? -coefficient : coefficient).toString();
    const trimmed = digits.replace(/0+$/, '');
    const weight = digits.length - scale;
    const flip = negative ? 0xff : 0;
    this.byte(negative ? 2 : 4);
    const biased = (weight ^ 0x80000000) >>> 0;
    this.uint32(negative ? ~biased >>> 0 : biased);
    for (let index = 0; index < trimmed.length; index += 2)
      this.#writer.u8((1 + Number(trimmed.slice(index, index + 2).padEnd(2, '0'))) ^ flip);
    this.#writer.u8(flip);
    return this;
  }

  finish(): Uint8Array {
    return this.#writer.bytes();
  }
}
