import type { SortBy } from '@pgsql/types';
import type { Binding } from './binding.ts';
import type { Expression, SortKey } from './expression.ts';
import { locationOf, stringList } from './node.ts';
import { definitionOf, displayType } from './typing.ts';

/** An expression to sort by, with direction and place of nulls (last when ascending, first when descending, unless said). */
export function sortKeyOf(binding: Binding, expression: Expression, node: SortBy): SortKey {
  const operator = stringList(node.useOp).at(-1);
  if (node.sortby_dir === 'SORTBY_USING' && operator !== '<' && operator !== '>') {
    throw binding.error('wrong_object_type', `operator ${operator ?? ''} is not a valid ordering operator`, node.location ?? 0, {
      hint: 'Ordering operators must be "<" or ">" members of btree operator families.',
    });
  }
  requireOrder(binding, expression, node.node === undefined ? undefined : locationOf(node.node));
  const descending = node.sortby_dir === 'SORTBY_DESC' || (node.sortby_dir === 'SORTBY_USING' && operator === '>');
  const nullsFirst = node.sortby_nulls === 'SORTBY_NULLS_FIRST' || (node.sortby_nulls !== 'SORTBY_NULLS_LAST' && descending);
  return { expression, descending, nullsFirst };
}

/** SQLSTATE 42883 when values of the expression's type cannot be sorted (json). */
function requireOrder(binding: Binding, expression: Expression, location: number | undefined): void {
  const definition = definitionOf(binding, expression.type);
  if (definition === undefined || definition.compare !== undefined) return;
  throw binding.error(
    'undefined_function',
    `could not identify an ordering operator for type ${displayType(binding, expression.type)}`,
    location,
    {
      hint: 'Use an explicit ordering operator or modify the query.',
    },
  );
}

/** SQLSTATE 42883 when values of the expression's type cannot be told apart (json), for DISTINCT, GROUP BY and UNION. */
export function requireEquality(binding: Binding, expression: Expression): void {
  const definition = definitionOf(binding, expression.type);
  if (definition === undefined || definition.compare !== undefined) return;
  throw binding.error(
    'undefined_function',
    `could not identify an equality operator for type ${displayType(binding, expression.type)}`,
    binding.locationOf(expression),
  );
}
