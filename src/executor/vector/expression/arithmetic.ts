/** Arithmetic over vectors. Integers of 64 bits that come as 32 are computed as 32 where the result fits. */
import type { Kernels } from '../../../kernels/kernels.ts';
import { orFallBack, type Vector, type VectorType } from '../vector.ts';
import type { EvaluateVector } from './evaluate.ts';
import { Widener, type Register, type Registers } from './registers.ts';

export type ArithmeticOp = 'add' | 'subtract' | 'multiply' | 'divide' | 'modulo';

/** dst = a op b; how many rows, not null, failed. */
type Run = (a: number, b: number, nulls: number, rows: number, dst: number) => number;

/** left op right, both of the type. */
export function arithmetic(
  op: ArithmeticOp,
  type: VectorType,
  left: EvaluateVector,
  right: EvaluateVector,
  registers: Registers,
): EvaluateVector {
  const { kernels } = registers;
  const register = registers.register(type);
  const run = kernelFor(op, type, kernels);
  const nulled = nullsOfBoth(register, kernels);
  if (type !== 'i64') {
    return (batch) => {
      const a = left(batch);
      const b = right(batch);
      const nulls = nulled(a, b, batch.rows);
      orFallBack(run(a.data, b.data, nulls, batch.rows, register.values));
      return register.own(nulls !== 0);
    };
  }
  const narrow = op === 'multiply' ? undefined : kernelFor(op, 'i32', kernels);
  const leftWidener = new Widener(registers, 'i64');
  const rightWidener = new Widener(registers, 'i64');
  return (batch) => {
    const { rows } = batch;
    const a = left(batch);
    const b = right(batch);
    const nulls = nulled(a, b, rows);
    if (a.isNarrow && b.isNarrow) {
      if (narrow === undefined) {
        kernels.mulI32ToI64(a.data, b.data, rows, register.values);
        return register.own(nulls !== 0);
      }
      if (narrow(a.data, b.data, nulls, rows, register.values) === 0) {
        register.own(nulls !== 0);
        register.isNarrow = true;
        return register;
      }
    }
    orFallBack(run(leftWidener.wide(a, rows).data, rightWidener.wide(b, rows).data, nulls, rows, register.values));
    return register.own(nulls !== 0);
  };
}

/** -arg. */
export function negation(type: VectorType, arg: EvaluateVector, registers: Registers): EvaluateVector {
  const { kernels } = registers;
  const register = registers.register(type);
  const widener = new Widener(registers, 'i64');
  return (batch) => {
    const a = arg(batch);
    const { rows } = batch;
    if (type === 'f64') kernels.negF64(a.data, rows, register.values);
    else if (type === 'i32') orFallBack(kernels.negI32(a.data, a.nulls, rows, register.values));
    else orFallBack(kernels.negI64(widener.wide(a, rows).data, a.nulls, rows, register.values));
    register.pointAtValues(register.values, a.nulls);
    return register;
  };
}

/** Where a or b is null, in the register's null bytes; 0 when neither can be. */
function nullsOfBoth(register: Register, kernels: Kernels): (a: Vector, b: Vector, rows: number) => number {
  return (a, b, rows) => {
    if (a.nulls === 0 && b.nulls === 0) return 0;
    kernels.orNulls(register.nullBytes, a.nulls, b.nulls, rows);
    return register.nullBytes;
  };
}

function kernelFor(op: ArithmeticOp, type: VectorType, kernels: Kernels): Run {
  switch (op) {
    case 'add':
      return type === 'i32' ? kernels.addI32 : type === 'i64' ? kernels.addI64 : kernels.addF64;
    case 'subtract':
      return type === 'i32' ? kernels.subI32 : type === 'i64' ? kernels.subI64 : kernels.subF64;
    case 'multiply':
      return type === 'i32' ? kernels.mulI32 : type === 'i64' ? kernels.mulI64 : kernels.mulF64;
    case 'divide':
      return type === 'i32' ? kernels.divI32 : type === 'i64' ? kernels.divI64 : kernels.divF64;
    case 'modulo':
      return type === 'i32' ? kernels.modI32 : kernels.modI64;
  }
}
