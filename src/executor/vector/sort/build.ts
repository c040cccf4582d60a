import type { SortNode } from '../../../planner/physical.ts';
import { buildVectors, chosen, closed } from '../build.ts';
import type { VectorContext } from '../context.ts';
import type { VectorOperator } from '../operator.ts';
import { Sort, type SortColumn } from './sort.ts';

/** More rows wanted than this are sorted as if all were. */
const LIMIT_MAX = 100_000;

/** The sort node over vectors; undefined when a key or a column has no form. */
export function buildSort(node: SortNode, context: VectorContext): VectorOperator | undefined {
  const input = buildVectors(node.input, context);
  if (input === undefined) return undefined;
  const scope = context.over(input.columns);
  const keys: SortColumn[] = [];
  for (const { expression, descending, nullsFirst } of node.keys) {
    const key = scope.lower(expression);
    if (key === undefined) return closed(input);
    const column = expression.kind === 'column' ? expression.ref : undefined;
    keys.push({ evaluate: scope.prepare(key), isDescending: descending, nullsFirst, type: key.type, column });
  }
  const limit = limitOf(node, context);
  if (limit === 'unknown') return closed(input);
  const output = chosen(input.columns, node.output);
  const places = output.map((column) => input.columns.indexOf(column));
  return new Sort({ input, keys, output, places, limit }, context);
}

/** How many rows are wanted; undefined: all. A limit that only rows can judge is not known. */
function limitOf({ top }: SortNode, context: VectorContext): number | undefined | 'unknown' {
  if (top === undefined) return undefined;
  const limit = context.valueOf(top.limit);
  const offset = top.offset === undefined ? 0 : context.valueOf(top.offset);
  if (limit === null) return undefined;
  if (typeof limit !== 'number' || limit < 0) return 'unknown';
  if (offset !== null && (typeof offset !== 'number' || offset < 0)) return 'unknown';
  const wanted = limit + (offset ?? 0);
  return wanted > LIMIT_MAX ? undefined : wanted;
}
