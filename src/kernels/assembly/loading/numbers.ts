// Numbers and booleans from text: the forms that are written everywhere, each the one value that the type's input makes of it. A field in
// any other form makes its record unusual. Up to 15 bytes behind a field are read; null rows become 0.

import { addressOf, lengthOf } from "./bytes";
import { NOT_DIGITS, numberOf, placeOf } from "./decimal-digits";

const MINUS: u8 = 45;
const POINT: u8 = 46;

/** More digits than these are read by the plain road. */
const DIGITS_MAX: u32 = 16;

/** int2 and int4: a minus perhaps, digits. Answers how many fields are in another form or not within [least, most]. */
export function convertInt32(refs: usize, nulls: usize, unusual: usize, count: u32, out: usize, least: i32, most: i32): u32 {
  let failed: u32 = 0;
  for (let row: u32 = 0; row < count; row++) {
    const ref = load<u64>(refs + ((<usize>row) << 3));
    const sign = signOf(ref);
    const length = lengthOf(ref) - sign;
    const magnitude = length - 1 < DIGITS_MAX ? numberOf(addressOf(ref) + sign, length, length) : NOT_DIGITS;
    const value = signed(magnitude, sign);
    if (magnitude != NOT_DIGITS && value >= <i64>least && value <= <i64>most) store<i32>(out + ((<usize>row) << 2), <i32>value);
    else {
      store<i32>(out + ((<usize>row) << 2), 0);
      failed += missed(nulls, unusual, row);
    }
  }
  return failed;
}

/** int8: a minus perhaps, digits. */
export function convertInt64(refs: usize, nulls: usize, unusual: usize, count: u32, out: usize): u32 {
  let failed: u32 = 0;
  for (let row: u32 = 0; row < count; row++) {
    const ref = load<u64>(refs + ((<usize>row) << 3));
    const sign = signOf(ref);
    const length = lengthOf(ref) - sign;
    const magnitude = length - 1 < DIGITS_MAX ? numberOf(addressOf(ref) + sign, length, length) : NOT_DIGITS;
    if (magnitude != NOT_DIGITS) store<i64>(out + ((<usize>row) << 3), signed(magnitude, sign));
    else {
      store<i64>(out + ((<usize>row) << 3), 0);
      failed += missed(nulls, unusual, row);
    }
  }
  return failed;
}

/**
 * numeric(p, s), or numeric where every number has `scale` digits behind the point (`isExact`): a minus perhaps, digits, perhaps a point and
 * up to `scale` digits; below 10^`precision`, which is at most 18. The coefficient at `scale` is stored.
 */
export function convertDecimal(
  refs: usize,
  nulls: usize,
  unusual: usize,
  count: u32,
  out: usize,
  precision: u32,
  scale: u32,
  isExact: u32,
): u32 {
  let failed: u32 = 0;
  const limit = powerOfTen(precision);
  const shift = powerOfTen(scale);
  const wholeLimit = precision > scale ? powerOfTen(precision - scale) : 1;
  for (let row: u32 = 0; row < count; row++) {
    const ref = load<u64>(refs + ((<usize>row) << 3));
    const sign = signOf(ref);
    const address = addressOf(ref) + sign;
    const length = lengthOf(ref) - sign;
    let isRead = false;
    if (length - 1 < DIGITS_MAX) {
      const point = placeOf(POINT, address, length);
      // Digits behind the point, and how many places are missing there.
      const fraction = point < length ? length - point - 1 : 0;
      let value = numberOf(address, length, point);
      if (fraction != scale && value != NOT_DIGITS) {
        if (fraction > scale || isExact != 0) value = NOT_DIGITS;
        else if (fraction == 0) value = value < wholeLimit ? value * shift : NOT_DIGITS;
        else for (let left = scale - fraction; left > 0 && value < limit; left--) value *= 10;
      }
      if (value < limit && point > 0 && (isExact == 0 || (point < length) == (scale > 0))) {
        store<i64>(out + ((<usize>row) << 3), signed(value, sign));
        isRead = true;
      }
    }
    if (!isRead) {
      store<i64>(out + ((<usize>row) << 3), 0);
      failed += missed(nulls, unusual, row);
    }
  }
  return failed;
}

/** 1 when the string begins with a minus. */
// @ts-ignore: decorator
@inline
function signOf(ref: u64): u32 {
  return lengthOf(ref) > 0 && load<u8>(addressOf(ref)) == MINUS ? 1 : 0;
}

// @ts-ignore: decorator
@inline
function signed(magnitude: u64, sign: u32): i64 {
  const mask = -(<i64>sign);
  return (<i64>magnitude ^ mask) - mask;
}

