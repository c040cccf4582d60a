// Dates and timestamps: the twin of ../twin/date.ts. A date is days, a timestamp microseconds since 2000-01-01; the least and
// the greatest number are the infinities.
//
// Days become years by Neri and Schneider, "Euclidean affine functions and their application to calendar algorithms" (2022): years
// begin in March, and are counted from 5600 years (14 eras of 400) before the year 0 so that nothing is negative.
import { isNullAt } from "./failures";

const DAYS_TO_ERA: u32 = 730425 + 14 * 146097;
const YEARS_TO_ERA: u32 = 5600;
/** Days from 1900-03-01 to 2000-01-01, and to 2100-03-01, before which every fourth year is a leap year. */
const DAYS_TO_RECENT: i32 = 36465;
const RECENT_DAYS: i32 = 73049;

const DATE_MIN: i32 = -2451545;
const DATE_END: i32 = 2145031949;
const TIMESTAMP_DATE_END: i32 = 106751983;
const DAY_MICROS: i64 = 86400000000;

@inline
const YEAR: u32 = 0;
@inline
const MONTH: u32 = 1;
@inline
const DAY: u32 = 2;
@inline
const QUARTER: u32 = 3;

@inline
function isInfinite(date: i32): bool {
  return date == i32.MIN_VALUE || date == i32.MAX_VALUE;
}

/** Year of the era, month and day of it, as year << 16 | month << 8 | day. */
@inline
function civil(date: i32): u64 {
  const days = <u32>date + DAYS_TO_ERA;
  let century: u32;
  let ofCentury: u32;
  if (days < 0x3fffffff) {
    const quarters: u32 = days * 4 + 3;
    century = quarters / 146097;
    ofCentury = (quarters - century * 146097) | 3;
  } else {
    const quarters: u64 = <u64>days * 4 + 3;
    century = <u32>(quarters / 146097);
    ofCentury = <u32>(quarters % 146097) | 3;
  }
  const product = <u64>2939745 * ofCentury;
  const ofYear = <u32>product / 2939745 / 4;
  const shifted = 2141 * ofYear + 197913;
  const isNext = <u32>(ofYear >= 306);
  const year = 100 * century + <u32>(product >> 32) + isNext;
  return (<u64>year << 16) | (((shifted >> 16) - 12 * isNext) << 8) | ((shifted & 0xffff) / 2141 + 1);
}

@inline
function yearOf(parts: u64): i32 {
  return <i32>(parts >> 16) - <i32>YEARS_TO_ERA;
}

@inline
function monthOf(parts: u64): u32 {
  return <u32>(parts >> 8) & 0xff;
}

@inline
function dayOf(parts: u64): u32 {
  return <u32>parts & 0xff;
}

/** Days of the first of a month of a year that is at least the era's first. */
@inline
function firstOf(year: i32, month: u32): i32 {
  const isBefore = <u32>(month <= 2);
  const y = <u32>(year + <i32>YEARS_TO_ERA) - isBefore;
  const m = month + 12 * isBefore;
  const century = y / 100;
  return <i32>(((1461 * <u64>y) >> 2) - century + (century >> 2) + ((979 * m - 2919) >> 5)) - <i32>DAYS_TO_ERA;
}

/** The part of a date that is not infinite. */
@inline
function partOf(part: u32, date: i32): i32 {
  const parts = civil(date);
  if (part == YEAR) {
    // There is no year 0: 1 BC is -1.
    const year = yearOf(parts);
    return year - <i32>(year <= 0);
  }
  return part == MONTH ? monthOf(parts) : part == DAY ? dayOf(parts) : (monthOf(parts) + 2) / 3;
}

