import type { AggregateCall, Expression, SortKey } from './expression.ts';
import type { PendingWindow } from './scope.ts';

/**
 * Whether two bound expressions are the same by structure: what PostgreSQL's `equal()` decides when it matches ORDER BY and
 * GROUP BY items with targets. Subqueries are equal only to themselves.
 */
export function sameExpression(a: Expression, b: Expression): boolean {
  if (a === b) return true;
  if (a.kind !== b.kind || a.kind === 'subquery') return false;
  return sameValue(a, b);
}

/** Whether two aggregate calls always give the same value over the same rows. */
export function sameAggregate(a: AggregateCall, b: AggregateCall): boolean {
  return sameValue(a, b);
}

/** Whether two sort orders are the same key by key. */
export function sameKeys(a: readonly SortKey[], b: readonly SortKey[]): boolean {
  return sameValue(a, b);
}

/** Whether two window calls give the same column. */
export function sameWindow(a: PendingWindow, b: PendingWindow): boolean {
  return sameValue(a, b);
}

/** Deep equality of immutable data; functions (SQL ones included) count as equal by name and signature. */
function sameValue(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, index) => sameValue(item, b[index]));
  if ('plan' in a || 'plan' in b) return false;
  if (isFunction(a)) return isFunction(b) && a.name === b.name && sameValue(a.arguments, b.arguments);
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => key in b && sameValue(Reflect.get(a, key), Reflect.get(b, key)));
}

function isFunction(value: object): value is { readonly name: string; readonly arguments: readonly number[] } {
  return 'name' in value && 'arguments' in value;
}