/** Marks a row that was not read: 1, or 0 when it is null and there was nothing to read. */
// @ts-ignore: decorator
@inline
function missed(nulls: usize, unusual: usize, row: u32): u32 {
  if (load<u8>(nulls + row) != 0) return 0;
  store<u8>(unusual + row, 1);
  return 1;
}

function powerOfTen(exponent: u32): u64 {
  let power: u64 = 1;
  for (let left = exponent; left > 0; left--) power *= 10;
  return power;
}

/**
 * float8: a minus perhaps, and up to fifteen digits with a point among or behind them. Digits and power of ten are then exact numbers, and
 * their quotient is the nearest one.
 */
export function convertFloat64(refs: usize, nulls: usize, unusual: usize, count: u32, out: usize): u32 {
  let failed: u32 = 0;
  for (let row: u32 = 0; row < count; row++) {
    const ref = load<u64>(refs + ((<usize>row) << 3));
    let result: f64 = 0;
    if (load<u8>(nulls + row) == 0) {
      const mantissa = mantissaOf(ref, 15);
      if (mantissa == NOT_DIGITS) {
        store<u8>(unusual + row, 1);
        failed++;
      } else {
        result = <f64>mantissa;
        let power: f64 = 1;
        for (let left = fractionOf(ref); left > 0; left--) power *= 10;
        result /= power;
        if (load<u8>(addressOf(ref)) == MINUS) result = -result;
      }
    }
    store<f64>(out + ((<usize>row) << 3), result);
  }
  return failed;
}

/** float4: as float8 with up to seven digits. */
export function convertFloat32(refs: usize, nulls: usize, unusual: usize, count: u32, out: usize): u32 {
  let failed: u32 = 0;
  for (let row: u32 = 0; row < count; row++) {
    const ref = load<u64>(refs + ((<usize>row) << 3));
    let result: f32 = 0;
    if (load<u8>(nulls + row) == 0) {
      const mantissa = mantissaOf(ref, 7);
      if (mantissa == NOT_DIGITS) {
        store<u8>(unusual + row, 1);
        failed++;
      } else {
        result = <f32>mantissa;
        let power: f32 = 1;
        for (let left = fractionOf(ref); left > 0; left--) power *= 10;
        result /= power;
        if (load<u8>(addressOf(ref)) == MINUS) result = -result;
      }
    }
    store<f32>(out + ((<usize>row) << 2), result);
  }
  return failed;
}

/** The digits of a number without regard to its sign and point; NOT_DIGITS when they are more than `digitsMax` or none, or begin with the point. */
function mantissaOf(ref: u64, digitsMax: u32): u64 {
  let at = addressOf(ref);
  const end = at + lengthOf(ref);
  if (at < end && load<u8>(at) == MINUS) at++;
  const first = at;
  let value: u64 = 0;
  let count: u32 = 0;
  let points: u32 = 0;
  for (; at < end; at++) {
    const byte = load<u8>(at);
    const digit: u32 = <u32>byte - 48;
    if (digit < 10) {
      value = value * 10 + digit;
      count++;
    } else if (byte == POINT && at > first) points++;
    else return NOT_DIGITS;
  }
  return count == 0 || count > digitsMax || points > 1 ? NOT_DIGITS : value;
}

/** How many bytes stand behind the point, 0 without one. */
function fractionOf(ref: u64): u32 {
  const end = addressOf(ref) + lengthOf(ref);
  for (let left: u32 = 0; left < lengthOf(ref); left++) if (load<u8>(end - 1 - left) == POINT) return left;
  return 0;
}

/** bool: t, f, true, false, 1, 0. */
export function convertBool(refs: usize, nulls: usize, unusual: usize, count: u32, out: usize): u32 {
  let failed: u32 = 0;
  for (let row: u32 = 0; row < count; row++) {
    const ref = load<u64>(refs + ((<usize>row) << 3));
    const address = addressOf(ref);
    let result: u8 = 0;
    if (load<u8>(nulls + row) == 0) {
      const length = lengthOf(ref);
      const first = length == 0 ? 0 : load<u8>(address);
      if (length == 1 && (first == 116 || first == 49)) result = 1;
      else if (length == 1 && (first == 102 || first == 48)) result = 0;
      else if (length == 4 && load<u32>(address) == 0x65757274) result = 1;
      else if (length == 5 && load<u32>(address) == 0x736c6166 && load<u8>(address + 4) == 101) result = 0;
      else {
        store<u8>(unusual + row, 1);
        failed++;
      }
    }
    store<u8>(out + row, result);
  }
  return failed;
}
