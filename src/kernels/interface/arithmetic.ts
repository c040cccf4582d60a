/** dst = a op b. Answers how many rows that are not null (`nulls` may be 0) failed; their dst is the wrapped (I32, I64) or IEEE result, 0 after a division of integers by zero. */
type Arithmetic = (a: number, b: number, nulls: number, n: number, dst: number) => number;

/** The same with one cell of the type, at `constant`, as b. */
type ConstantArithmetic = (a: number, constant: number, nulls: number, n: number, dst: number) => number;

/** dst = op a, failing likewise. */
type Unary = (a: number, nulls: number, n: number, dst: number) => number;

/** dst = op a, which cannot fail. */
type SafeUnary = (a: number, n: number, dst: number) => void;

/** Whole numbers, int2 to int8 and scaled numerics alike: a result out of range has failed. */
export interface IntegerArithmeticKernels {
  readonly addI32: Arithmetic;
  readonly subI32: Arithmetic;
  readonly mulI32: Arithmetic;
  readonly addI64: Arithmetic;
  readonly subI64: Arithmetic;
  readonly mulI64: Arithmetic;
  readonly addConstantI32: ConstantArithmetic;
  readonly subConstantI32: ConstantArithmetic;
  /** constant - a. */
  readonly rsubConstantI32: ConstantArithmetic;
  readonly mulConstantI32: ConstantArithmetic;
  readonly addConstantI64: ConstantArithmetic;
  readonly subConstantI64: ConstantArithmetic;
  /** constant - a. */
  readonly rsubConstantI64: ConstantArithmetic;
  /** Also what brings a scaled numeric to a greater scale: times a power of ten. */
  readonly mulConstantI64: ConstantArithmetic;
  /** I32 times I32 as I64, which never overflows. */
  mulI32ToI64(a: number, b: number, n: number, dst: number): void;
}

/** Division truncates towards zero, and fails for a zero divisor and for the least value by -1; that value modulo -1 is 0. */
export interface IntegerDivisionKernels {
  readonly divI32: Arithmetic;
  readonly divI64: Arithmetic;
  readonly modI32: Arithmetic;
  readonly modI64: Arithmetic;
  readonly divConstantI32: ConstantArithmetic;
  readonly divConstantI64: ConstantArithmetic;
  readonly modConstantI32: ConstantArithmetic;
  readonly modConstantI64: ConstantArithmetic;
  /** The least value has no negative and no magnitude, and fails. */
  readonly negI32: Unary;
  readonly negI64: Unary;
  readonly absI32: Unary;
  readonly absI64: Unary;
  /** A scaled numeric to a lesser scale: by a power of ten from 10 to 10^18 (an i64 cell), rounded half away from zero. */
  scaleDownI64(a: number, divisor: number, n: number, dst: number): void;
}

/** Floats as PostgreSQL computes them: finite numbers that give infinity, others than zero that give zero, and x / 0 have failed. */
export interface FloatArithmeticKernels {
  readonly addF64: Arithmetic;
  readonly subF64: Arithmetic;
  readonly mulF64: Arithmetic;
  readonly divF64: Arithmetic;
  readonly addConstantF64: ConstantArithmetic;
  readonly subConstantF64: ConstantArithmetic;
  /** constant - a. */
  readonly rsubConstantF64: ConstantArithmetic;
  readonly mulConstantF64: ConstantArithmetic;
  readonly divConstantF64: ConstantArithmetic;
  readonly negF64: SafeUnary;
  readonly absF64: SafeUnary;
  /** To the nearest whole number, halves to even. */
  readonly roundF64: SafeUnary;
  readonly floorF64: SafeUnary;
  readonly ceilF64: SafeUnary;
}
