/**
 * One SELECT. Its clauses are bound in PostgreSQL's order, so that the first error is PostgreSQL's, and then stacked:
 *
 *     FROM → WHERE → GROUP BY/aggregates → HAVING → windows → set-returning calls → select list → DISTINCT → ORDER BY → LIMIT
 *
 * Aggregates, window calls and set-returning calls were lifted out of expressions while binding (`Level`); here they become
 * nodes, each computing columns that the nodes above refer to.
 */
import type { LockingClause, Node, SelectStmt } from '@pgsql/types';
import type { Oid } from '../types/oid.ts';
import { bindExpression } from './bind-expression.ts';
import { bindFrom } from './bind-from.ts';
import { bindGroups, grouped } from './bind-group.ts';
import { bindLimit } from './bind-limit.ts';
import { findTarget, sortsOf } from './bind-order.ts';
import type { BoundSelect, QueryOptions } from './bind-query.ts';
import { bindTargets, type Target } from './bind-target.ts';
import { CLAUSE } from './clause.ts';
import { coerceBoolean, settleUnknown } from './coerce.ts';
import { sameExpression, sameKeys } from './equal.ts';
import type { ColumnRef, Expression, SortKey, WindowCall } from './expression.ts';
import { kindOf, locationOf } from './node.ts';
import type { Plan } from './plan.ts';
import type { Level, PendingWindow } from './scope.ts';
import { requireEquality, sortKeyOf } from './sort-key.ts';
import { mapWindow, outputOf, some } from './walk.ts';

interface Sorted {
  readonly target: Target;
  readonly key: SortKey;
}

export function bindSelect(level: Level, statement: SelectStmt, options: QueryOptions): BoundSelect {
  let plan = bindFrom(level, statement.fromClause);
  defineWindows(level, statement.windowClause);
  const targets = level.in(CLAUSE.select, () => bindTargets(level, statement.targetList, options.keepUnknown === true));
  const where = condition(level, statement.whereClause, CLAUSE.where);
  const having = condition(level, statement.havingClause, CLAUSE.having);
  const sorts = bindSorts(level, statement, targets);
  const groups = level.in(CLAUSE.groupBy, () => bindGroups(level, statement, targets));
  const distinct = bindDistinct(level, statement, targets, sorts);
  if (where !== undefined) plan = { kind: 'filter', input: plan, condition: where };
  const limits = bindLimit(level, statement);

  const stage = grouped(level, plan, groups, having, expressionsAbove(level, targets));
  plan = stage.plan;
  for (const target of targets) target.expression = stage.map(target.expression);
  plan = addWindows(
    plan,
    level.windows.map((window) => mapPending(window, stage.map)),
  );
  plan = addSetCalls(level, plan, stage.map, stage.done);
  const projected = project(level, plan, targets);
  plan = projected.plan;

  const keys = sorts.map((sort) => ({ ...sort.key, expression: projected.column(sort.target) }));
  if (distinct.kind === 'all') plan = { kind: 'distinct', input: plan, on: visible(targets).map(projected.column) };
  if (keys.length > 0) plan = { kind: 'sort', input: plan, keys };
  if (distinct.kind === 'on') plan = { kind: 'distinct', input: plan, on: distinct.targets.map(projected.column) };
  if (limits !== undefined)
    plan = { kind: 'limit', input: plan, ...limits, ties: statement.limitOption === 'LIMIT_OPTION_WITH_TIES' ? keys : undefined };
  plan = lock(level, statement.lockingClause, plan);
  const columns = visible(targets).map((target) => ({
    name: target.name,
    ref: projected.column(target).ref,
    type: target.expression.type,
  }));
  if (targets.some((target) => target.junk)) plan = dropJunk(plan, columns);
  return { plan, columns };
}

/** Everything that will stand above the grouping. */
function expressionsAbove(level: Level, targets: readonly Target[]): readonly Expression[] {
  return [
    ...targets.map((target) => target.expression),
    ...level.windows.flatMap((window) => [
      ...callParts(window.call),
      ...window.partitionBy,
      ...window.orderBy.map((key) => key.expression),
    ]),
    ...level.setCalls.flatMap((entry) => entry.call.args),
  ];
}

function callParts(call: WindowCall): readonly Expression[] {
  const filter = 'args' in call.function ? call.function.filter : undefined;
  return filter === undefined ? call.args : [...call.args, filter];
}

function visible(targets: readonly Target[]): readonly Target[] {
  return targets.filter((target) => !target.junk);
}

