/** Which select item an ORDER BY, GROUP BY or DISTINCT ON item means: an output name, a position, or an expression. */
import type { A_Const, Node, SortBy } from '@pgsql/types';
import { bindExpression } from './bind-expression.ts';
import type { Target } from './bind-target.ts';
import { settleUnknown } from './coerce.ts';
import { sameExpression } from './equal.ts';
import type { Expression } from './expression.ts';
import { findColumn, type Level } from './scope.ts';
import { stringList } from './node.ts';

/** The target an item of `words` (ORDER BY, GROUP BY, DISTINCT ON) names; a new junk target when it names none. */
export function findTarget(level: Level, node: Node, targets: Target[], words: string): Target {
  const named = byName(level, node, targets, words) ?? byPosition(level, node, targets, words);
  if (named !== undefined) return named;
  const bound = settleUnknown(level.binding, bindExpression(level, node));
  const known = targets.find((target) => sameExpression(target.expression, bound));
  if (known !== undefined) return known;
  const made: Target = { name: '?column?', expression: bound, junk: true };
  targets.push(made);
  return made;
}

/** As `findTarget`, but the answer is an expression and no target is added: for GROUP BY. */
export function findGrouped(level: Level, node: Node, targets: readonly Target[]): Expression {
  const named = byName(level, node, targets, 'GROUP BY') ?? byPosition(level, node, targets, 'GROUP BY');
  return named === undefined ? settleUnknown(level.binding, bindExpression(level, node)) : named.expression;
}

function byName(level: Level, node: Node, targets: readonly Target[], words: string): Target | undefined {
  if (!('ColumnRef' in node)) return undefined;
  const names = stringList(node.ColumnRef.fields);
  if (names.length !== 1 || node.ColumnRef.fields?.length !== 1) return undefined;
  const location = node.ColumnRef.location ?? 0;
  if (words === 'GROUP BY' && isColumnHere(level, names[0], location)) return undefined;
  const matches = targets.filter((target) => !target.junk && target.name === names[0]);
  if (matches.length === 0) return undefined;
  if (matches.some((target) => !sameExpression(target.expression, matches[0].expression))) {
    throw level.binding.error('ambiguous_column', `${words} "${names[0]}" is ambiguous`, location);
  }
  return matches[0];
}

/** In GROUP BY a column of FROM wins over an output name; outer queries' columns do not. */
function isColumnHere(level: Level, name: string, location: number): boolean {
  const column = findColumn(level, name, location);
  return column !== undefined && level.own.has(column.ref);
}

function byPosition(level: Level, node: Node, targets: readonly Target[], words: string): Target | undefined {
  if (!('A_Const' in node)) return undefined;
  const constant: A_Const = node.A_Const;
  const location = constant.location ?? 0;
  if (constant.ival === undefined) throw level.binding.error('syntax_error', `non-integer constant in ${words}`, location);
  const position = constant.ival.ival ?? 0;
  const found = targets.filter((target) => !target.junk)[position - 1];
  if (found === undefined)
    throw level.binding.error('invalid_column_reference', `${words} position ${position} is not in select list`, location);
  return found;
}

/** The SortBy nodes of a clause. */
export function sortsOf(nodes: readonly Node[] | undefined): readonly (SortBy & { readonly node: Node })[] {
  return (nodes ?? []).flatMap((item) =>
    'SortBy' in item && item.SortBy.node !== undefined ? [{ ...item.SortBy, node: item.SortBy.node }] : [],
  );
}
