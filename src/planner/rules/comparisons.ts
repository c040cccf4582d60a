/** Comparisons that rules make. */
import type { Expression } from '../../binder/expression.ts';
import type { ScalarFunction } from '../../types/function.ts';
import { OID } from '../../types/oid.ts';
import type { SqlType } from '../../types/type.ts';
import type { Planning } from '../context.ts';
import { BOOL } from '../expression-tools.ts';

export const INT8: SqlType = { oid: OID.int8, modifier: -1 };

/** `left operator right` over two values of one type; undefined where the type has no such operator of its own. */
export function comparison(operator: string, left: Expression, right: Expression, context: Planning): Expression | undefined {
  const called = operatorOver(operator, left.type, context);
  return called && { kind: 'call', function: called, args: [left, right], operator, type: BOOL };
}

/** Whether both are the same value, or both null. */
export function sameValue(left: Expression, right: Expression, context: Planning): Expression | undefined {
  const equals = operatorOver('=', left.type, context);
  return equals && { kind: 'is_distinct', left, right, equals, negated: true, type: BOOL };
}

function operatorOver(operator: string, { oid }: SqlType, { registry }: Planning): ScalarFunction | undefined {
  // A varchar is a text to its operators.
  const type = oid === OID.varchar ? OID.text : oid;
  return registry.operators(operator).find((candidate) => candidate.left === type && candidate.right === type)?.function;
}