/** The part of four dates of which `days` are those since 1900-03-01, less than RECENT_DAYS: every fourth year is a leap year. */
@inline
function recentPart(part: u32, days: v128): v128 {
  const quarters = i32x4.add(i32x4.shl(days, 2), i32x4.splat(3));
  // (quarters + 1461.5) / 1461 - 0.5 lies no nearer to a half than a float tells, and 2^23 rounds it: one year too many.
  const ratio = f32x4.mul(f32x4.add(f32x4.convert_i32x4_s(quarters), f32x4.splat(1461.5)), f32x4.splat(<f32>1 / 1461));
  const years = i32x4.sub(f32x4.add(f32x4.sub(ratio, f32x4.splat(0.5)), f32x4.splat(8388608)), i32x4.splat(0x4b000001));
  const ofYear = i32x4.sub(days, i32x4.shr_u(i32x4.mul(years, i32x4.splat(1461)), 2));
  const isNext = i32x4.gt_s(ofYear, i32x4.splat(305));
  if (part == YEAR) return i32x4.sub(i32x4.add(years, i32x4.splat(1900)), isNext);
  const fromMarch = i32x4.shr_u(i32x4.add(i32x4.mul(ofYear, i32x4.splat(2141)), i32x4.splat(197913)), 16);
  if (part == DAY) {
    const before = i32x4.shr_u(i32x4.sub(i32x4.mul(fromMarch, i32x4.splat(979)), i32x4.splat(2919)), 5);
    return i32x4.add(i32x4.sub(ofYear, before), i32x4.splat(1));
  }
  const month = i32x4.sub(fromMarch, v128.and(isNext, i32x4.splat(12)));
  return part == MONTH ? month : i32x4.shr_u(i32x4.mul(i32x4.add(month, i32x4.splat(2)), i32x4.splat(11)), 5);
}

function extract(part: u32, a: usize, nulls: usize, n: usize, dst: usize): u32 {
  let failures: u32 = 0;
  let at: usize = 0;
  while (at < n) {
    if (at + 4 <= n) {
      const days = i32x4.add(v128.load(a + (at << 2)), i32x4.splat(DAYS_TO_RECENT));
      if (i32x4.all_true(i32x4.lt_u(days, i32x4.splat(RECENT_DAYS)))) {
        v128.store(dst + (at << 2), recentPart(part, days));
        at += 4;
        continue;
      }
    }
    const date = load<i32>(a + (at << 2));
    let value: i32 = 0;
    if (isInfinite(date)) failures += <u32>!isNullAt(nulls, at);
    else value = partOf(part, date);
    store<i32>(dst + (at << 2), value);
    at++;
  }
  return failures;
}

export function dateYear(a: usize, nulls: usize, n: usize, dst: usize): u32 {
  return extract(YEAR, a, nulls, n, dst);
}

export function dateMonth(a: usize, nulls: usize, n: usize, dst: usize): u32 {
  return extract(MONTH, a, nulls, n, dst);
}

export function dateDay(a: usize, nulls: usize, n: usize, dst: usize): u32 {
  return extract(DAY, a, nulls, n, dst);
}

export function dateQuarter(a: usize, nulls: usize, n: usize, dst: usize): u32 {
  return extract(QUARTER, a, nulls, n, dst);
}

function truncate(part: u32, a: usize, nulls: usize, n: usize, dst: usize): u32 {
  let failures: u32 = 0;
  for (let at: usize = 0; at < n; at++) {
    const date = load<i32>(a + (at << 2));
    let value = date;
    if (!isInfinite(date)) {
      const parts = civil(date);
      const month = monthOf(parts);
      value = firstOf(yearOf(parts), part == YEAR ? 1 : part == QUARTER ? ((month - 1) / 3) * 3 + 1 : month);
      if (value < DATE_MIN && !isNullAt(nulls, at)) failures++;
    }
    store<i32>(dst + (at << 2), value);
  }
  return failures;
}

export function dateTruncYear(a: usize, nulls: usize, n: usize, dst: usize): u32 {
  return truncate(YEAR, a, nulls, n, dst);
}

export function dateTruncQuarter(a: usize, nulls: usize, n: usize, dst: usize): u32 {
  return truncate(QUARTER, a, nulls, n, dst);
}

export function dateTruncMonth(a: usize, nulls: usize, n: usize, dst: usize): u32 {
  return truncate(MONTH, a, nulls, n, dst);
}

