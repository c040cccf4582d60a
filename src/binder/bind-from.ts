/**
 * FROM: relations, subqueries, functions and joins become one plan, and their columns come in sight.
 *
 * Items to the left are in sight only of LATERAL items, and are put into `level.items` just while those are bound.
 */
import type { Alias, Node, RangeSubselect, RangeVar } from '@pgsql/types';
import { assert } from '../base/assert.ts';
import { LIMITS } from '../base/limits.ts';
import { SqlError } from '../base/sql-error.ts';
import type { RelationDescriptor, SequenceDescriptor, TableDescriptor, ViewDescriptor, VirtualDescriptor } from '../catalog/descriptor.ts';
import { parse } from '../sql/parse.ts';
import { bindFunctionItem } from './bind-from-function.ts';
import { bindJoin } from './bind-join.ts';
import { bindQuery } from './bind-query.ts';
import type { Binding } from './binding.ts';
import type { ColumnRef, Expression } from './expression.ts';
import { kindOf, stringList } from './node.ts';
import type { Plan } from './plan.ts';
import { Level, type CteEntry, type ScopeColumn, type ScopeItem } from './scope.ts';
import { BOOL, INT8, typeOf } from './typing.ts';
import { freeRefs } from './walk.ts';
import { OID } from '../types/oid.ts';

/** One bound FROM item. `lateral`: its plan may use columns of items to its left. */
export interface FromItem {
  readonly plan: Plan;
  readonly items: readonly ScopeItem[];
  readonly lateral: boolean;
}

/** The FROM clause; without one, a single row of no columns. */
export function bindFrom(level: Level, nodes: readonly Node[] | undefined): Plan {
  return addFrom(level, undefined, nodes) ?? { kind: 'values', output: [], rows: [[]] };
}

/** FROM items joined to what is already in sight (the target of UPDATE … FROM). */
export function addFrom(level: Level, start: Plan | undefined, nodes: readonly Node[] | undefined): Plan | undefined {
  let plan = start;
  for (const node of nodes ?? []) {
    const left = level.items;
    const item = bindItem(level, node, left);
    checkAliases(left, item.items);
    level.items = [...left, ...item.items];
    plan =
      plan === undefined
        ? item.plan
        : { kind: 'join', type: 'inner', left: plan, right: item.plan, condition: undefined, lateral: isLateral(level, item) };
  }
  return plan;
}

/** Whether the item's plan really uses columns of its own query. */
export function isLateral(level: Level, item: FromItem): boolean {
  return item.lateral && freeRefs(item.plan).some((ref) => level.own.has(ref));
}

/** SQLSTATE 42712 when two items have one name. */
export function checkAliases(left: readonly ScopeItem[], right: readonly ScopeItem[]): void {
  for (const item of right) {
    if (item.name === undefined || !item.byName) continue;
    const clash = left.some(
      (other) =>
        other.byName &&
        other.name === item.name &&
        (other.schema === undefined || item.schema === undefined || other.schema === item.schema),
    );
    if (clash) throw new SqlError('duplicate_alias', `table name "${item.name}" specified more than once`);
  }
}

/** One item, with `left` in sight of it if it is LATERAL. */
export function bindItem(level: Level, node: Node, left: readonly ScopeItem[]): FromItem {
  if ('RangeVar' in node) return bindRelation(level, node.RangeVar);
  if ('RangeSubselect' in node) return bindSubselect(level, node.RangeSubselect, left);
  if ('RangeFunction' in node) return withItems(level, left, () => bindFunctionItem(level, node.RangeFunction));
  if ('JoinExpr' in node) return level.binding.deeper(() => bindJoin(level, node.JoinExpr, left));
  throw level.binding.error('feature_not_supported', `${kindOf(node)} in FROM is not supported`, undefined);
}

/** Runs `f` with exactly `items` in sight. */
export function withItems<T>(level: Level, items: readonly ScopeItem[], f: () => T): T {
  const before = level.items;
  level.items = [...items];
  try {
    return f();
  } finally {
    level.items = before;
  }
}

function bindSubselect(level: Level, node: RangeSubselect, left: readonly ScopeItem[]): FromItem {
  const { binding } = level;
  if (node.subquery === undefined) throw binding.error('syntax_error', 'a subquery is missing', undefined);
  const lateral = node.lateral === true;
  const parent = lateral ? level : aside(level, left);
  const { subquery } = node;
  const query = lateral ? withItems(level, left, () => bindQuery(binding, parent, subquery)) : bindQuery(binding, parent, subquery);
  const item = scopeItem(level, node.alias?.aliasname, query.columns, node.alias, { schema: undefined, table: undefined });
  return { plan: query.plan, items: [item], lateral };
}

