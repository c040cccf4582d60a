/** Integer and float arithmetic inlined into closures; whatever leaves the safe range is left to the function itself. */
import type { CallExpression } from '../../binder/expression.ts';
import { OID } from '../../types/oid.ts';
import { compileCall } from './function-call.ts';
import type { Evaluate } from './scope.ts';

const INT4_MIN = -2147483648;
const INT4_MAX = 2147483647;

/** A closure for +, - and * over two values of one number type; undefined when the call is not of that shape. */
export function compileArithmetic(call: CallExpression, left: Evaluate, right: Evaluate): Evaluate | undefined {
  const type = call.type.oid;
  if (call.args[0].type.oid !== type || call.args[1].type.oid !== type) return undefined;
  const exact = compileCall(
    call.function,
    call.args.map((arg) => arg.type),
    call.type,
    [left, right],
  );
  if (type === OID.int4) return integer(call.operator, left, right, exact, INT4_MIN, INT4_MAX);
  if (type === OID.int8) return integer(call.operator, left, right, exact, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  if (type === OID.float8) return float(call.operator, left, right, exact);
  return undefined;
}

function integer(
  operator: string | undefined,
  left: Evaluate,
  right: Evaluate,
  exact: Evaluate,
  min: number,
  max: number,
): Evaluate | undefined {
  switch (operator) {
    case '+':
      return (row, environment) => {
        const a = left(row, environment);
        const b = right(row, environment);
        if (typeof a !== 'number' || typeof b !== 'number') return a === null || b === null ? null : exact(row, environment);
        const sum = a + b;
        return sum >= min && sum <= max ? sum : exact(row, environment);
      };
    case '-':
      return (row, environment) => {
        const a = left(row, environment);
        const b = right(row, environment);
        if (typeof a !== 'number' || typeof b !== 'number') return a === null || b === null ? null : exact(row, environment);
        const difference = a - b;
        return difference >= min && difference <= max ? difference : exact(row, environment);
      };
    case '*':
      return (row, environment) => {
        const a = left(row, environment);
        const b = right(row, environment);
        if (typeof a !== 'number' || typeof b !== 'number') return a === null || b === null ? null : exact(row, environment);
        const product = a * b;
        return product >= min && product <= max && product !== 0 ? product : exact(row, environment);
      };
    default:
      return undefined;
  }
}

function float(operator: string | undefined, left: Evaluate, right: Evaluate, exact: Evaluate): Evaluate | undefined {
  const compute = operator === '+' ? plus : operator === '-' ? minus : operator === '*' ? times : undefined;
  if (compute === undefined) return undefined;
  return (row, environment) => {
    const a = left(row, environment);
    const b = right(row, environment);
    if (a === null || b === null) return null;
    const value = compute(a as number, b as number);
    return value !== 0 && Number.isFinite(value) ? value : exact(row, environment);
  };
}

function plus(a: number, b: number): number {
  return a + b;
}

function minus(a: number, b: number): number {
  return a - b;
}

function times(a: number, b: number): number {
  return a * b;
}
