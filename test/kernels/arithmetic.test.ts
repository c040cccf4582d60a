import { describe, expect, it } from 'vitest';
import { SEED, type Draw } from '../storage/random.ts';
import { drawF64, drawI32, drawI64, putNulls } from './draw-vectors.ts';
import { forRows } from './kernel-pair.ts';

/** Numbers of one magnitude, so that each way to multiply is taken. */
function drawFactors(draw: Draw, n: number): BigInt64Array {
  const bits = BigInt(draw.of([1, 8, 20, 31, 32, 33, 40, 62, 63]));
  const odd = draw.chance(0.3);
  return BigInt64Array.from({ length: n }, () => {
    if (odd && draw.chance(0.02)) return BigInt(draw.int64());
    const value = (BigInt(draw.below(2 ** 32)) * 2n ** 31n + BigInt(draw.below(2 ** 31))) >> (63n - bits);
    return draw.chance(0.5) ? value : -value;
  });
}

describe(`arithmetic and its twins (SEED=${SEED})`, () => {
  it('I32: wraps, and counts the rows that overflow', () => {
    let failures = 0;
    forRows((pair, n, draw) => {
      const [a, b] = [pair.put(drawI32(draw, n)), pair.put(drawI32(draw, n))];
      const cell = pair.put(drawI32(draw, 1));
      const nulls = putNulls(pair, draw, n);
      const dst = { address: pair.room(n * 4), bytes: n * 4 };
      const wide = { address: pair.room(n * 8), bytes: n * 8 };
      for (const op of ['addI32', 'subI32', 'mulI32', 'divI32', 'modI32'] as const) {
        failures += pair.run((k) => k[op](a, b, nulls, n, dst.address), dst);
      }
      for (const op of [
        'addConstantI32',
        'subConstantI32',
        'rsubConstantI32',
        'mulConstantI32',
        'divConstantI32',
        'modConstantI32',
      ] as const) {
        pair.run((k) => k[op](a, cell, nulls, n, dst.address), dst);
      }
      for (const op of ['negI32', 'absI32'] as const) pair.run((k) => k[op](a, nulls, n, dst.address), dst);
      pair.run((k) => k.mulI32ToI64(a, b, n, wide.address), wide);
      pair.run((k) => k.mulI32(a, b, nulls, n, a), { ...dst, address: a });
    });
    expect(failures).toBeGreaterThan(100);
  });

  it('I64: wraps, and counts the rows that overflow', () => {
    let failures = 0;
    forRows((pair, n, draw) => {
      const draws = draw.chance(0.5) ? drawI64 : drawFactors;
      const [a, b] = [pair.put(draws(draw, n)), pair.put(draws(draw, n))];
      const cell = pair.put(draws(draw, 1));
      const nulls = putNulls(pair, draw, n);
      const dst = { address: pair.room(n * 8), bytes: n * 8 };
      for (const op of ['addI64', 'subI64', 'mulI64', 'divI64', 'modI64'] as const) {
        failures += pair.run((k) => k[op](a, b, nulls, n, dst.address), dst);
      }
      for (const op of [
        'addConstantI64',
        'subConstantI64',
        'rsubConstantI64',
        'mulConstantI64',
        'divConstantI64',
        'modConstantI64',
      ] as const) {
        pair.run((k) => k[op](a, cell, nulls, n, dst.address), dst);
      }
      for (const op of ['negI64', 'absI64'] as const) pair.run((k) => k[op](a, nulls, n, dst.address), dst);
      const divisor = pair.put(BigInt64Array.of(10n ** BigInt(1 + draw.below(18))));
      pair.run((k) => k.scaleDownI64(a, divisor, n, dst.address), dst);
      pair.run((k) => k.mulI64(a, b, nulls, n, a), { ...dst, address: a });
      pair.run((k) => k.mulI64(b, b, nulls, n, b), { ...dst, address: b });
    }, 120);
    expect(failures).toBeGreaterThan(100);
  });

  it('F64: IEEE results, and counts what PostgreSQL refuses', () => {
    let failures = 0;
    forRows((pair, n, draw) => {
      const [a, b] = [pair.put(drawF64(draw, n)), pair.put(drawF64(draw, n))];
      const cell = pair.put(drawF64(draw, 1));
      const nulls = putNulls(pair, draw, n);
      const dst = { address: pair.room(n * 8), bytes: n * 8, isFloat: true };
      for (const op of ['addF64', 'subF64', 'mulF64', 'divF64'] as const) {
        failures += pair.run((k) => k[op](a, b, nulls, n, dst.address), dst);
      }
      for (const op of ['addConstantF64', 'subConstantF64', 'rsubConstantF64', 'mulConstantF64', 'divConstantF64'] as const) {
        pair.run((k) => k[op](a, cell, nulls, n, dst.address), dst);
      }
      for (const op of ['negF64', 'absF64', 'roundF64', 'floorF64', 'ceilF64'] as const) pair.run((k) => k[op](a, n, dst.address), dst);
    });
    expect(failures).toBeGreaterThan(100);
  });

  it('conversions, with halves to even and bounds', () => {
    let failures = 0;
    forRows((pair, n, draw) => {
      const edges = [
        0.5,
        1.5,
        2.5,
        -0.5,
        -1.5,
        2147483647.4,
        2147483647.5,
        -2147483648.5,
        -2147483648.6,
        2 ** 63,
        -(2 ** 63),
        2 ** 62,
        1e-46,
      ];
      const floats = Float64Array.from({ length: n }, () => (draw.chance(0.5) ? draw.of(edges) : draw.float64()));
      const [narrow, wide, float] = [pair.put(drawI32(draw, n)), pair.put(drawI64(draw, n)), pair.put(floats)];
      const nulls = putNulls(pair, draw, n);
      const dst4 = { address: pair.room(n * 4), bytes: n * 4 };
      const dst8 = { address: pair.room(n * 8), bytes: n * 8 };
      pair.run((k) => k.i32ToI64(narrow, n, dst8.address), dst8);
      pair.run((k) => k.i32ToF64(narrow, n, dst8.address), dst8);
      pair.run((k) => k.i64ToF64(wide, n, dst8.address), dst8);
      failures += pair.run((k) => k.i64ToI32(wide, nulls, n, dst4.address), dst4);
      failures += pair.run((k) => k.f64ToI32(float, nulls, n, dst4.address), dst4);
      failures += pair.run((k) => k.f64ToI64(float, nulls, n, dst8.address), dst8);
      failures += pair.run((k) => k.roundF32(float, nulls, n, dst8.address), { ...dst8, isFloat: true });
      pair.run((k) => k.roundF64(float, n, dst8.address), { ...dst8, isFloat: true });
    });
    expect(failures).toBeGreaterThan(100);
  });
});