/** A stand-in for `level` that has its CTEs and enclosing queries, and none of its columns. */
export function aside(level: Level, hidden: readonly ScopeItem[] = []): Level {
  const made = new Level(level.binding, level.parent);
  for (const [name, entry] of level.ctes) made.ctes.set(name, entry);
  made.clause = level.clause;
  made.hidden = hidden;
  return made;
}

/** A name in FROM: a CTE, a table, a view or a virtual relation. */
function bindRelation(level: Level, node: RangeVar): FromItem {
  const { binding } = level;
  const name = node.relname ?? '';
  const cte = node.schemaname === undefined ? level.findCte(name) : undefined;
  if (cte !== undefined) return bindCte(level, cte, node);
  const relation = findRelation(binding, node);
  if (node.schemaname === undefined && relation.kind !== 'virtual') binding.sources.meanings?.relations.set(node, relation.schemaName);
  binding.dependOn(relation.oid);
  switch (relation.kind) {
    case 'table':
      return bindTable(level, relation, node);
    case 'view':
      return bindView(level, relation, node);
    case 'virtual':
      return bindVirtual(level, relation, node);
    default:
      return bindSequence(level, relation, node);
  }
}

/** The relation a name means; SQLSTATE 42P01 when there is none. */
export function findRelation(binding: Binding, node: RangeVar): RelationDescriptor {
  const { catalog, searchPath } = binding.sources;
  const name = node.relname ?? '';
  const path = searchPath.includes('pg_catalog') ? searchPath : ['pg_catalog', ...searchPath];
  const found = catalog.findRelation(node.schemaname, name, path);
  if (found !== undefined) return found;
  const written = node.schemaname === undefined ? name : `${node.schemaname}.${name}`;
  throw binding.error('undefined_table', `relation "${written}" does not exist`, node.location ?? 0);
}

function bindTable(level: Level, table: TableDescriptor, node: RangeVar): FromItem {
  if (table.materialized?.populated === false) {
    throw level.binding.error('object_not_in_prerequisite_state', `materialized view "${table.name}" has not been populated`, undefined, {
      hint: 'Use the REFRESH MATERIALIZED VIEW command.',
    });
  }
  return scanTable(level, table, node.alias, table.columns.length);
}

/** A scan of the table's first `count` tree columns (all live ones; one more takes the hidden row id in). */
export function scanTable(
  level: Level,
  table: TableDescriptor,
  alias: Alias | undefined,
  count: number,
): FromItem & { readonly refs: readonly ColumnRef[] } {
  const { binding } = level;
  const name = alias?.aliasname ?? table.name;
  const refs = table.tree.columns.slice(0, count).map((_, position) => {
    const column = table.columns[position];
    if (column === undefined) return binding.newRef();
    return binding.newRef({ name: column.name, relation: name, table: table.oid, attribute: column.id });
  });
  level.tables.push({ alias: name, table, refs });
  const columns = table.columns.map((column, position): ScopeColumn => ({ name: column.name, ref: refs[position], type: column.type }));
  const item = scopeItem(level, name, columns, alias, {
    schema: alias === undefined ? table.schemaName : undefined,
    table,
    relation: table.oid,
  });
  for (const ref of refs) level.own.add(ref);
  return {
    plan: { kind: 'scan', table, alias: name, columns: refs.map((ref, position) => ({ ref, position })) },
    items: [item],
    lateral: false,
    refs,
  };
}

function bindView(level: Level, view: ViewDescriptor, node: RangeVar): FromItem {
  const { binding } = level;
  const [statement] = parse(view.queryText);
  const query = binding.deeper(() => bindQuery(binding.withinView(view), undefined, statement.node));
  const columns = view.columns.map(({ name }, index): ScopeColumn => ({ ...query.columns[index], name }));
  const name = node.alias?.aliasname ?? view.name;
  const item = scopeItem(level, name, columns, node.alias, {
    schema: node.alias === undefined ? view.schemaName : undefined,
    table: undefined,
  });
  return { plan: query.plan, items: [item], lateral: false };
}

