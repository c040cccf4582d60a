// Comparisons to masks: the twin of ../twin/compare.ts. Every operator is one of two relations, equal and above, with its sides
// exchanged or its result flipped. Data is read in rows only, never past them.

const EQ: u32 = 0;
const NE: u32 = 1;
const LT: u32 = 2;
const LE: u32 = 3;
const GT: u32 = 4;

/** All ones in the lanes where x equals y (or is above it), in PostgreSQL's order of floats. */
@inline
function lanes<T>(x: v128, y: v128, isEqual: bool): v128 {
  if (isFloat<T>()) {
    if (isEqual) return v128.or(f64x2.eq(x, y), v128.and(f64x2.ne(x, x), f64x2.ne(y, y)));
    return v128.andnot(f64x2.eq(y, y), f64x2.le(x, y));
  }
  return isEqual ? v128.eq<T>(x, y) : v128.gt<T>(x, y);
}

@inline
function one<T>(x: T, y: T, isEqual: bool): bool {
  if (isFloat<T>()) return isEqual ? x == y || (x != x && y != y) : !(x <= y) && y == y;
  return isEqual ? x == y : x > y;
}

/** The bytes of two, four or eight vectors of lanes side by side. */
@inline
export function narrow4(a: v128, b: v128, c: v128, d: v128): v128 {
  return i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d));
}

@inline
export function halves(a: v128, b: v128): v128 {
  return v128.shuffle<i32>(a, b, 0, 2, 4, 6);
}

/** Lanes of row `at` and on, where `step` is 0 for a constant that `splat` holds. */
@inline
function row<T>(base: usize, splat: v128, isConstant: bool, offset: usize): v128 {
  return isConstant ? splat : v128.load(base + offset);
}

@inline
function part<T>(x: usize, y: usize, s: v128, xConstant: bool, yConstant: bool, isEqual: bool, offset: usize): v128 {
  return lanes<T>(row<T>(x, s, xConstant, offset), row<T>(y, s, yConstant, offset), isEqual);
}

/** dst = (x relation y) ^ flip, where one side may be a constant in place of what is at its address. */
@inline
function relate<T>(x: usize, y: usize, constant: T, xConstant: bool, yConstant: bool, isEqual: bool, n: usize, dst: usize, flip: u32): void {
  const s = v128.splat<T>(constant);
  const ones = i8x16.splat(1);
  const flips = i8x16.splat(<i8>flip);
  let at: usize = 0;
  if (n >= 16) do {
    const p = x + at * sizeof<T>();
    const q = y + at * sizeof<T>();
    let bits: v128;
    if (sizeof<T>() == 4) {
      bits = narrow4(
        part<T>(p, q, s, xConstant, yConstant, isEqual, 0),
        part<T>(p, q, s, xConstant, yConstant, isEqual, 16),
        part<T>(p, q, s, xConstant, yConstant, isEqual, 32),
        part<T>(p, q, s, xConstant, yConstant, isEqual, 48),
      );
    } else {
      bits = narrow4(
        halves(part<T>(p, q, s, xConstant, yConstant, isEqual, 0), part<T>(p, q, s, xConstant, yConstant, isEqual, 16)),
        halves(part<T>(p, q, s, xConstant, yConstant, isEqual, 32), part<T>(p, q, s, xConstant, yConstant, isEqual, 48)),
        halves(part<T>(p, q, s, xConstant, yConstant, isEqual, 64), part<T>(p, q, s, xConstant, yConstant, isEqual, 80)),
        halves(part<T>(p, q, s, xConstant, yConstant, isEqual, 96), part<T>(p, q, s, xConstant, yConstant, isEqual, 112)),
      );
    }
    v128.store(dst + at, v128.xor(v128.and(bits, ones), flips));
    at += 16;
  } while (at + 16 <= n);
  for (; at < n; at++) {
    const left = xConstant ? constant : load<T>(x + at * sizeof<T>());
    const right = yConstant ? constant : load<T>(y + at * sizeof<T>());
    store<u8>(dst + at, <u8>(<u32>one<T>(left, right, isEqual) ^ flip));
  }
}

function equal<T>(a: usize, b: usize, n: usize, dst: usize, flip: u32): void {
  relate<T>(a, b, 0, false, false, true, n, dst, flip);
}

function above<T>(a: usize, b: usize, n: usize, dst: usize, flip: u32): void {
  relate<T>(a, b, 0, false, false, false, n, dst, flip);
}

