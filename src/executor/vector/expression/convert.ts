import { orFallBack, type Form } from '../vector.ts';
import type { EvaluateVector } from './evaluate.ts';
import type { VectorExpression } from './ir.ts';
import { Widener, type Registers } from './registers.ts';

/** Doubles hold every integer up to this. */
const EXACT_MAX = 2n ** 53n;

/** The argument's vector in another form: wider integers, more decimal places, floats. */
export function conversion(argument: VectorExpression, form: Form, arg: EvaluateVector, registers: Registers): EvaluateVector {
  const { kernels } = registers;
  const register = registers.register(form.type);
  if (form.type === 'f64') return toFloat(argument, arg, registers);
  const widener = new Widener(registers, 'i64');
  if (argument.type === 'i32') {
    if (form.scale === 0) {
      const narrow = registers.register('i64');
      return (batch) => {
        const a = arg(batch);
        narrow.pointAtValues(a.data, a.nulls);
        narrow.isNarrow = true;
        return narrow;
      };
    }
    return (batch) => {
      const a = arg(batch);
      kernels.i32ToI64(a.data, batch.rows, register.values);
      register.pointAtValues(register.values, a.nulls);
      return register;
    };
  }
  const factor = registers.cell('i64', 10n ** BigInt(form.scale - argument.scale));
  return (batch) => {
    const a = widener.wide(arg(batch), batch.rows);
    orFallBack(kernels.mulConstantI64(a.data, factor, a.nulls, batch.rows, register.values));
    register.pointAtValues(register.values, a.nulls);
    return register;
  };
}

/** A scaled integer divided by its power of ten is the nearest double as long as both are exact. */
function toFloat(argument: VectorExpression, arg: EvaluateVector, registers: Registers): EvaluateVector {
  const { kernels } = registers;
  const register = registers.register('f64');
  const divisor = registers.cell('f64', 10 ** argument.scale);
  const bounds = registers.cells('i64', [-EXACT_MAX, EXACT_MAX]);
  const exact = registers.bytes();
  return (batch) => {
    const { rows } = batch;
    const a = arg(batch);
    if (argument.type === 'i32' || a.isNarrow) kernels.i32ToF64(a.data, rows, register.values);
    else {
      if (argument.scale > 0) {
        kernels.betweenI64(a.data, bounds, bounds + 8, rows, exact);
        orFallBack(kernels.maskAnyAll(exact, rows) === 2 ? 0 : 1);
      }
      kernels.i64ToF64(a.data, rows, register.values);
    }
    if (argument.scale > 0) kernels.divConstantF64(register.values, divisor, a.nulls, rows, register.values);
    register.pointAtValues(register.values, a.nulls);
    return register;
  };
}
