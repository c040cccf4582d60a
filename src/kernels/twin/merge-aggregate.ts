import type { MergeAggregateKernels } from '../interface/merge-aggregate.ts';
import { AggregateStates } from './aggregate-state.ts';
import type { MemoryViews } from './memory-views.ts';

export function mergeAggregateTwin(memory: MemoryViews): MergeAggregateKernels {
  const states = new AggregateStates(memory);
  const stateOf = (tuples: number, offset: number, row: number): number => memory.u32[(tuples >>> 2) + row] + offset;
  const hasAny = (state: number): boolean => memory.i64[(state >>> 3) + 1] !== 0n;
  const each =
    (step: (state: number, other: number) => void): MergeAggregateKernels['mergeCount'] =>
    (into, from, offset, n) => {
      for (let row = 0; row < n; row++) step(stateOf(into, offset, row), stateOf(from, offset, row));
    };
  const eachWithAny = (step: (state: number, other: number) => void): MergeAggregateKernels['mergeCount'] =>
    each((state, other) => {
      if (hasAny(other)) step(state, other);
    });
  const checked =
    (step: (state: number, other: number) => boolean): MergeAggregateKernels['mergeSumF64'] =>
    (into, from, offset, n) => {
      let failed = 0;
      for (let row = 0; row < n; row++) if (step(stateOf(into, offset, row), stateOf(from, offset, row))) failed++;
      return failed;
    };
  const texts =
    (isMin: boolean): MergeAggregateKernels['mergeMinStr'] =>
    (into, from, offset, n, start, arena) => {
      for (let row = start; row < n; row++) {
        const other = stateOf(from, offset, row);
        if (hasAny(other) && !states.keepText(isMin, stateOf(into, offset, row), other, arena)) return row;
      }
      return n;
    };
  const int = (state: number): bigint => memory.i64[state >>> 3];
  const float = (state: number): number => memory.f64[state >>> 3];

  return {
    mergeCount: each((state, other) => states.count(state, int(other))),
    mergeSumInt: each((state, other) => states.sumInt(state, states.intSumOf(other), int(other + 16))),
    mergeSumF64: checked((state, other) => hasAny(other) && states.sumF64(state, float(other), int(other + 8))),
    mergeMinInt: eachWithAny((state, other) => states.keepInt(true, state, int(other))),
    mergeMaxInt: eachWithAny((state, other) => states.keepInt(false, state, int(other))),
    mergeMinF64: eachWithAny((state, other) => states.keepFloat(true, state, float(other))),
    mergeMaxF64: eachWithAny((state, other) => states.keepFloat(false, state, float(other))),
    mergeMinStr: texts(true),
    mergeMaxStr: texts(false),
    mergeAnd: eachWithAny((state, other) => states.and(state, int(other))),
    mergeOr: eachWithAny((state, other) => states.or(state, int(other))),
    mergeVarF64: checked((state, other) => combineDeviations(memory.f64, state >>> 3, other >>> 3)),
  };
}

/** PostgreSQL's float8_combine of two states at word numbers; whether it overflows. */
function combineDeviations(floats: Float64Array, state: number, other: number): boolean {
  const [countA, sumA, squaresA] = floats.subarray(state, state + 3);
  const [countB, sumB, squaresB] = floats.subarray(other, other + 3);
  if (countB === 0) return false;
  if (countA === 0) {
    floats.copyWithin(state, other, other + 3);
    return false;
  }
  const apart = sumA / countA - sumB / countB;
  const count = countA + countB;
  const sum = sumA + sumB;
  const squares = squaresA + squaresB + (countA * countB * apart * apart) / count;
  floats.set([count, sum, squares], state);
  const overflows = (value: number, a: number, b: number): boolean =>
    Math.abs(value) === Infinity && Math.abs(a) !== Infinity && Math.abs(b) !== Infinity;
  return overflows(sum, sumA, sumB) || overflows(squares, squaresA, squaresB);
}
