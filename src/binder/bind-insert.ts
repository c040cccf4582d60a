/**
 * INSERT. Its source yields one value per table column: those given, cast by the rules of assignment, and defaults for the rest.
 */
import type { InsertStmt, Node, SelectStmt } from '@pgsql/types';
import type { TableDescriptor } from '../catalog/descriptor.ts';
import { bindConflict } from './bind-conflict.ts';
import { bindExpression } from './bind-expression.ts';
import type { BoundModification } from './bind-modification.ts';
import { bindSelectStatement, type BoundSelect } from './bind-query.ts';
import { giveTypes } from './bind-set-operation.ts';
import { bindWith, wrapWith } from './bind-with.ts';
import type { Binding } from './binding.ts';
import { CLAUSE } from './clause.ts';
import { coerceAssignment } from './coerce.ts';
import type { ColumnRef, Expression } from './expression.ts';
import { locationOf } from './node.ts';
import type { Plan } from './plan.ts';
import { Level, type ScopeItem } from './scope.ts';
import { tableColumns } from './standalone.ts';
import { bindReturning, columnPosition, defaultValue, isDefault, writableTable, writeTarget } from './write-target.ts';
import { OID } from '../types/oid.ts';

interface Given {
  readonly position: number;
  readonly location: number | undefined;
}

export function bindInsert(binding: Binding, parent: Level | undefined, statement: InsertStmt): BoundModification {
  const level = new Level(binding, parent);
  const definitions = bindWith(level, statement.withClause);
  const table = writableTable(binding, statement.relation, 'insert into');
  const given = givenColumns(binding, table, statement.cols);
  const source = bindSource(level, statement, table, given);
  const alias = statement.relation?.alias?.aliasname ?? table.name;
  const columns = tableColumns(binding, table, alias);
  const target = writeTarget(binding, table, columns, true);
  const item: ScopeItem = { name: alias, schema: undefined, columns, byName: true, byColumn: true, lateral: 'none', table };
  const onConflict = bindConflict(level, statement.onConflictClause, table, alias);
  const { returning, columns: output } = bindReturning(binding, level, statement.returningClause, [item]);
  const plan: Plan = { kind: 'insert', target, source: source.plan, values: source.values, onConflict, returning };
  return { tag: 'INSERT', plan: wrapWith(definitions, plan), columns: output };
}

function givenColumns(binding: Binding, table: TableDescriptor, cols: readonly Node[] | undefined): readonly Given[] {
  if (cols === undefined) return table.columns.map((_, position) => ({ position, location: undefined }));
  const given: Given[] = [];
  for (const node of cols) {
    if (!('ResTarget' in node)) continue;
    const { name = '', location = 0, indirection } = node.ResTarget;
    if (indirection !== undefined)
      throw binding.error('feature_not_supported', 'inserting into a part of a column is not supported', location);
    const position = columnPosition(binding, table, name, location);
    if (given.some((other) => other.position === position))
      throw binding.error('duplicate_column', `column "${name}" specified more than once`, location);
    given.push({ position, location });
  }
  return given;
}

interface Source {
  readonly plan: Plan;
  readonly values: readonly ColumnRef[];
}

function bindSource(level: Level, statement: InsertStmt, table: TableDescriptor, given: readonly Given[]): Source {
  const { binding } = level;
  const query = statement.selectStmt;
  if (query === undefined) return valuesSource(level, table, [[]]);
  if (!('SelectStmt' in query)) throw binding.error('feature_not_supported', 'this INSERT source is not supported', undefined);
  const select = query.SelectStmt;
  return isPlainValues(select)
    ? literalSource(level, select.valuesLists ?? [], table, given, statement)
    : querySource(level, select, table, given, statement);
}

function isPlainValues(select: SelectStmt): boolean {
  return (
    select.valuesLists !== undefined &&
    select.sortClause === undefined &&
    select.limitCount === undefined &&
    select.limitOffset === undefined &&
    select.withClause === undefined &&
    select.lockingClause === undefined
  );
}

