/** What the planner and the executor need to know about types to compare values without asking a function. */
import type { Expression } from '../binder/expression.ts';
import { OID, type Oid } from '../types/oid.ts';

/**
 * Types of one family hold equal values as equal hash keys, so that a value of one may be looked up among values of another.
 * A type outside the listed families is its own.
 */
export function familyOf(type: Oid): number {
  switch (type) {
    case OID.int2:
    case OID.int4:
    case OID.int8:
      return OID.int8;
    case OID.float4:
    case OID.float8:
      return OID.float8;
    case OID.text:
    case OID.varchar:
    case OID.name:
      return OID.text;
    default:
      return type;
  }
}

/** Whether a value of the type is a number or bigint that JavaScript's own comparison orders as SQL does. */
export function isPlainNumber(type: Oid): boolean {
  switch (type) {
    case OID.int2:
    case OID.int4:
    case OID.int8:
    case OID.oid:
    case OID.date:
    case OID.time:
    case OID.timestamp:
    case OID.timestamptz:
      return true;
    default:
      return false;
  }
}

/** Whether a value of the type is a string whose equality is JavaScript's. */
export function isPlainText(type: Oid): boolean {
  return type === OID.text || type === OID.varchar || type === OID.name || type === OID.uuid;
}

export type Comparison = '=' | '<>' | '<' | '<=' | '>' | '>=';

const SWAPPED: Readonly<Record<Comparison, Comparison>> = { '=': '=', '<>': '<>', '<': '>', '<=': '>=', '>': '<', '>=': '<=' };

/** The operator with its sides exchanged. */
export function swapped(operator: Comparison): Comparison {
  return SWAPPED[operator];
}

export interface ComparisonParts {
  readonly operator: Comparison;
  readonly left: Expression;
  readonly right: Expression;
}

/** The comparison operator that a call is; undefined for anything else. */
export function operatorOf(expression: Expression & { readonly kind: 'call' }): Comparison | undefined {
  const operator = expression.operator === '!=' ? '<>' : expression.operator;
  return operator !== undefined && operator in SWAPPED ? (operator as Comparison) : undefined;
}

/** A call of one of the six comparison operators over two types of one family, taken apart; undefined for anything else. */
export function comparisonOf(expression: Expression): ComparisonParts | undefined {
  if (expression.kind !== 'call' || expression.args.length !== 2) return undefined;
  const operator = operatorOf(expression);
  const [left, right] = expression.args;
  if (operator === undefined || familyOf(left.type.oid) !== familyOf(right.type.oid)) return undefined;
  return { operator, left, right };
}
