/** What a comparison asks. */
export const COMPARE = { eq: 0, ne: 1, lt: 2, le: 3, gt: 4, ge: 5 } as const;

/** One of COMPARE. */
export type CompareOp = (typeof COMPARE)[keyof typeof COMPARE];

/** a op b, row by row. */
type CompareVectors = (op: CompareOp, a: number, b: number, n: number, dst: number) => void;

/** a op constant, the constant being one cell of the type (a reference for Str). */
type CompareConstant = (op: CompareOp, a: number, constant: number, n: number, dst: number) => void;

/** low <= a <= high, the bounds being cells of the type. */
type Between = (a: number, low: number, high: number, n: number, dst: number) => void;

/** Whether a is one of the `count` cells at `list`, which ascend. */
type InList = (a: number, list: number, count: number, n: number, dst: number) => void;

/** Comparisons of vectors to masks of n rows at `dst`. Nulls do not enter: the mask of a null row is arbitrary, but 0 or 1. */
export interface CompareKernels {
  readonly compareI32: CompareVectors;
  readonly compareI64: CompareVectors;
  readonly compareF64: CompareVectors;
  readonly compareStr: CompareVectors;
  readonly compareConstantI32: CompareConstant;
  readonly compareConstantI64: CompareConstant;
  readonly compareConstantF64: CompareConstant;
  readonly compareConstantStr: CompareConstant;
  readonly betweenI32: Between;
  readonly betweenI64: Between;
  readonly betweenF64: Between;
  readonly inListI32: InList;
  readonly inListI64: InList;
  readonly inListStr: InList;
}
