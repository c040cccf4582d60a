import type { FloatArithmeticKernels } from '../interface/arithmetic.ts';
import type { MemoryViews } from './memory-views.ts';
import { nearestEven } from './convert.ts';

interface Operation {
  readonly apply: (a: number, b: number) => number;
  /** Whether PostgreSQL raises an error instead of answering `r`. */
  readonly fails: (r: number, a: number, b: number) => boolean;
}

const overflows = (r: number, a: number, b: number): boolean => isInfinite(r) && !isInfinite(a) && !isInfinite(b);

const ADD: Operation = { apply: (a, b) => a + b, fails: overflows };
const SUB: Operation = { apply: (a, b) => a - b, fails: overflows };
const RSUB: Operation = { apply: (a, b) => b - a, fails: overflows };
const MUL: Operation = { apply: (a, b) => a * b, fails: (r, a, b) => overflows(r, a, b) || (r === 0 && a !== 0 && b !== 0) };
const DIV: Operation = {
  apply: (a, b) => a / b,
  fails: (r, a, b) => (b === 0 && !Number.isNaN(a)) || (isInfinite(r) && !isInfinite(a)) || (r === 0 && a !== 0 && !isInfinite(b)),
};

export function floatArithmeticTwin(memory: MemoryViews): FloatArithmeticKernels {
  const each = ({ apply, fails }: Operation, step: 0 | 1): FloatArithmeticKernels['addF64'] => {
    return (a, b, nulls, n, dst) => {
      const floats = memory.f64;
      const constant = floats[b / 8];
      let failures = 0;
      for (let at = 0; at < n; at++) {
        const x = floats[a / 8 + at];
        const y = step === 0 ? constant : floats[b / 8 + at];
        const r = apply(x, y);
        if (fails(r, x, y) && (nulls === 0 || memory.u8[nulls + at] === 0)) failures++;
        floats[dst / 8 + at] = r;
      }
      return failures;
    };
  };
  const unary = (apply: (a: number) => number): FloatArithmeticKernels['negF64'] => {
    return (a, n, dst) => {
      for (let at = 0; at < n; at++) memory.f64[dst / 8 + at] = apply(memory.f64[a / 8 + at]);
    };
  };

  return {
    addF64: each(ADD, 1),
    subF64: each(SUB, 1),
    mulF64: each(MUL, 1),
    divF64: each(DIV, 1),
    addConstantF64: each(ADD, 0),
    subConstantF64: each(SUB, 0),
    rsubConstantF64: each(RSUB, 0),
    mulConstantF64: each(MUL, 0),
    divConstantF64: each(DIV, 0),
    negF64: unary((a) => -a),
    absF64: unary(Math.abs),
    roundF64: unary(nearestEven),
    floorF64: unary(Math.floor),
    ceilF64: unary(Math.ceil),
  };
}

function isInfinite(value: number): boolean {
  return value === Infinity || value === -Infinity;
}
