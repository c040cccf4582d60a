// Dates and timestamps from their ISO form; any other makes a record unusual. Null rows become 0.

import { addressOf, lengthOf } from "./bytes";
import { numberOf } from "./decimal-digits";

const DASH: u8 = 45;
const POINT: u8 = 46;
const COLON: u8 = 58;
const BLANK: u8 = 32;

const NO_DATE: i32 = -2147483648;
const NO_TIME: i64 = -9223372036854775808;
const MICROS_PER_DAY: i64 = 86400000000;

/** date: YYYY-MM-DD, as days since 2000-01-01. */
export function convertDate(refs: usize, nulls: usize, unusual: usize, count: u32, out: usize): u32 {
  let failed: u32 = 0;
  for (let row: u32 = 0; row < count; row++) {
    const ref = load<u64>(refs + ((<usize>row) << 3));
    let result: i32 = 0;
    if (load<u8>(nulls + row) == 0) {
      result = lengthOf(ref) == 10 ? dateAt(addressOf(ref)) : NO_DATE;
      if (result == NO_DATE) {
        store<u8>(unusual + row, 1);
        failed++;
        result = 0;
      }
    }
    store<i32>(out + ((<usize>row) << 2), result);
  }
  return failed;
}

/**
 * timestamp: YYYY-MM-DD, then perhaps a blank and HH:MM:SS and up to six digits of a fraction, as microseconds since 2000-01-01; with `zoned`
 * (timestamptz) a zone must follow, in whole hours or hours and minutes.
 */
export function convertTimestamp(refs: usize, nulls: usize, unusual: usize, count: u32, out: usize, zoned: u32): u32 {
  let failed: u32 = 0;
  for (let row: u32 = 0; row < count; row++) {
    const ref = load<u64>(refs + ((<usize>row) << 3));
    let result: i64 = 0;
    if (load<u8>(nulls + row) == 0) {
      result = timestampAt(addressOf(ref), lengthOf(ref), zoned != 0);
      if (result == NO_TIME) {
        store<u8>(unusual + row, 1);
        failed++;
        result = 0;
      }
    }
    store<i64>(out + ((<usize>row) << 3), result);
  }
  return failed;
}

function timestampAt(address: usize, given: u32, zoned: bool): i64 {
  let length = given;
  let zoneSeconds: i64 = 0;
  if (zoned) {
    const size: u32 = length > 6 && load<u8>(address + length - 3) == COLON && isSign(load<u8>(address + length - 6)) ? 6 : 3;
    if (length < 19 + size || !isSign(load<u8>(address + length - size))) return NO_TIME;
    const hours = numberOf(address + length - size + 1, 2, 2);
    const minutes = size == 6 ? numberOf(address + length - 2, 2, 2) : 0;
    if (hours > 15 || minutes > 59) return NO_TIME;
    zoneSeconds = <i64>(hours * 3600 + minutes * 60);
    if (load<u8>(address + length - size) == DASH) zoneSeconds = -zoneSeconds;
    length -= size;
  }
  if (length < 10) return NO_TIME;
  const days = dateAt(address);
  if (days == NO_DATE) return NO_TIME;
  if (length == 10) return zoned ? NO_TIME : <i64>days * MICROS_PER_DAY;
  if (length < 19 || load<u8>(address + 10) != BLANK || load<u8>(address + 13) != COLON || load<u8>(address + 16) != COLON) return NO_TIME;
  const hour = numberOf(address + 11, 2, 2);
  const minute = numberOf(address + 14, 2, 2);
  const second = numberOf(address + 17, 2, 2);
  if (hour > 23 || minute > 59 || second > 59) return NO_TIME;
  let micros: i64 = 0;
  if (length > 19) {
    const count = length - 20;
    if (load<u8>(address + 19) != POINT || count < 1 || count > 6) return NO_TIME;
    const fraction = numberOf(address + 20, count, count);
    if (fraction > 999999) return NO_TIME;
    micros = <i64>fraction;
    for (let left = 6 - count; left > 0; left--) micros *= 10;
  }
  return <i64>days * MICROS_PER_DAY + ((<i64>(hour * 60 + minute)) * 60 + <i64>second - zoneSeconds) * 1000000 + micros;
}

// @ts-ignore: decorator
@inline
function isSign(byte: u8): bool {
  return byte == DASH || byte == 43;
}

/** The day number of ten bytes YYYY-MM-DD; NO_DATE for anything else. */
// @ts-ignore: decorator
@inline
function dateAt(address: usize): i32 {
  // Digits become their values, dashes 0; then each byte is as small as it may be, or the high bit shows.
  const head = load<u64>(address) ^ 0x2d30302d30303030;
  const tail = <u32>load<u16>(address, 8) ^ 0x3030;
  const wrong = ((head + 0x7f76767f76767676) | head) & 0x8080808080808080;
  if ((wrong | (<u64>((tail + 0x7676) | tail) & 0x8080)) != 0) return NO_DATE;
  const year = (<u32>(head & 15)) * 1000 + (<u32>(head >> 8) & 15) * 100 + (<u32>(head >> 16) & 15) * 10 + (<u32>(head >> 24) & 15);
  const month = (<u32>(head >> 40) & 15) * 10 + (<u32>(head >> 48) & 15);
  const day = (tail & 15) * 10 + (tail >> 8);
  if (year == 0 || month - 1 >= 12 || day - 1 >= 31) return NO_DATE;
  if (day > 28 && day > daysIn(year, month)) return NO_DATE;
  // The year begins in March, so that the odd day comes last (Howard Hinnant's days_from_civil).
  const early: u32 = month <= 2 ? 1 : 0;
  const shifted = year - early;
  const century = shifted / 100;
  const dayOfYear = (153 * (month + early * 12 - 3) + 2) / 5 + day - 1;
  return <i32>(shifted * 365 + shifted / 4 - century + century / 4 + dayOfYear) - 730425;
}

function daysIn(year: u32, month: u32): u32 {
  if (month == 2) return (year & 3) == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
  return 30 + ((month + (month >> 3)) & 1);
}