function equalConstant<T>(a: usize, constant: T, n: usize, dst: usize, flip: u32): void {
  relate<T>(a, 0, constant, false, true, true, n, dst, flip);
}

function aboveConstant<T>(a: usize, constant: T, n: usize, dst: usize, flip: u32): void {
  relate<T>(a, 0, constant, false, true, false, n, dst, flip);
}

function belowConstant<T>(a: usize, constant: T, n: usize, dst: usize, flip: u32): void {
  relate<T>(0, a, constant, true, false, false, n, dst, flip);
}

@inline
function compare<T>(op: u32, a: usize, b: usize, n: usize, dst: usize): void {
  if (op <= NE) equal<T>(a, b, n, dst, <u32>(op == NE));
  else if (op == GT || op == LE) above<T>(a, b, n, dst, <u32>(op == LE));
  else above<T>(b, a, n, dst, <u32>(op != LT));
}

@inline
function compareConstant<T>(op: u32, a: usize, constant: usize, n: usize, dst: usize): void {
  const value = load<T>(constant);
  if (op <= NE) equalConstant<T>(a, value, n, dst, <u32>(op == NE));
  else if (op == GT || op == LE) aboveConstant<T>(a, value, n, dst, <u32>(op == LE));
  else if (isFloat<T>()) belowConstant<T>(a, value, n, dst, <u32>(op != LT));
  else {
    // At least the value is above the one before it. Nothing is below the least, as nothing is above the greatest, which that wraps to.
    const before = (value - 1) as T;
    aboveConstant<T>(a, before, n, dst, <u32>((op == LT) != before > value));
  }
}

export function compareI32(op: u32, a: usize, b: usize, n: usize, dst: usize): void {
  compare<i32>(op, a, b, n, dst);
}

export function compareI64(op: u32, a: usize, b: usize, n: usize, dst: usize): void {
  compare<i64>(op, a, b, n, dst);
}

export function compareF64(op: u32, a: usize, b: usize, n: usize, dst: usize): void {
  compare<f64>(op, a, b, n, dst);
}

export function compareConstantI32(op: u32, a: usize, constant: usize, n: usize, dst: usize): void {
  compareConstant<i32>(op, a, constant, n, dst);
}

export function compareConstantI64(op: u32, a: usize, constant: usize, n: usize, dst: usize): void {
  compareConstant<i64>(op, a, constant, n, dst);
}

export function compareConstantF64(op: u32, a: usize, constant: usize, n: usize, dst: usize): void {
  compareConstant<f64>(op, a, constant, n, dst);
}

/** Lanes outside of the bounds. */
@inline
function beyond<T>(p: usize, low: v128, high: v128): v128 {
  const x = v128.load(p);
  return v128.or(lanes<T>(low, x, false), lanes<T>(x, high, false));
}

@inline
function between<T>(a: usize, low: usize, high: usize, n: usize, dst: usize): void {
  const l = v128.splat<T>(load<T>(low));
  const h = v128.splat<T>(load<T>(high));
  const ones = i8x16.splat(1);
  let at: usize = 0;
  if (n >= 16) do {
    const p = a + at * sizeof<T>();
    const out =
      sizeof<T>() == 4
        ? narrow4(beyond<T>(p, l, h), beyond<T>(p + 16, l, h), beyond<T>(p + 32, l, h), beyond<T>(p + 48, l, h))
        : narrow4(
            halves(beyond<T>(p, l, h), beyond<T>(p + 16, l, h)),
            halves(beyond<T>(p + 32, l, h), beyond<T>(p + 48, l, h)),
            halves(beyond<T>(p + 64, l, h), beyond<T>(p + 80, l, h)),
            halves(beyond<T>(p + 96, l, h), beyond<T>(p + 112, l, h)),
          );
    v128.store(dst + at, v128.andnot(ones, out));
    at += 16;
  } while (at + 16 <= n);
  for (; at < n; at++) {
    const x = load<T>(a + at * sizeof<T>());
    store<u8>(dst + at, <u8>(!one<T>(load<T>(low), x, false) && !one<T>(x, load<T>(high), false)));
  }
}

export function betweenI32(a: usize, low: usize, high: usize, n: usize, dst: usize): void {
  between<i32>(a, low, high, n, dst);
}

export function betweenI64(a: usize, low: usize, high: usize, n: usize, dst: usize): void {
  between<i64>(a, low, high, n, dst);
}

export function betweenF64(a: usize, low: usize, high: usize, n: usize, dst: usize): void {
  between<f64>(a, low, high, n, dst);
}
