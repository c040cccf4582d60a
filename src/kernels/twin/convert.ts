import type { ConvertKernels } from '../interface/convert.ts';
import type { MemoryViews } from './memory-views.ts';

export function convertTwin(memory: MemoryViews): ConvertKernels {
  const isNull = (nulls: number, at: number): boolean => nulls !== 0 && memory.u8[nulls + at] !== 0;
  const rounded = (bits: 32 | 64): ConvertKernels['f64ToI32'] => {
    const bound = 2 ** (bits - 1);
    return (a, nulls, n, dst) => {
      let failures = 0;
      for (let at = 0; at < n; at++) {
        const value = nearestEven(memory.f64[a / 8 + at]);
        const fits = value >= -bound && value < bound;
        if (!fits && !isNull(nulls, at)) failures++;
        if (bits === 32) memory.i32[dst / 4 + at] = fits ? value : 0;
        else memory.i64[dst / 8 + at] = fits ? BigInt(value) : 0n;
      }
      return failures;
    };
  };

  return {
    i32ToI64(a, n, dst) {
      for (let at = 0; at < n; at++) memory.i64[dst / 8 + at] = BigInt(memory.i32[a / 4 + at]);
    },
    i32ToF64(a, n, dst) {
      for (let at = 0; at < n; at++) memory.f64[dst / 8 + at] = memory.i32[a / 4 + at];
    },
    i64ToF64(a, n, dst) {
      for (let at = 0; at < n; at++) memory.f64[dst / 8 + at] = Number(memory.i64[a / 8 + at]);
    },
    i64ToI32(a, nulls, n, dst) {
      let failures = 0;
      for (let at = 0; at < n; at++) {
        const value = memory.i64[a / 8 + at];
        const low = BigInt.asIntN(32, value);
        if (low !== value && !isNull(nulls, at)) failures++;
        memory.i32[dst / 4 + at] = Number(low);
      }
      return failures;
    },
    f64ToI32: rounded(32),
    f64ToI64: rounded(64),
    roundF32(a, nulls, n, dst) {
      let failures = 0;
      for (let at = 0; at < n; at++) {
        const value = memory.f64[a / 8 + at];
        const single = Math.fround(value);
        const overflows = Math.abs(single) === Infinity && Math.abs(value) !== Infinity;
        if ((overflows || (single === 0 && value !== 0)) && !isNull(nulls, at)) failures++;
        memory.f64[dst / 8 + at] = single;
      }
      return failures;
    },
  };
}

/** The nearest whole number, halves to even; keeps the sign of zero. */
export function nearestEven(value: number): number {
  const down = Math.floor(value);
  const rest = value - down;
  if (rest === 0 || !Number.isFinite(value)) return value;
  const up = rest > 0.5 || (rest === 0.5 && down % 2 !== 0);
  const whole = up ? down + 1 : down;
  return whole === 0 && value < 0 ? -0 : whole;
}
