/** dst = a as another type. Answers how many rows that are not null do not fit; their dst is 0 (from F64) or the low half (from I64). */
type Checked = (a: number, nulls: number, n: number, dst: number) => number;

/** dst = a as another type, which cannot fail. */
type Safe = (a: number, n: number, dst: number) => void;

/** Conversions between numbers, as PostgreSQL casts them. `dst` may be `a` only where it is not the wider. */
export interface ConvertKernels {
  readonly i32ToI64: Safe;
  readonly i32ToF64: Safe;
  readonly i64ToF64: Safe;
  readonly i64ToI32: Checked;
  /** Rounded half to even; NaN and what is out of range do not fit. */
  readonly f64ToI32: Checked;
  readonly f64ToI64: Checked;
  /**
   * F64 to the nearest number of float4, still as F64: after an operation on float4s it gives their own result. Finite numbers that
   * become infinite, and others than zero that become zero, have failed.
   */
  readonly roundF32: Checked;
}
