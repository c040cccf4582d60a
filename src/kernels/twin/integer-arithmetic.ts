import type { IntegerArithmeticKernels } from '../interface/arithmetic.ts';
import type { MemoryViews } from './memory-views.ts';
import { WholeNumbers } from './whole-numbers.ts';

export function integerArithmeticTwin(memory: MemoryViews): IntegerArithmeticKernels {
  const i32 = new WholeNumbers(memory, 32);
  const i64 = new WholeNumbers(memory, 64);
  const add = (a: bigint, b: bigint): bigint => a + b;
  const sub = (a: bigint, b: bigint): bigint => a - b;
  const rsub = (a: bigint, b: bigint): bigint => b - a;
  const mul = (a: bigint, b: bigint): bigint => a * b;
  return {
    addI32: i32.vectors(add),
    subI32: i32.vectors(sub),
    mulI32: i32.vectors(mul),
    addI64: i64.vectors(add),
    subI64: i64.vectors(sub),
    mulI64: i64.vectors(mul),
    addConstantI32: i32.constant(add),
    subConstantI32: i32.constant(sub),
    rsubConstantI32: i32.constant(rsub),
    mulConstantI32: i32.constant(mul),
    addConstantI64: i64.constant(add),
    subConstantI64: i64.constant(sub),
    rsubConstantI64: i64.constant(rsub),
    mulConstantI64: i64.constant(mul),
    mulI32ToI64(a, b, n, dst) {
      for (let at = 0; at < n; at++) memory.i64[dst / 8 + at] = BigInt(memory.i32[a / 4 + at]) * BigInt(memory.i32[b / 4 + at]);
    },
  };
}
