/** a op b of masks, byte by byte. */
type MaskOp = (a: number, b: number, n: number, dst: number) => void;

/** Three-valued logic over (value, nulls) pairs, and arithmetic of masks. Where the answer is null, its value is 0. */
export interface LogicKernels {
  /** a AND b. Without nulls on both sides `dstNulls` is not written (and may be 0); else it may be one of the inputs' nulls. */
  andBool(a: number, aNulls: number, b: number, bNulls: number, n: number, dst: number, dstNulls: number): void;
  /** a OR b, likewise. */
  orBool(a: number, aNulls: number, b: number, bNulls: number, n: number, dst: number, dstNulls: number): void;
  /** NOT a; the nulls stay those of a. */
  notBool(a: number, n: number, dst: number): void;
  readonly maskAnd: MaskOp;
  readonly maskOr: MaskOp;
  /** Also `<>` of Bool; `=` is its `notBool`. */
  readonly maskXor: MaskOp;
  /** a and not b; b may be 0, which is none. With nulls for b: true and not null. */
  readonly maskAndNot: MaskOp;
  /** Null where a or b is; each may be 0. All zero when both are. */
  orNulls(dst: number, a: number, b: number, n: number): void;
  /** The mask of rows that are null; `nulls` may be 0. */
  isNull(nulls: number, n: number, dst: number): void;
  /** The mask of rows that are not null; `nulls` may be 0. */
  isNotNull(nulls: number, n: number, dst: number): void;
  /** Rows that are 1. */
  countMask(mask: number, n: number): number;
  /** 0 when no row is 1, 2 when all are, else 1. */
  maskAnyAll(mask: number, n: number): number;
}
