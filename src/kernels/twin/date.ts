import type { DateKernels } from '../interface/date.ts';
import type { MemoryViews } from './memory-views.ts';

const I32_MIN = -(2 ** 31);
const I32_MAX = 2 ** 31 - 1;
const I64_MIN = -(2n ** 63n);
const I64_MAX = 2n ** 63n - 1n;

/** PostgreSQL's range: the day number 0 of Julian counting, and the first days that no date and no timestamp has. */
const DATE_MIN = -2451545;
const DATE_END = 2145031949;
const TIMESTAMP_DATE_END = 106751983;

const DAY_MICROS = 86_400_000_000n;

interface Civil {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

export function dateTwin(memory: MemoryViews): DateKernels {
  const counts = (nulls: number, at: number): number => (nulls !== 0 && memory.u8[nulls + at] !== 0 ? 0 : 1);

  const extract = (part: (civil: Civil) => number): DateKernels['dateYear'] => {
    return (a, nulls, n, dst) => {
      let failures = 0;
      for (let at = 0; at < n; at++) {
        const date = memory.i32[a / 4 + at];
        if (isInfinite(date)) failures += counts(nulls, at);
        memory.i32[dst / 4 + at] = isInfinite(date) ? 0 : part(civilOf(date));
      }
      return failures;
    };
  };
  const truncate = (first: (civil: Civil) => number): DateKernels['dateTruncYear'] => {
    return (a, nulls, n, dst) => {
      let failures = 0;
      for (let at = 0; at < n; at++) {
        const date = memory.i32[a / 4 + at];
        const civil = civilOf(date);
        const value = isInfinite(date) ? date : daysOf(civil.year, first(civil));
        if (value < DATE_MIN && !isInfinite(date)) failures += counts(nulls, at);
        memory.i32[dst / 4 + at] = value;
      }
      return failures;
    };
  };
  const addDays = (step: 0 | 1): DateKernels['dateAddDays'] => {
    return (a, days, nulls, n, dst) => {
      let failures = 0;
      for (let at = 0; at < n; at++) {
        const date = memory.i32[a / 4 + at];
        const value = isInfinite(date) ? date : date + memory.i32[days / 4 + at * step];
        if (!isInfinite(date) && !(value >= DATE_MIN && value < DATE_END)) failures += counts(nulls, at);
        memory.i32[dst / 4 + at] = value;
      }
      return failures;
    };
  };
  const field = (wrap: bigint, unit: bigint): DateKernels['timestampHour'] => {
    return (a, nulls, n, dst) => {
      let failures = 0;
      for (let at = 0; at < n; at++) {
        const timestamp = memory.i64[a / 8 + at];
        if (isInfiniteTimestamp(timestamp)) failures += counts(nulls, at);
        memory.i32[dst / 4 + at] = Number((timestamp - floorDivide(timestamp, wrap) * wrap) / unit);
      }
      return failures;
    };
  };

  return {
    dateYear: extract(({ year }) => (year <= 0 ? year - 1 : year)),
    dateMonth: extract(({ month }) => month),
    dateDay: extract(({ day }) => day),
    dateQuarter: extract(({ month }) => Math.ceil(month / 3)),
    dateTruncYear: truncate(() => 1),
    dateTruncQuarter: truncate(({ month }) => Math.ceil(month / 3) * 3 - 2),
    dateTruncMonth: truncate(({ month }) => month),
    dateAddDays: addDays(1),
    dateAddDaysConstant: addDays(0),
    dateSubtract(a, b, nulls, n, dst) {
      let failures = 0;
      for (let at = 0; at < n; at++) {
        const [x, y] = [memory.i32[a / 4 + at], memory.i32[b / 4 + at]];
        if (isInfinite(x) || isInfinite(y)) failures += counts(nulls, at);
        memory.i32[dst / 4 + at] = x - y;
      }
      return failures;
    },
    dateToTimestamp(a, nulls, n, dst) {
      let failures = 0;
      for (let at = 0; at < n; at++) {
        const date = memory.i32[a / 4 + at];
        if (date >= TIMESTAMP_DATE_END && date !== I32_MAX) failures += counts(nulls, at);
        memory.i64[dst / 8 + at] = isInfinite(date) ? (date < 0 ? I64_MIN : I64_MAX) : BigInt(date) * DAY_MICROS;
      }
      return failures;
    },
    timestampToDate(a, n, dst) {
      for (let at = 0; at < n; at++) {
        const timestamp = memory.i64[a / 8 + at];
        const isInfinity = isInfiniteTimestamp(timestamp);
        memory.i32[dst / 4 + at] = isInfinity ? (timestamp < 0n ? I32_MIN : I32_MAX) : Number(floorDivide(timestamp, DAY_MICROS));
      }
    },
    timestampHour: field(DAY_MICROS, 3_600_000_000n),
    timestampMinute: field(3_600_000_000n, 60_000_000n),
    timestampMicrosOfMinute: field(60_000_000n, 1n),
    timestampTrunc(a, unit, n, dst) {
      const micros = memory.i64[unit / 8];
      for (let at = 0; at < n; at++) {
        const timestamp = memory.i64[a / 8 + at];
        memory.i64[dst / 8 + at] = isInfiniteTimestamp(timestamp) ? timestamp : floorDivide(timestamp, micros) * micros;
      }
    },
  };
}

function isInfinite(date: number): boolean {
  return date === I32_MIN || date === I32_MAX;
}

function isInfiniteTimestamp(timestamp: bigint): boolean {
  return timestamp === I64_MIN || timestamp === I64_MAX;
}

function floorDivide(value: bigint, unit: bigint): bigint {
  const quotient = value / unit;
  return value < quotient * unit ? quotient - 1n : quotient;
}

/** Days from the 1st of March of the year 0 to 2000-01-01. */
const DAYS_TO_2000 = 730_425;

/** The date of a day; years begin in March while it is looked for, so that the leap day comes last. */
function civilOf(date: number): Civil {
  const days = date + DAYS_TO_2000;
  const era = Math.floor(days / 146_097);
  const ofEra = days - era * 146_097;
  const yearOfEra = Math.floor((ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365);
  const ofYear = ofEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const fromMarch = Math.floor((5 * ofYear + 2) / 153);
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  const day = ofYear - Math.floor((153 * fromMarch + 2) / 5) + 1;
  return { year: era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month, day };
}

/** The day that is the first of a month. */
function daysOf(year: number, month: number): number {
  const fromMarch = month <= 2 ? year - 1 : year;
  const era = Math.floor(fromMarch / 400);
  const ofEra = fromMarch - era * 400;
  const ofYear = Math.floor((153 * (month <= 2 ? month + 9 : month - 3) + 2) / 5);
  return era * 146_097 + ofEra * 365 + Math.floor(ofEra / 4) - Math.floor(ofEra / 100) + ofYear - DAYS_TO_2000;
}
