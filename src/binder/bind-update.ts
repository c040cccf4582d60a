import type { UpdateStmt } from '@pgsql/types';
import { bindAssignments } from './bind-assignments.ts';
import { bindExpression } from './bind-expression.ts';
import { addFrom, checkAliases, scanTable } from './bind-from.ts';
import type { BoundModification } from './bind-modification.ts';
import { bindWith, wrapWith } from './bind-with.ts';
import type { Binding } from './binding.ts';
import { CLAUSE } from './clause.ts';
import { coerceBoolean } from './coerce.ts';
import type { Plan } from './plan.ts';
import { Level, type ScopeItem } from './scope.ts';
import { tableColumns } from './standalone.ts';
import { bindReturning, writableTable, writeTarget } from './write-target.ts';
import { outputOf } from './walk.ts';

/** UPDATE: the source finds the rows (all columns of the tree, the hidden row id included) and whatever SET needs from FROM. */
export function bindUpdate(binding: Binding, parent: Level | undefined, statement: UpdateStmt): BoundModification {
  const level = new Level(binding, parent);
  const definitions = bindWith(level, statement.withClause);
  const table = writableTable(binding, statement.relation, 'update');
  const scan = scanTable(level, table, statement.relation?.alias, table.tree.columns.length);
  level.items = [...scan.items];
  const others = addFrom(level, scan.plan, statement.fromClause) ?? scan.plan;
  const from = level.items.slice(scan.items.length);
  checkAliases(scan.items, from);
  const { set, rows } = bindAssignments(level, table, statement.targetList);
  let source: Plan = others;
  const { whereClause } = statement;
  if (whereClause !== undefined) {
    const condition = level.in(CLAUSE.where, () => coerceBoolean(binding, bindExpression(level, whereClause), 'WHERE'));
    source = { kind: 'filter', input: source, condition };
  }
  if (rows.length > 0) source = withRows(level, source, rows);
  const alias = statement.relation?.alias?.aliasname ?? table.name;
  const columns = tableColumns(binding, table, alias);
  const target = writeTarget(binding, table, columns, true);
  const written: ScopeItem = { name: alias, schema: scan.items[0].schema, columns, byName: true, byColumn: true, lateral: 'none', table };
  const { returning, columns: output } = bindReturning(binding, level, statement.returningClause, [written, ...from]);
  const plan: Plan = { kind: 'update', target, source, current: scan.refs, set, returning };
  return { tag: 'UPDATE', plan: wrapWith(definitions, plan), columns: output };
}

/** The source with the rows of `(a, b) = (SELECT …)` computed beside it. */
function withRows(level: Level, source: Plan, rows: Extract<Plan, { kind: 'project' }>['items']): Plan {
  const types = new Map(level.items.flatMap((item) => item.columns.map((column) => [column.ref, column.type] as const)));
  const hidden = level.tables.flatMap((entry) =>
    entry.refs.map((ref, position) => [ref, entry.table.tree.columns[position].type] as const),
  );
  const known = new Map([...hidden, ...types]);
  const through = [...new Set(outputOf(source))].flatMap((ref) => {
    const type = known.get(ref);
    return type === undefined ? [] : [{ ref, expression: { kind: 'column' as const, ref, type } }];
  });
  return { kind: 'project', input: source, items: [...through, ...rows] };
}
