import type { IntegerDivisionKernels } from '../interface/arithmetic.ts';
import type { MemoryViews } from './memory-views.ts';
import { WholeNumbers } from './whole-numbers.ts';

export function integerDivisionTwin(memory: MemoryViews): IntegerDivisionKernels {
  const i32 = new WholeNumbers(memory, 32);
  const i64 = new WholeNumbers(memory, 64);
  const div = (a: bigint, b: bigint): bigint | undefined => (b === 0n ? undefined : a / b);
  const mod = (a: bigint, b: bigint): bigint | undefined => (b === 0n ? undefined : a % b);
  const neg = (a: bigint): bigint => -a;
  const abs = (a: bigint): bigint => (a < 0n ? -a : a);
  return {
    divI32: i32.vectors(div),
    divI64: i64.vectors(div),
    modI32: i32.vectors(mod),
    modI64: i64.vectors(mod),
    divConstantI32: i32.constant(div),
    divConstantI64: i64.constant(div),
    modConstantI32: i32.constant(mod),
    modConstantI64: i64.constant(mod),
    negI32: i32.unary(neg),
    negI64: i64.unary(neg),
    absI32: i32.unary(abs),
    absI64: i64.unary(abs),
    scaleDownI64(a, divisor, n, dst) {
      const by = memory.i64[divisor / 8];
      for (let at = 0; at < n; at++) {
        const value = memory.i64[a / 8 + at];
        memory.i64[dst / 8 + at] = value < 0n ? -((-value + by / 2n) / by) : (value + by / 2n) / by;
      }
    },
  };
}
