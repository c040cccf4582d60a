/** The states at `offset` of tuples u32[n] at `from` into those of u32[n] at `into`. */
type Merge = (into: number, from: number, offset: number, n: number) => void;

/** As Merge: 0, or how many finite sums overflowed. */
type CheckedMerge = (into: number, from: number, offset: number, n: number) => number;

/** As Merge over rows [start, n), with an arena: see TextAggregate in group-aggregate.ts. */
type TextMerge = (into: number, from: number, offset: number, n: number, start: number, arena: number) => number;

/** States that were counted apart, brought together. A tuple may appear more than once. */
export interface MergeAggregateKernels {
  readonly mergeCount: Merge;
  readonly mergeSumInt: Merge;
  readonly mergeSumF64: CheckedMerge;
  /** I32 and I64. */
  readonly mergeMinInt: Merge;
  readonly mergeMaxInt: Merge;
  readonly mergeMinF64: Merge;
  readonly mergeMaxF64: Merge;
  readonly mergeMinStr: TextMerge;
  readonly mergeMaxStr: TextMerge;
  readonly mergeAnd: Merge;
  readonly mergeOr: Merge;
  readonly mergeVarF64: CheckedMerge;
}
