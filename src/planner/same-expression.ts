import type { Expression } from '../binder/expression.ts';
import { childrenOf } from './expression-tools.ts';

/** Whether two expressions are built alike and so always have one value. False may only mean that it is not seen. */
export function sameExpression(a: Expression, b: Expression): boolean {
  if (a === b) return true;
  if (a.kind !== b.kind || a.type.oid !== b.type.oid || a.type.modifier !== b.type.modifier) return false;
  if (!sameHead(a, b)) return false;
  const left = childrenOf(a);
  const right = childrenOf(b);
  return left.length === right.length && left.every((part, at) => sameExpression(part, right[at]));
}

function sameHead(a: Expression, b: Expression): boolean {
  switch (a.kind) {
    case 'constant':
      return b.kind === 'constant' && a.value === b.value;
    case 'parameter':
      return b.kind === 'parameter' && a.index === b.index;
    case 'column':
      return b.kind === 'column' && a.ref === b.ref;
    case 'call':
      return b.kind === 'call' && a.function === b.function && a.function.volatility !== 'volatile';
    case 'cast':
      return b.kind === 'cast' && a.cast === b.cast && a.explicit === b.explicit;
    case 'and':
    case 'or':
    case 'not':
    case 'coalesce':
      return true;
    case 'is_null':
      return b.kind === 'is_null' && a.negated === b.negated;
    case 'in_list':
      return b.kind === 'in_list' && a.negated === b.negated && a.equals === b.equals;
    default:
      return false;
  }
}
