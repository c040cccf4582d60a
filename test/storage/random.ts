/** A seeded generator (mulberry32) and the shapes storage tests draw from it. `SEED=n` replays. */
import { Numeric, type Value } from '../../src/types/value.ts';

export const SEED = Number(process.env['SEED'] ?? 20_261);

export class Draw {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A double in [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number in [0, bound). */
  below(bound: number): number {
    return Math.floor(this.next() * bound);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  of<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)];
  }

  int32(): number {
    return this.chance(0.5) ? this.below(200) - 100 : this.of([0, 1, -1, 2147483647, -2147483648, this.below(2 ** 32) - 2 ** 31]);
  }

  int64(): number | bigint {
    if (this.chance(0.6)) return this.int32();
    if (this.chance(0.5)) return (this.next() - 0.5) * 2 ** 54 > 0 ? Math.floor(this.next() * 2 ** 53) : -Math.floor(this.next() * 2 ** 53);
    const wide = BigInt.asIntN(64, (BigInt(this.below(2 ** 32)) << 32n) | BigInt(this.below(2 ** 32)));
    return wide >= -9007199254740991n && wide <= 9007199254740991n ? Number(wide) : wide;
  }

  float64(): number {
    return this.of([0, -0, 1, -1, 0.5, Number.NaN, Infinity, -Infinity, 1e300, -1e-300, 5e-324, this.next() * 1000 - 500]);
  }

  numeric(): Numeric {
    if (this.chance(0.05)) return new Numeric(0, 0, this.of(['nan', 'infinity', '-infinity'] as const));
    const scale = this.below(6);
    if (this.chance(0.7)) return new Numeric(this.below(20_001) - 10_000, scale);
    const digits = BigInt(this.below(10 ** 9)) * 10n ** BigInt(this.below(40)) + BigInt(this.below(1000));
    return new Numeric(this.chance(0.5) ? digits : -digits, scale);
  }

  text(): string {
    const length = this.chance(0.1) ? this.below(60) : this.below(6);
    let text = '';
    for (let at = 0; at < length; at++) text += this.of(['a', 'b', 'c', '\u0001', '\u0002', ' ', 'é', '漢', '😀', '\uffff', 'z']);
    return text;
  }

  bytes(): Uint8Array {
    return Uint8Array.from({ length: this.below(8) }, () => this.of([0, 1, 2, 255, this.below(256)]));
  }

  /** Null now and then, else what `make` draws. */
  nullable(make: () => Value): Value {
    return this.chance(0.1) ? null : make();
  }
}