function defineWindows(level: Level, nodes: readonly Node[] | undefined): void {
  for (const node of nodes ?? []) {
    if (!('WindowDef' in node)) continue;
    const { name = '', location = 0 } = node.WindowDef;
    if (level.windowDefinitions.has(name)) throw level.binding.error('windowing_error', `window "${name}" is already defined`, location);
    level.windowDefinitions.set(name, node.WindowDef);
  }
}

function condition(level: Level, node: Node | undefined, clause: (typeof CLAUSE)['where' | 'having']): Expression | undefined {
  if (node === undefined) return undefined;
  return level.in(clause, () => coerceBoolean(level.binding, bindExpression(level, node), clause.words));
}

function bindSorts(level: Level, statement: SelectStmt, targets: Target[]): readonly Sorted[] {
  return level.in(CLAUSE.orderBy, () => {
    const found: Sorted[] = [];
    for (const sort of sortsOf(statement.sortClause)) {
      const target = findTarget(level, sort.node, targets, 'ORDER BY');
      target.expression = settleUnknown(level.binding, target.expression);
      if (!found.some((other) => other.target === target)) found.push({ target, key: sortKeyOf(level.binding, target.expression, sort) });
    }
    return found;
  });
}

type Distinct = { readonly kind: 'none' | 'all' } | { readonly kind: 'on'; readonly targets: readonly Target[] };

function bindDistinct(level: Level, statement: SelectStmt, targets: Target[], sorts: readonly Sorted[]): Distinct {
  const { binding } = level;
  const items = statement.distinctClause;
  if (items === undefined) return { kind: 'none' };
  const on = items.filter((item) => Object.keys(item).length > 0);
  if (on.length === 0) {
    const junk = sorts.find((sort) => sort.target.junk);
    if (junk !== undefined) {
      throw binding.error(
        'invalid_column_reference',
        'for SELECT DISTINCT, ORDER BY expressions must appear in select list',
        binding.locationOf(junk.target.expression),
      );
    }
    for (const target of targets) {
      target.expression = settleUnknown(binding, target.expression);
      requireEquality(binding, target.expression);
    }
    return { kind: 'all' };
  }
  const chosen = level.in(CLAUSE.distinctOn, () => on.map((item) => findTarget(level, item, targets, 'DISTINCT ON')));
  const unique = [...new Set(chosen)];
  for (const target of unique) requireEquality(binding, target.expression);
  const head = sorts.slice(0, unique.length).map((sort) => sort.target);
  const stray = unique.find((target) => !head.includes(target));
  if (sorts.length > 0 && stray !== undefined && (sorts.length >= unique.length || sorts.some((sort) => !unique.includes(sort.target)))) {
    const place = on[chosen.indexOf(stray)];
    throw binding.error(
      'invalid_column_reference',
      'SELECT DISTINCT ON expressions must match initial ORDER BY expressions',
      place && locationOf(place),
    );
  }
  return { kind: 'on', targets: unique };
}

function mapPending(window: PendingWindow, map: (expression: Expression) => Expression): PendingWindow {
  return {
    ...window,
    call: mapWindow(window.call, map),
    partitionBy: window.partitionBy.map(map),
    orderBy: window.orderBy.map((key) => ({ ...key, expression: map(key.expression) })),
  };
}

/** One Window node per distinct (PARTITION BY, ORDER BY). */
function addWindows(plan: Plan, windows: readonly PendingWindow[]): Plan {
  let made = plan;
  const rest = windows.slice();
  for (let first = rest.shift(); first !== undefined; first = rest.shift()) {
    const { partitionBy, orderBy } = first;
    const calls = [first];
    for (let index = 0; index < rest.length;) {
      const other = rest[index];
      const same = sameList(other.partitionBy, partitionBy) && sameKeys(other.orderBy, orderBy);
      if (same) calls.push(...rest.splice(index, 1));
      else index++;
    }
    made = { kind: 'window', input: made, partitionBy, orderBy, calls: calls.map(({ ref, call, frame }) => ({ ref, call, frame })) };
  }
  return made;
}

function sameList(a: readonly Expression[], b: readonly Expression[]): boolean {
  return a.length === b.length && a.every((item, index) => sameExpression(item, b[index]));
}

