/** Rows of `src` into the states at `offset` of their tuples. */
type GroupAggregate = (tuples: number, offset: number, src: number, nulls: number, mask: number, n: number) => void;

/** As GroupAggregate: 0, or how many rows made a finite sum overflow. */
type CheckedAggregate = (tuples: number, offset: number, src: number, nulls: number, mask: number, n: number) => number;

/**
 * As GroupAggregate over rows [from, n), copies of texts going to the arena {u32 at, u32 end} at `arena`. Rows done, from 0: less
 * than n when the arena has not the row's length, made a multiple of 16; call again from there.
 */
type TextAggregate = (
  tuples: number,
  offset: number,
  src: number,
  nulls: number,
  mask: number,
  n: number,
  from: number,
  arena: number,
) => number;

/** Aggregates by group: `tuples` is u32[n], a row's own. Nulls and rows with mask 0 change nothing; either may be 0, none. */
export interface GroupAggregateKernels {
  /** count(x); count(*) with nulls 0. State: count. */
  groupCount(tuples: number, offset: number, nulls: number, mask: number, n: number): void;
  /** State: sumInt. */
  readonly groupSumI32: GroupAggregate;
  readonly groupSumI64: GroupAggregate;
  /** State: sumF64. In row order. */
  readonly groupSumF64: CheckedAggregate;
  /** State: extreme. Of equal floats the last stays. */
  readonly groupMinI32: GroupAggregate;
  readonly groupMaxI32: GroupAggregate;
  readonly groupMinI64: GroupAggregate;
  readonly groupMaxI64: GroupAggregate;
  readonly groupMinF64: GroupAggregate;
  readonly groupMaxF64: GroupAggregate;
  readonly groupMinStr: TextAggregate;
  readonly groupMaxStr: TextAggregate;
  /** State: logic. */
  readonly groupAnd: GroupAggregate;
  readonly groupOr: GroupAggregate;
  /** State: variance, as PostgreSQL's float8_accum does it (Youngs and Cramer, 1971), in row order. */
  readonly groupVarF64: CheckedAggregate;
}