/** `step` is 4, or 0 where the days are a constant. */
function addDays(a: usize, days: usize, step: usize, nulls: usize, n: usize, dst: usize): u32 {
  let failures: u32 = 0;
  for (let at: usize = 0; at < n; at++) {
    const date = load<i32>(a + (at << 2));
    let value = date;
    if (!isInfinite(date)) {
      const sum = <i64>date + <i64>load<i32>(days + at * step);
      value = <i32>sum;
      if ((sum < DATE_MIN || sum >= DATE_END) && !isNullAt(nulls, at)) failures++;
    }
    store<i32>(dst + (at << 2), value);
  }
  return failures;
}

export function dateAddDays(a: usize, days: usize, nulls: usize, n: usize, dst: usize): u32 {
  return addDays(a, days, 4, nulls, n, dst);
}

export function dateAddDaysConstant(a: usize, days: usize, nulls: usize, n: usize, dst: usize): u32 {
  return addDays(a, days, 0, nulls, n, dst);
}

export function dateSubtract(a: usize, b: usize, nulls: usize, n: usize, dst: usize): u32 {
  let failures: u32 = 0;
  for (let at: usize = 0; at < n; at++) {
    const x = load<i32>(a + (at << 2));
    const y = load<i32>(b + (at << 2));
    if ((isInfinite(x) || isInfinite(y)) && !isNullAt(nulls, at)) failures++;
    store<i32>(dst + (at << 2), x - y);
  }
  return failures;
}

export function dateToTimestamp(a: usize, nulls: usize, n: usize, dst: usize): u32 {
  let failures: u32 = 0;
  for (let at: usize = 0; at < n; at++) {
    const date = load<i32>(a + (at << 2));
    let value: i64;
    if (isInfinite(date)) value = date < 0 ? i64.MIN_VALUE : i64.MAX_VALUE;
    else {
      if (date >= TIMESTAMP_DATE_END && !isNullAt(nulls, at)) failures++;
      value = <i64>date * DAY_MICROS;
    }
    store<i64>(dst + (at << 3), value);
  }
  return failures;
}

@inline
function isInfiniteTimestamp(timestamp: i64): bool {
  return timestamp == i64.MIN_VALUE || timestamp == i64.MAX_VALUE;
}

/** The greatest whole number of units that is not above. */
@inline
function floorDivide(value: i64, unit: i64): i64 {
  const quotient = value / unit;
  return quotient - <i64>(value < quotient * unit);
}

export function timestampToDate(a: usize, n: usize, dst: usize): void {
  for (let at: usize = 0; at < n; at++) {
    const timestamp = load<i64>(a + (at << 3));
    let value: i32;
    if (isInfiniteTimestamp(timestamp)) value = timestamp < 0 ? i32.MIN_VALUE : i32.MAX_VALUE;
    else value = <i32>floorDivide(timestamp, DAY_MICROS);
    store<i32>(dst + (at << 2), value);
  }
}

/** Units in what is over whole wraps. */
@inline
function field(wrap: i64, unit: i64, a: usize, nulls: usize, n: usize, dst: usize): u32 {
  let failures: u32 = 0;
  for (let at: usize = 0; at < n; at++) {
    const timestamp = load<i64>(a + (at << 3));
    if (isInfiniteTimestamp(timestamp) && !isNullAt(nulls, at)) failures++;
    store<i32>(dst + (at << 2), <i32>((timestamp - floorDivide(timestamp, wrap) * wrap) / unit));
  }
  return failures;
}

export function timestampHour(a: usize, nulls: usize, n: usize, dst: usize): u32 {
  return field(DAY_MICROS, 3600000000, a, nulls, n, dst);
}

export function timestampMinute(a: usize, nulls: usize, n: usize, dst: usize): u32 {
  return field(3600000000, 60000000, a, nulls, n, dst);
}

export function timestampMicrosOfMinute(a: usize, nulls: usize, n: usize, dst: usize): u32 {
  return field(60000000, 1, a, nulls, n, dst);
}

export function timestampTrunc(a: usize, unit: usize, n: usize, dst: usize): void {
  const micros = load<i64>(unit);
  for (let at: usize = 0; at < n; at++) {
    const timestamp = load<i64>(a + (at << 3));
    store<i64>(dst + (at << 3), isInfiniteTimestamp(timestamp) ? timestamp : floorDivide(timestamp, micros) * micros);
  }
}
