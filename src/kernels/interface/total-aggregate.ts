/** Rows of `src` into the one state at `state`. */
type TotalAggregate = (state: number, src: number, nulls: number, mask: number, n: number) => void;

/** As TotalAggregate: 0, or how many times finite values made a finite sum overflow. */
type CheckedTotal = (state: number, src: number, nulls: number, mask: number, n: number) => number;

/** As TotalAggregate, over rows [from, n) with an arena: see TextAggregate in group-aggregate.ts. */
type TextTotal = (state: number, src: number, nulls: number, mask: number, n: number, from: number, arena: number) => number;

/** Aggregates without groups, of the same states. Nulls and rows with mask 0 change nothing; either may be 0, none. */
export interface TotalAggregateKernels {
  totalCount(state: number, nulls: number, mask: number, n: number): void;
  readonly totalSumI32: TotalAggregate;
  readonly totalSumI64: TotalAggregate;
  /** Row r is added in lane r mod 8; the lanes are added at the end, and their sum to the state. */
  readonly totalSumF64: CheckedTotal;
  readonly totalMinI32: TotalAggregate;
  readonly totalMaxI32: TotalAggregate;
  readonly totalMinI64: TotalAggregate;
  readonly totalMaxI64: TotalAggregate;
  readonly totalMinF64: TotalAggregate;
  readonly totalMaxF64: TotalAggregate;
  readonly totalMinStr: TextTotal;
  readonly totalMaxStr: TextTotal;
  readonly totalAnd: TotalAggregate;
  readonly totalOr: TotalAggregate;
  readonly totalVarF64: CheckedTotal;
}