/** VALUES lists: every cell is assigned to its column on its own, and may be DEFAULT. */
function literalSource(
  level: Level,
  lists: readonly Node[],
  table: TableDescriptor,
  given: readonly Given[],
  statement: InsertStmt,
): Source {
  const { binding } = level;
  const width = 'List' in lists[0] ? (lists[0].List.items ?? []).length : 0;
  const rows = lists.map((list) => {
    const cells = 'List' in list ? (list.List.items ?? []) : [];
    if (cells.length !== width)
      throw binding.error('syntax_error', 'VALUES lists must all be the same length', cells[0] && locationOf(cells[0]));
    checkCount(level, cells, given, statement.cols !== undefined, (index) => locationOf(cells[index]));
    return cells.map((cell, index): readonly [number, Expression | undefined] => {
      const { position } = given[index];
      if (isDefault(cell)) return [position, undefined];
      const bound = level.in(CLAUSE.values, () => bindExpression(level, cell));
      checkGenerated(binding, table, position, statement);
      const column = table.columns[position];
      const replaced = column.identity !== undefined && statement.override === 'OVERRIDING_USER_VALUE';
      return [position, replaced ? undefined : coerceAssignment(binding, bound, column.type, column.name)];
    });
  });
  return valuesSource(level, table, rows);
}

function valuesSource(
  level: Level,
  table: TableDescriptor,
  rows: readonly (readonly (readonly [number, Expression | undefined])[])[],
): Source {
  const { binding } = level;
  const values = table.columns.map(() => binding.newRef());
  const made = rows.map((row) => {
    const cells = new Map(row);
    return table.columns.map((column, position) => cells.get(position) ?? defaultValue(binding, column));
  });
  const sets = level.setCalls.splice(0);
  const plan: Plan = { kind: 'values', output: values, rows: made };
  if (sets.length === 0) return { plan, values };
  if (made.length > 1) throw binding.error('feature_not_supported', 'set-returning functions are not allowed in VALUES', undefined);
  const input: Plan = { kind: 'project_set', input: { kind: 'values', output: [], rows: [[]] }, calls: sets };
  return { plan: { kind: 'project', input, items: values.map((ref, position) => ({ ref, expression: made[0][position] })) }, values };
}

function querySource(level: Level, select: SelectStmt, table: TableDescriptor, given: readonly Given[], statement: InsertStmt): Source {
  const { binding } = level;
  const query = bindSelectStatement(binding, level, select, { keepUnknown: true });
  const places = query.columns.map((column) => expressionLocation(level, query, column.ref));
  checkCount(level, query.columns, given, statement.cols !== undefined, (index) => places[index]);
  const types = query.columns.map((column, index) =>
    column.type.oid === OID.unknown ? table.columns[given[index].position].type : column.type,
  );
  const typed = giveTypes(level, query, types);
  const items = table.columns.map((column, position) => {
    const index = given.findIndex((entry) => entry.position === position);
    const replaced = column.identity !== undefined && statement.override === 'OVERRIDING_USER_VALUE';
    if (index < 0 || index >= query.columns.length || replaced) return { ref: binding.newRef(), expression: defaultValue(binding, column) };
    checkGenerated(binding, table, position, statement);
    const bare = binding.locate<Expression>({ kind: 'column', ref: typed.refs[index], type: types[index] }, places[index]);
    return { ref: binding.newRef(), expression: coerceAssignment(binding, bare, column.type, column.name) };
  });
  return { plan: { kind: 'project', input: typed.plan, items }, values: items.map((item) => item.ref) };
}

function expressionLocation(level: Level, query: BoundSelect, ref: ColumnRef): number | undefined {
  let { plan } = query;
  while (plan.kind === 'sort' || plan.kind === 'limit' || plan.kind === 'distinct') plan = plan.input;
  const found = plan.kind === 'project' ? plan.items.find((item) => item.ref === ref) : undefined;
  return found && level.binding.locationOf(found.expression);
}

function checkCount(
  level: Level,
  values: readonly unknown[],
  given: readonly Given[],
  listed: boolean,
  place: (index: number) => number | undefined,
): void {
  const { binding } = level;
  if (values.length > given.length)
    throw binding.error('syntax_error', 'INSERT has more expressions than target columns', place(given.length));
  if (listed && values.length < given.length)
    throw binding.error('syntax_error', 'INSERT has more target columns than expressions', given[values.length].location);
}

/** SQLSTATE 428C9 for values that only the database gives. */
function checkGenerated(binding: Binding, table: TableDescriptor, position: number, statement: InsertStmt): void {
  const column = table.columns[position];
  if (column.generated !== undefined) {
    throw binding.error('generated_always', `cannot insert a non-DEFAULT value into column "${column.name}"`, undefined, {
      detail: `Column "${column.name}" is a generated column.`,
    });
  }
  if (column.identity === 'always' && (statement.override ?? 'OVERRIDING_NOT_SET') === 'OVERRIDING_NOT_SET') {
    throw binding.error('generated_always', `cannot insert a non-DEFAULT value into column "${column.name}"`, undefined, {
      detail: `Column "${column.name}" is an identity column defined as GENERATED ALWAYS.`,
      hint: 'Use OVERRIDING SYSTEM VALUE to override.',
    });
  }
}
