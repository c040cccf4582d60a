import { Numeric } from '../../value.ts';

/** Past this the running number is carried into the bigint, so that one more safe integer below 2^52 never rounds. */
const CARRY_AT = 2 ** 52;

/** An exact sum of integers of any size: a plain number while it is safe, a bigint behind it for the rest. */
export class ExactSum {
  #low = 0;
  #high = 0n;

  add(value: number | bigint): void {
    if (typeof value === 'bigint' || value > CARRY_AT || value < -CARRY_AT) {
      this.#high += BigInt(value);
      return;
    }
    this.#low += value;
    if (this.#low > CARRY_AT || this.#low < -CARRY_AT) {
      this.#high += BigInt(this.#low);
      this.#low = 0;
    }
  }

  subtract(value: number | bigint): void {
    this.add(-value);
  }

  /** The sum: a number when nothing was carried, which may still be equal to a carried one. */
  get total(): number | bigint {
    return this.#high === 0n ? this.#low : this.#high + BigInt(this.#low);
  }
}

/**
 * An exact sum of numerics with PostgreSQL's display scale: the largest among the values summed and not taken back.
 * One `ExactSum` per scale, so that the common case (one scale) adds plain numbers.
 */
export class NumericSum {
  readonly #scales = new Map<number, { sum: ExactSum; count: number }>();
  #count = 0;
  #nans = 0;
  #positiveInfinities = 0;
  #negativeInfinities = 0;

  get count(): number {
    return this.#count;
  }

  add(value: Numeric): void {
    this.#move(value, 1);
  }

  subtract(value: Numeric): void {
    this.#move(value, -1);
  }

  get total(): Numeric {
    if (this.#nans > 0 || (this.#positiveInfinities > 0 && this.#negativeInfinities > 0)) return new Numeric(0, 0, 'nan');
    if (this.#positiveInfinities > 0) return new Numeric(0, 0, 'infinity');
    if (this.#negativeInfinities > 0) return new Numeric(0, 0, '-infinity');
    let scale = 0;
    let present = 0;
    for (const [at, part] of this.#scales) {
      if (part.count === 0) continue;
      present++;
      if (at > scale) scale = at;
    }
    if (present === 1) {
      const only = this.#scales.get(scale);
      if (only !== undefined && only.count > 0) return new Numeric(only.sum.total, scale);
    }
    let total = 0n;
    for (const [at, part] of this.#scales) if (part.count > 0) total += BigInt(part.sum.total) * 10n ** BigInt(scale - at);
    return new Numeric(total, scale);
  }

  #move(value: Numeric, direction: 1 | -1): void {
    this.#count += direction;
    if (value.kind === 'finite') {
      let part = this.#scales.get(value.scale);
      if (part === undefined) {
        part = { sum: new ExactSum(), count: 0 };
        this.#scales.set(value.scale, part);
      }
      part.count += direction;
      if (direction === 1) part.sum.add(value.coefficient);
      else part.sum.subtract(value.coefficient);
    } else if (value.kind === 'nan') this.#nans += direction;
    else if (value.kind === 'infinity') this.#positiveInfinities += direction;
    else this.#negativeInfinities += direction;
  }
}