function bindVirtual(level: Level, relation: VirtualDescriptor, node: RangeVar): FromItem {
  const { binding } = level;
  const name = node.alias?.aliasname ?? relation.name;
  const columns = relation.columns.map((column, index): ScopeColumn => ({
    name: column.name,
    ref: binding.newRef({ name: column.name, relation: name, table: relation.oid, attribute: index + 1 }),
    type: column.type,
  }));
  const item = scopeItem(level, name, columns, node.alias, {
    schema: node.alias === undefined ? relation.schemaName : undefined,
    table: undefined,
    relation: relation.oid,
  });
  return {
    plan: { kind: 'virtual_scan', relation, columns: columns.map((column, position) => ({ ref: column.ref, position })) },
    items: [item],
    lateral: false,
  };
}

/** A sequence as a relation of one row: last_value, log_cnt, is_called. */
function bindSequence(level: Level, sequence: SequenceDescriptor, node: RangeVar): FromItem {
  const { binding } = level;
  const name = node.alias?.aliasname ?? sequence.name;
  const types = [
    ['last_value', INT8],
    ['log_cnt', INT8],
    ['is_called', BOOL],
  ] as const;
  const columns = types.map(([column, type]): ScopeColumn => ({
    name: column,
    ref: binding.newRef({ name: column, relation: name, table: 0, attribute: 0 }),
    type,
  }));
  const last = binding.sources.registry.functions('pg_sequence_last_value').find((candidate) => candidate.kind === 'scalar');
  assert(last !== undefined && last.kind === 'scalar', 'the registry knows sequences');
  const value: Expression = {
    kind: 'call',
    function: last,
    args: [{ kind: 'constant', value: sequence.oid, type: typeOf(OID.regclass) }],
    type: INT8,
  };
  const start: Expression = { kind: 'constant', value: sequence.start, type: INT8 };
  const row: readonly Expression[] = [
    { kind: 'coalesce', args: [value, start], type: INT8 },
    { kind: 'constant', value: 0, type: INT8 },
    { kind: 'is_null', arg: value, negated: true, type: BOOL },
  ];
  const item = scopeItem(level, name, columns, node.alias, {
    schema: node.alias === undefined ? sequence.schemaName : undefined,
    table: undefined,
    relation: sequence.oid,
  });
  return { plan: { kind: 'values', output: columns.map((column) => column.ref), rows: [row] }, items: [item], lateral: false };
}

function bindCte(level: Level, cte: CteEntry, node: RangeVar): FromItem {
  const { binding } = level;
  if (!cte.readable)
    throw binding.error('feature_not_supported', `WITH query "${cte.name}" does not have a RETURNING clause`, node.location ?? 0);
  if (cte.recursion !== undefined) {
    const { forbidden } = cte.recursion;
    if (forbidden !== undefined) throw binding.error('invalid_recursion', forbidden, node.location ?? 0);
    cte.recursion.references++;
  }
  const name = node.alias?.aliasname ?? cte.name;
  const columns = cte.columns.map((column, index): ScopeColumn => {
    const ref = binding.newRef({ name: column.name, relation: name, table: 0, attribute: 0 });
    const source = cte.output[index];
    if (source !== undefined) binding.keepShape(ref, { kind: 'column', ref: source, type: column.type });
    return { name: column.name, ref, type: column.type };
  });
  const item = scopeItem(level, name, columns, node.alias, { schema: undefined, table: undefined });
  return {
    plan: { kind: 'with_reference', id: cte.id, name: cte.name, output: columns.map((column) => column.ref) },
    items: [item],
    lateral: false,
  };
}

/** A scope item under its alias, columns renamed by the alias's list; its columns are the level's own. */
export function scopeItem(
  level: Level,
  name: string | undefined,
  columns: readonly ScopeColumn[],
  alias: Alias | undefined,
  of: Pick<ScopeItem, 'schema' | 'table' | 'scalar' | 'relation'>,
): ScopeItem {
  const renamed = stringList(alias?.colnames);
  if (renamed.length > columns.length) {
    throw new SqlError(
      'invalid_column_reference',
      `table "${name ?? ''}" has ${columns.length} columns available but ${renamed.length} columns specified`,
    );
  }
  if (columns.length > LIMITS.columnsMax)
    throw new SqlError('too_many_columns', `target lists can have at most ${LIMITS.columnsMax} entries`);
  for (const column of columns) level.own.add(column.ref);
  return {
    name,
    columns: columns.map((column, index) => ({ name: renamed[index] ?? column.name, ref: column.ref, type: column.type })),
    byName: name !== undefined,
    byColumn: true,
    lateral: 'none',
    ...of,
  };
}