/** Set-returning calls that GROUP BY did not already need; one that feeds another goes below it. */
function addSetCalls(level: Level, plan: Plan, map: (expression: Expression) => Expression, done: ReadonlySet<ColumnRef>): Plan {
  let made = plan;
  let pending = level.setCalls
    .filter((entry) => !done.has(entry.ref))
    .map((entry) => ({ ...entry, call: { ...entry.call, args: entry.call.args.map(map) } }));
  while (pending.length > 0) {
    const waiting = new Set(pending.map((entry) => entry.ref));
    const ready = pending.filter(
      (entry) => !entry.call.args.some((arg) => some(arg, (part) => part.kind === 'column' && waiting.has(part.ref))),
    );
    made = { kind: 'project_set', input: made, calls: ready };
    pending = pending.filter((entry) => !ready.includes(entry));
  }
  return made;
}

interface Projected {
  readonly plan: Plan;
  column(target: Target): Extract<Expression, { kind: 'column' }>;
}

/** The select list as a Project node; a plain column of the input keeps its ref. */
function project(level: Level, plan: Plan, targets: readonly Target[]): Projected {
  const { binding } = level;
  const below = new Set(outputOf(plan));
  const items: { ref: ColumnRef; expression: Expression }[] = [];
  const refs = new Map<Target, ColumnRef>();
  const kept = new Set<ColumnRef>();
  for (const target of targets) {
    const { expression } = target;
    if (expression.kind === 'column' && below.has(expression.ref)) {
      refs.set(target, expression.ref);
      if (!kept.has(expression.ref)) items.push({ ref: expression.ref, expression });
      kept.add(expression.ref);
      continue;
    }
    const origin = expression.kind === 'column' ? binding.origin(expression.ref) : undefined;
    const ref = binding.newRef(origin ?? { name: target.name, relation: undefined, table: 0, attribute: 0 });
    binding.keepShape(ref, expression);
    refs.set(target, ref);
    items.push({ ref, expression });
  }
  return {
    plan: { kind: 'project', input: plan, items },
    column: (target) => ({ kind: 'column', ref: refs.get(target) ?? binding.newRef(), type: target.expression.type }),
  };
}

function dropJunk(plan: Plan, columns: BoundSelect['columns']): Plan {
  const seen = new Map(columns.map((column) => [column.ref, column]));
  return {
    kind: 'project',
    input: plan,
    items: [...seen.values()].map((column) => ({ ref: column.ref, expression: { kind: 'column', ref: column.ref, type: column.type } })),
  };
}

const STRENGTH: Readonly<Record<string, string>> = {
  LCS_FORUPDATE: 'FOR UPDATE',
  LCS_FORNOKEYUPDATE: 'FOR NO KEY UPDATE',
  LCS_FORSHARE: 'FOR SHARE',
  LCS_FORKEYSHARE: 'FOR KEY SHARE',
};

/** FOR UPDATE and its kin: reads of the tables are validated as if written. */
function lock(level: Level, nodes: readonly Node[] | undefined, plan: Plan): Plan {
  if (nodes === undefined) return plan;
  const tables = new Set<Oid>();
  for (const node of nodes) {
    if (!('LockingClause' in node)) throw level.binding.error('feature_not_supported', `${kindOf(node)} is not supported`, undefined);
    for (const oid of lockedTables(level, node.LockingClause)) tables.add(oid);
  }
  return { kind: 'lock', input: plan, tables: [...tables] };
}

function lockedTables(level: Level, clause: LockingClause): readonly Oid[] {
  const { binding } = level;
  const words = STRENGTH[clause.strength ?? 'LCS_FORUPDATE'] ?? 'FOR UPDATE';
  const refuse = (what: string): never => {
    throw binding.error('feature_not_supported', `${words} is not allowed with ${what}`, undefined);
  };
  if (level.aggregates.length > 0) refuse('aggregate functions');
  if (level.windows.length > 0) refuse('window functions');
  if (level.setCalls.length > 0) refuse('set-returning functions in the target list');
  if (clause.lockedRels === undefined) return level.tables.map((entry) => entry.table.oid);
  return clause.lockedRels.flatMap((node) => {
    if (!('RangeVar' in node)) return [];
    const found = level.tables.find((entry) => entry.alias === node.RangeVar.relname);
    if (found !== undefined) return [found.table.oid];
    if (level.items.some((item) => item.name === node.RangeVar.relname)) return [];
    throw binding.error(
      'undefined_table',
      `relation "${node.RangeVar.relname ?? ''}" in ${words} clause not found in FROM clause`,
      node.RangeVar.location ?? 0,
    );
  });
}
