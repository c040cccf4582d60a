import type { GroupAggregateKernels } from '../interface/group-aggregate.ts';
import { AggregateStates } from './aggregate-state.ts';
import type { MemoryViews } from './memory-views.ts';

export function groupAggregateTwin(memory: MemoryViews): GroupAggregateKernels {
  const states = new AggregateStates(memory);
  const stateOf = (tuples: number, offset: number, row: number): number => memory.u32[(tuples >>> 2) + row] + offset;
  const each =
    (step: (state: number, src: number, row: number) => void): GroupAggregateKernels['groupSumI32'] =>
    (tuples, offset, src, nulls, mask, n) => {
      for (let row = 0; row < n; row++) if (states.counts(nulls, mask, row)) step(stateOf(tuples, offset, row), src, row);
    };
  const checked =
    (step: (state: number, value: number) => boolean): GroupAggregateKernels['groupSumF64'] =>
    (tuples, offset, src, nulls, mask, n) => {
      let failed = 0;
      for (let row = 0; row < n; row++) {
        if (states.counts(nulls, mask, row) && step(stateOf(tuples, offset, row), memory.f64[(src >>> 3) + row])) failed++;
      }
      return failed;
    };
  const texts =
    (isMin: boolean): GroupAggregateKernels['groupMinStr'] =>
    (tuples, offset, src, nulls, mask, n, from, arena) => {
      for (let row = from; row < n; row++) {
        if (states.counts(nulls, mask, row) && !states.keepText(isMin, stateOf(tuples, offset, row), src + row * 8, arena)) return row;
      }
      return n;
    };
  const int32 = (src: number, row: number): bigint => BigInt(memory.i32[(src >>> 2) + row]);
  const int64 = (src: number, row: number): bigint => memory.i64[(src >>> 3) + row];
  const float = (src: number, row: number): number => memory.f64[(src >>> 3) + row];
  const bool = (src: number, row: number): bigint => BigInt(memory.u8[src + row]);

  return {
    groupCount(tuples, offset, nulls, mask, n) {
      for (let row = 0; row < n; row++) if (states.counts(nulls, mask, row)) states.count(stateOf(tuples, offset, row));
    },
    groupSumI32: each((state, src, row) => states.sumInt(state, int32(src, row))),
    groupSumI64: each((state, src, row) => states.sumInt(state, int64(src, row))),
    groupSumF64: checked((state, value) => states.sumF64(state, value)),
    groupMinI32: each((state, src, row) => states.keepInt(true, state, int32(src, row))),
    groupMaxI32: each((state, src, row) => states.keepInt(false, state, int32(src, row))),
    groupMinI64: each((state, src, row) => states.keepInt(true, state, int64(src, row))),
    groupMaxI64: each((state, src, row) => states.keepInt(false, state, int64(src, row))),
    groupMinF64: each((state, src, row) => states.keepFloat(true, state, float(src, row))),
    groupMaxF64: each((state, src, row) => states.keepFloat(false, state, float(src, row))),
    groupMinStr: texts(true),
    groupMaxStr: texts(false),
    groupAnd: each((state, src, row) => states.and(state, bool(src, row))),
    groupOr: each((state, src, row) => states.or(state, bool(src, row))),
    groupVarF64: checked((state, value) => states.deviation(state, value)),
  };
}
