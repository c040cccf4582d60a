import { SqlError } from '../../base/sql-error.ts';
import { canonicalInt8, Interval } from '../value.ts';
import type { IntervalUnit } from './interval-modifier.ts';

const MICROS: Readonly<Partial<Record<IntervalUnit, bigint>>> = {
  microsecond: 1n,
  millisecond: 1000n,
  second: 1_000_000n,
  minute: 60_000_000n,
  hour: 3_600_000_000n,
};
const MONTHS: Readonly<Partial<Record<IntervalUnit, bigint>>> = { month: 1n, year: 12n, decade: 120n, century: 1200n, millennium: 12000n };
const INT4_MAX = 2147483647n;
const INT8_MAX = 9223372036854775807n;

/** Collects amounts of units into the three parts of an interval; fractions spill downwards as PostgreSQL spills them. */
export class IntervalBuilder {
  #years = 0n;
  #months = 0n;
  #days = 0n;
  #micros = 0n;
  readonly overflow: () => never;
  /** SQL standard's leading minus: it holds for every part. */
  negateAll = false;

  constructor(overflow: () => never) {
    this.overflow = overflow;
  }

  /** Adds `whole` units and a fraction of one, which has the sign of the whole. */
  add(unit: IntervalUnit, whole: bigint, fraction: number): void {
    const micros = MICROS[unit];
    const months = MONTHS[unit];
    if (micros !== undefined) {
      this.#micros += whole * micros;
      this.#addMicros(fraction * Number(micros));
    } else if (months === undefined) {
      const days = unit === 'week' ? 7 : 1;
      this.#days += whole * BigInt(days);
      this.#addDays(fraction * days);
    } else {
      if (unit === 'month') this.#months += whole;
      else this.#years += whole * (months / 12n);
      if (unit === 'month') this.#addDays(fraction * 30);
      else this.#months += BigInt(Math.round(Math.abs(fraction) * Number(months)) * Math.sign(fraction));
    }
    if (this.#beyond()) this.overflow();
  }

  negate(): void {
    this.#years = -this.#years;
    this.#months = -this.#months;
    this.#days = -this.#days;
    this.#micros = -this.#micros;
  }

  finish(): Interval {
    if (this.negateAll && this.#years >= 0n && this.#months >= 0n && this.#days >= 0n && this.#micros >= 0n) this.negate();
    else if (this.negateAll) this.#negatePositive();
    const months = this.#years * 12n + this.#months;
    if (outside(months, INT4_MAX)) throw new SqlError('datetime_field_overflow', 'interval out of range');
    return new Interval(Number(months), Number(this.#days), canonicalInt8(this.#micros));
  }

  #negatePositive(): void {
    if (this.#years > 0n) this.#years = -this.#years;
    if (this.#months > 0n) this.#months = -this.#months;
    if (this.#days > 0n) this.#days = -this.#days;
    if (this.#micros > 0n) this.#micros = -this.#micros;
  }

  #addDays(days: number): void {
    const whole = Math.trunc(days);
    this.#days += BigInt(whole);
    this.#addMicros((days - whole) * 86_400_000_000);
  }

  #addMicros(micros: number): void {
    const whole = Math.trunc(micros);
    this.#micros += BigInt(whole + (Math.abs(micros - whole) > 0.5 ? Math.sign(micros) : 0));
  }

  #beyond(): boolean {
    return (
      outside(this.#years, INT4_MAX) || outside(this.#months, INT4_MAX) || outside(this.#days, INT4_MAX) || outside(this.#micros, INT8_MAX)
    );
  }
}

function outside(value: bigint, max: bigint): boolean {
  return value > max || value < -max - 1n;
}
