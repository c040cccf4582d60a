// Float arithmetic with PostgreSQL's failures: the twin of ../twin/float-arithmetic.ts.
import { countFailed } from "./failures";

@inline
const ADD: u32 = 0;
@inline
const SUB: u32 = 1;
@inline
const MUL: u32 = 2;
@inline
const DIV: u32 = 3;

@inline
function isInfinite(x: v128): v128 {
  return f64x2.eq(f64x2.abs(x), f64x2.splat(Infinity));
}

/** Lanes that overflowed to infinity, underflowed to zero, or divided by zero. */
@inline
function failed(op: u32, a: v128, b: v128, r: v128): v128 {
  const zero = f64x2.splat(0);
  if (op <= SUB) return v128.andnot(isInfinite(r), v128.or(isInfinite(a), isInfinite(b)));
  const lost = v128.and(f64x2.eq(r, zero), f64x2.ne(a, zero));
  if (op == MUL) {
    return v128.or(v128.andnot(isInfinite(r), v128.or(isInfinite(a), isInfinite(b))), v128.and(lost, f64x2.ne(b, zero)));
  }
  const byZero = v128.and(f64x2.eq(b, zero), f64x2.eq(a, a));
  return v128.or(byZero, v128.or(v128.andnot(isInfinite(r), isInfinite(a)), v128.andnot(lost, isInfinite(b))));
}

@inline
function applied(op: u32, a: v128, b: v128): v128 {
  return op == ADD ? f64x2.add(a, b) : op == SUB ? f64x2.sub(a, b) : op == MUL ? f64x2.mul(a, b) : f64x2.div(a, b);
}

/** A step is 16, or 0 where that side is a constant, whose address is that of one cell. */
@inline
function arithmetic(op: u32, a: usize, aStep: usize, b: usize, bStep: usize, nulls: usize, n: usize, dst: usize): u32 {
  const aSplat = v128.load_splat<u64>(a);
  const bSplat = v128.load_splat<u64>(b);
  let failures: u32 = 0;
  let at: usize = 0;
  if (n >= 2) do {
    const offset = at << 3;
    const x = aStep == 0 ? aSplat : v128.load(a + offset);
    const y = bStep == 0 ? bSplat : v128.load(b + offset);
    const r = applied(op, x, y);
    const bits = i64x2.bitmask(failed(op, x, y, r));
    if (bits != 0) failures += countFailed(bits, nulls, at);
    v128.store(dst + offset, r);
    at += 2;
  } while (at + 2 <= n);
  if (at < n) {
    const offset = at << 3;
    const x = aStep == 0 ? aSplat : v128.load_splat<u64>(a + offset);
    const y = bStep == 0 ? bSplat : v128.load_splat<u64>(b + offset);
    const r = applied(op, x, y);
    const bits = i64x2.bitmask(failed(op, x, y, r)) & 1;
    if (bits != 0) failures += countFailed(bits, nulls, at);
    v128.store64_lane(dst + offset, r, 0);
  }
  return failures;
}

function add(a: usize, b: usize, bStep: usize, nulls: usize, n: usize, dst: usize): u32 {
  return arithmetic(ADD, a, 16, b, bStep, nulls, n, dst);
}

function subtract(a: usize, aStep: usize, b: usize, bStep: usize, nulls: usize, n: usize, dst: usize): u32 {
  return arithmetic(SUB, a, aStep, b, bStep, nulls, n, dst);
}

function multiply(a: usize, b: usize, bStep: usize, nulls: usize, n: usize, dst: usize): u32 {
  return arithmetic(MUL, a, 16, b, bStep, nulls, n, dst);
}

function divide(a: usize, b: usize, bStep: usize, nulls: usize, n: usize, dst: usize): u32 {
  return arithmetic(DIV, a, 16, b, bStep, nulls, n, dst);
}

export function addF64(a: usize, b: usize, nulls: usize, n: usize, dst: usize): u32 {
  return add(a, b, 16, nulls, n, dst);
}

export function subF64(a: usize, b: usize, nulls: usize, n: usize, dst: usize): u32 {
  return subtract(a, 16, b, 16, nulls, n, dst);
}

export function mulF64(a: usize, b: usize, nulls: usize, n: usize, dst: usize): u32 {
  return multiply(a, b, 16, nulls, n, dst);
}

export function divF64(a: usize, b: usize, nulls: usize, n: usize, dst: usize): u32 {
  return divide(a, b, 16, nulls, n, dst);
}

export function addConstantF64(a: usize, constant: usize, nulls: usize, n: usize, dst: usize): u32 {
  return add(a, constant, 0, nulls, n, dst);
}

export function subConstantF64(a: usize, constant: usize, nulls: usize, n: usize, dst: usize): u32 {
  return subtract(a, 16, constant, 0, nulls, n, dst);
}

export function rsubConstantF64(a: usize, constant: usize, nulls: usize, n: usize, dst: usize): u32 {
  return subtract(constant, 0, a, 16, nulls, n, dst);
}

export function mulConstantF64(a: usize, constant: usize, nulls: usize, n: usize, dst: usize): u32 {
  return multiply(a, constant, 0, nulls, n, dst);
}

export function divConstantF64(a: usize, constant: usize, nulls: usize, n: usize, dst: usize): u32 {
  return divide(a, constant, 0, nulls, n, dst);
}

export function negF64(a: usize, n: usize, dst: usize): void {
  for (let at: usize = 0; at < n; at++) store<f64>(dst + (at << 3), -load<f64>(a + (at << 3)));
}

export function absF64(a: usize, n: usize, dst: usize): void {
  for (let at: usize = 0; at < n; at++) store<f64>(dst + (at << 3), abs<f64>(load<f64>(a + (at << 3))));
}

export function roundF64(a: usize, n: usize, dst: usize): void {
  for (let at: usize = 0; at < n; at++) store<f64>(dst + (at << 3), nearest<f64>(load<f64>(a + (at << 3))));
}

export function floorF64(a: usize, n: usize, dst: usize): void {
  for (let at: usize = 0; at < n; at++) store<f64>(dst + (at << 3), floor<f64>(load<f64>(a + (at << 3))));
}

export function ceilF64(a: usize, n: usize, dst: usize): void {
  for (let at: usize = 0; at < n; at++) store<f64>(dst + (at << 3), ceil<f64>(load<f64>(a + (at << 3))));
}
