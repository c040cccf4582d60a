import { present } from '../../base/assert.ts';
import type { ScalarFunction, SqlOperator } from '../function.ts';
import { OID } from '../oid.ts';
import type { SqlType } from '../type.ts';
import { typeDefinition } from '../types.ts';
import type { Value } from '../value.ts';
import { comparisonNames, comparisons } from './define.ts';

/** Comparisons of enums, whose order is that of their type's labels. */
export function enumOperators(): SqlOperator[] {
  const byText = comparisons(OID.anyenum, OID.anyenum, comparisonNames('enum_'), (a: string, b: string) => (a === b ? 0 : 1));
  return byText.map((operator) => {
    const holds = HOLDS[operator.name];
    return holds === undefined ? operator : { ...operator, function: { ...operator.function, specialize: byPlace(holds) } };
  });
}

/** Those that need the order; equality does not. */
const HOLDS: Readonly<Record<string, (order: number) => boolean>> = {
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};

function byPlace(holds: (order: number) => boolean): NonNullable<ScalarFunction['specialize']> {
  return ([type]: readonly SqlType[]) => {
    const compare = present(typeDefinition(type.oid).compare, 'an enum has an order');
    return (_context, a: Value, b: Value) => holds(compare(a, b));
  };
}
