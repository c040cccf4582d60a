/** Aggregate calls: lifted to the Aggregate node of the query whose columns they fold. */
import type { FuncCall, Node } from '@pgsql/types';
import { AssertionError } from '../base/assert.ts';
import type { SqlError } from '../base/sql-error.ts';
import type { AggregateFunction } from '../types/function.ts';
import type { ResolvedCall } from './bind-call.ts';
import { bindExpression } from './bind-expression.ts';
import { coerceBoolean, settleUnknown } from './coerce.ts';
import { CLAUSE } from './clause.ts';
import { sameAggregate, sameExpression } from './equal.ts';
import type { AggregateCall, ColumnRef, Expression, SortKey } from './expression.ts';
import type { Level } from './scope.ts';
import { requireEquality, sortKeyOf } from './sort-key.ts';
import { visitColumns } from './walk.ts';

/** The aggregate as a column of the level it belongs to; the same aggregate twice is computed once. */
export function bindAggregate(level: Level, node: FuncCall, call: ResolvedCall, chosen: AggregateFunction): Expression {
  const { binding } = level;
  const made = aggregateCall(level, node, call, chosen);
  const home = homeOf(level, made);
  checkPlace(level, home, made, call.location);
  const known = home.aggregates.find((entry) => sameAggregate(entry.call, made));
  const ref = known?.ref ?? binding.newRef({ name: call.name, relation: undefined, table: 0, attribute: 0 });
  if (known === undefined) home.aggregates.push({ ref, call: made });
  return binding.locate<Expression>({ kind: 'column', ref, type: made.type }, call.location);
}

/** The call's parts bound: DISTINCT, ORDER BY, FILTER and WITHIN GROUP. */
export function aggregateCall(level: Level, node: FuncCall, call: ResolvedCall, chosen: AggregateFunction): AggregateCall {
  const { binding } = level;
  const { location, name } = call;
  const orderedSet = chosen.orderedSet === true;
  if (orderedSet && node.agg_within_group !== true) {
    throw binding.error('wrong_object_type', `WITHIN GROUP is required for ordered-set aggregate ${name}`, location);
  }
  if (!orderedSet && node.agg_within_group === true) {
    throw binding.error('wrong_object_type', `${name} is not an ordered-set aggregate, so it cannot have WITHIN GROUP`, location);
  }
  if (node.agg_star !== true && call.args.length === 0 && node.agg_within_group !== true) {
    throw binding.error('wrong_object_type', `${name}(*) must be used to call a parameterless aggregate function`, location);
  }
  const filter =
    node.agg_filter === undefined
      ? undefined
      : level.in(CLAUSE.filter, () => coerceBoolean(binding, bindExpression(level, node.agg_filter as Node), 'FILTER'));
  const sorts = (node.agg_order ?? []).flatMap((item) => ('SortBy' in item ? [item.SortBy] : []));
  if (orderedSet) {
    const direct = call.args.slice(0, call.args.length - sorts.length);
    const args = call.args.slice(call.args.length - sorts.length);
    const orderBy = sorts.map((sort, index) => sortKeyOf(binding, args[index], sort));
    return { function: chosen, args, distinct: false, filter, orderBy, direct, type: call.type };
  }
  const orderBy = sorts.map((sort) => {
    if (sort.node === undefined) throw new AssertionError('a sort has an expression', {});
    return sortKeyOf(binding, settleUnknown(binding, bindExpression(level, sort.node)), sort);
  });
  const distinct = node.agg_distinct === true;
  if (distinct) for (const arg of call.args) requireEquality(binding, arg);
  const keys = distinct ? orderByArguments(level, call.args, orderBy, location) : orderBy;
  return { function: chosen, args: call.args, distinct, filter, orderBy: keys, direct: [], type: call.type };
}

/** With DISTINCT, what is sorted by must be an argument; one that was cast to its parameter's type counts as itself. */
function orderByArguments(level: Level, args: readonly Expression[], orderBy: readonly SortKey[], location: number): SortKey[] {
  return orderBy.map((key) => {
    const arg = args.find(
      (candidate) =>
        sameExpression(candidate, key.expression) || (candidate.kind === 'cast' && sameExpression(candidate.arg, key.expression)),
    );
    if (arg === undefined) throw strayKey(level, key, location);
    return arg.kind === 'cast' && !sameExpression(arg, key.expression) ? { ...key, expression: arg } : key;
  });
}

function strayKey(level: Level, stray: SortKey, location: number): SqlError {
  return level.binding.error(
    'invalid_column_reference',
    'in an aggregate with DISTINCT, ORDER BY expressions must appear in argument list',
    level.binding.locationOf(stray.expression) ?? location,
  );
}

/** The query an aggregate belongs to: the innermost one whose columns it uses, the current one when it uses none. */
function homeOf(level: Level, call: AggregateCall): Level {
  const used = usedColumns(call);
  if (used.size === 0) return level;
  for (let at: Level | undefined = level; at !== undefined; at = at.parent) {
    const { own } = at;
    if ([...used].some((ref) => own.has(ref))) return at;
  }
  return level;
}

function usedColumns(call: AggregateCall): ReadonlySet<ColumnRef> {
  const used = new Set<ColumnRef>();
  const parts = [
    ...call.args,
    ...call.orderBy.map((key) => key.expression),
    ...call.direct,
    ...(call.filter === undefined ? [] : [call.filter]),
  ];
  for (const part of parts) visitColumns(part, (ref) => used.add(ref));
  return used;
}

function checkPlace(level: Level, home: Level, call: AggregateCall, location: number): void {
  const { binding } = level;
  const used = usedColumns(call);
  if (home.aggregates.some((entry) => used.has(entry.ref)) || home.groupings.some((entry) => used.has(entry.ref)))
    throw binding.error(
      'grouping_error',
      'aggregate function calls cannot be nested',
      innerLocation(level, call, home.aggregates) ?? location,
    );
  if (home.windows.some((entry) => used.has(entry.ref))) {
    throw binding.error(
      'grouping_error',
      'aggregate function calls cannot contain window function calls',
      innerLocation(level, call, home.windows) ?? location,
    );
  }
  if (home.setCalls.some((entry) => used.has(entry.ref))) {
    throw binding.error(
      'feature_not_supported',
      'aggregate function calls cannot contain set-returning function calls',
      innerLocation(level, call, home.setCalls) ?? location,
      {
        hint: 'You might be able to move the set-returning function into a LATERAL FROM item.',
      },
    );
  }
  if (home.clause.aggregates) return;
  const words = home.clause === CLAUSE.from ? 'FROM clause of their own query level' : home.clause.words;
  throw binding.error('grouping_error', `aggregate functions are not allowed in ${words}`, location);
}

/** Where in the call's arguments the first of the given lifted columns is written. */
function innerLocation(level: Level, call: AggregateCall, lifted: readonly { readonly ref: ColumnRef }[]): number | undefined {
  const refs = new Set(lifted.map((entry) => entry.ref));
  for (const arg of call.args) if (arg.kind === 'column' && refs.has(arg.ref)) return level.binding.locationOf(arg);
  return undefined;
}
