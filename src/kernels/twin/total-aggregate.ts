import type { TotalAggregateKernels } from '../interface/total-aggregate.ts';
import { AggregateStates, isKept } from './aggregate-state.ts';
import type { MemoryViews } from './memory-views.ts';

export function totalAggregateTwin(memory: MemoryViews): TotalAggregateKernels {
  const states = new AggregateStates(memory);
  const each =
    (step: (state: number, src: number, row: number) => void): TotalAggregateKernels['totalSumI32'] =>
    (state, src, nulls, mask, n) => {
      for (let row = 0; row < n; row++) if (states.counts(nulls, mask, row)) step(state, src, row);
    };
  const texts =
    (isMin: boolean): TotalAggregateKernels['totalMinStr'] =>
    (state, src, nulls, mask, n, from, arena) => {
      for (let row = from; row < n; row++) {
        if (states.counts(nulls, mask, row) && !states.keepText(isMin, state, src + row * 8, arena)) return row;
      }
      return n;
    };
  const floats =
    (isMin: boolean): TotalAggregateKernels['totalMinF64'] =>
    (state, src, nulls, mask, n) => {
      // Four lanes, so that of -0 and 0 the same one stays.
      const lanes = new Array<number>(4).fill(isMin ? Number.NaN : -Infinity);
      const better = (kept: number, value: number): number => (isKept(isMin, kept, value) ? kept : value);
      let any = false;
      for (let row = 0; row < n; row++) {
        const counted = states.counts(nulls, mask, row);
        any ||= counted;
        if (counted) lanes[row & 3] = better(lanes[row & 3], memory.f64[(src >>> 3) + row]);
      }
      if (any) states.keepFloat(isMin, state, better(better(lanes[0], lanes[2]), better(lanes[1], lanes[3])));
    };
  const int32 = (src: number, row: number): bigint => BigInt(memory.i32[(src >>> 2) + row]);
  const int64 = (src: number, row: number): bigint => memory.i64[(src >>> 3) + row];
  const bool = (src: number, row: number): bigint => BigInt(memory.u8[src + row]);

  return {
    totalCount(state, nulls, mask, n) {
      for (let row = 0; row < n; row++) if (states.counts(nulls, mask, row)) states.count(state);
    },
    totalSumI32: each((state, src, row) => states.sumInt(state, int32(src, row))),
    totalSumI64: each((state, src, row) => states.sumInt(state, int64(src, row))),
    totalSumF64(state, src, nulls, mask, n) {
      const lanes = new Array<number>(8).fill(-0);
      let count = 0;
      let areFinite = true;
      for (let row = 0; row < n; row++) {
        if (!states.counts(nulls, mask, row)) continue;
        const value = memory.f64[(src >>> 3) + row];
        lanes[row & 7] += value;
        count++;
        areFinite &&= Number.isFinite(value);
      }
      if (count === 0) return 0;
      const [a, b, c, d, e, f, g, h] = lanes;
      const before = memory.f64[state >>> 3];
      states.sumF64(state, a + e + (c + g) + (b + f + (d + h)), BigInt(count));
      return Number.isFinite(memory.f64[state >>> 3]) || !Number.isFinite(before) || !areFinite ? 0 : 1;
    },
    totalMinI32: each((state, src, row) => states.keepInt(true, state, int32(src, row))),
    totalMaxI32: each((state, src, row) => states.keepInt(false, state, int32(src, row))),
    totalMinI64: each((state, src, row) => states.keepInt(true, state, int64(src, row))),
    totalMaxI64: each((state, src, row) => states.keepInt(false, state, int64(src, row))),
    totalMinF64: floats(true),
    totalMaxF64: floats(false),
    totalMinStr: texts(true),
    totalMaxStr: texts(false),
    totalAnd: each((state, src, row) => states.and(state, bool(src, row))),
    totalOr: each((state, src, row) => states.or(state, bool(src, row))),
    totalVarF64(state, src, nulls, mask, n) {
      let failed = 0;
      for (let row = 0; row < n; row++) {
        if (states.counts(nulls, mask, row) && states.deviation(state, memory.f64[(src >>> 3) + row])) failed++;
      }
      return failed;
    },
  };
}
