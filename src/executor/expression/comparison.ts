/** The six comparisons inlined for types whose JavaScript order is SQL's, as values and as tests. */
import type { CallExpression } from '../../binder/expression.ts';
import { comparisonOf, isPlainNumber, isPlainText, type Comparison } from '../../planner/type-facts.ts';
import type { Value } from '../../types/value.ts';
import type { Evaluate, Test } from './scope.ts';

type Operand = number | bigint | string;

/** Which comparison the call is when it may be inlined: numbers by all six, text by equality only (its order is not JavaScript's). */
export function inlineComparison(call: CallExpression): Comparison | undefined {
  const parts = comparisonOf(call);
  if (parts === undefined) return undefined;
  const { oid } = parts.left.type;
  if (isPlainNumber(oid) && isPlainNumber(parts.right.type.oid)) return parts.operator;
  if (isPlainText(oid) && isPlainText(parts.right.type.oid) && (parts.operator === '=' || parts.operator === '<>')) return parts.operator;
  return undefined;
}

/** Three-valued: null when a side is null. */
export function comparisonValue(operator: Comparison, left: Evaluate, right: Evaluate): Evaluate {
  const holds = HOLDS[operator];
  return (row, environment) => {
    const a = left(row, environment);
    if (a === null) return null;
    const b = right(row, environment);
    return b === null ? null : holds(a as Operand, b as Operand);
  };
}

/** True only when both sides are present and the comparison holds. */
export function comparisonTest(operator: Comparison, left: Evaluate, right: Evaluate): Test {
  switch (operator) {
    case '=':
      return (row, environment) => {
        const a = left(row, environment);
        return a !== null && a === right(row, environment);
      };
    case '<>':
      return (row, environment) => {
        const a = left(row, environment);
        if (a === null) return false;
        const b = right(row, environment);
        return b !== null && a !== b;
      };
    default: {
      const holds = HOLDS[operator];
      return (row, environment) => {
        const a = left(row, environment);
        if (a === null) return false;
        const b = right(row, environment);
        return b !== null && holds(a as Operand, b as Operand);
      };
    }
  }
}

/** A column against a constant: the shape of most filters. */
export function columnTest(operator: Comparison, slot: number, value: Value): Test {
  if (value === null) return () => false;
  const limit = value as Operand;
  switch (operator) {
    case '=':
      return (row) => row[slot] === limit;
    case '<>':
      return (row) => row[slot] !== null && row[slot] !== limit;
    case '<':
      return (row) => row[slot] !== null && (row[slot] as Operand) < limit;
    case '<=':
      return (row) => row[slot] !== null && (row[slot] as Operand) <= limit;
    case '>':
      return (row) => row[slot] !== null && (row[slot] as Operand) > limit;
    case '>=':
      return (row) => row[slot] !== null && (row[slot] as Operand) >= limit;
  }
}

const HOLDS: Readonly<Record<Comparison, (a: Operand, b: Operand) => boolean>> = {
  '=': (a, b) => a === b,
  '<>': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};
