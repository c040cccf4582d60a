import type { DeleteStmt } from '@pgsql/types';
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

/** DELETE: the source finds the rows; RETURNING sees the row as it was. */
export function bindDelete(binding: Binding, parent: Level | undefined, statement: DeleteStmt): BoundModification {
  const level = new Level(binding, parent);
  const definitions = bindWith(level, statement.withClause);
  const table = writableTable(binding, statement.relation, 'delete from');
  const scan = scanTable(level, table, statement.relation?.alias, table.tree.columns.length);
  level.items = [...scan.items];
  let source: Plan = addFrom(level, scan.plan, statement.usingClause) ?? scan.plan;
  const using = level.items.slice(scan.items.length);
  checkAliases(scan.items, using);
  const { whereClause } = statement;
  if (whereClause !== undefined) {
    const condition = level.in(CLAUSE.where, () => coerceBoolean(binding, bindExpression(level, whereClause), 'WHERE'));
    source = { kind: 'filter', input: source, condition };
  }
  const alias = statement.relation?.alias?.aliasname ?? table.name;
  const columns = tableColumns(binding, table, alias);
  const target = writeTarget(binding, table, columns, false);
  const deleted: ScopeItem = { name: alias, schema: scan.items[0].schema, columns, byName: true, byColumn: true, lateral: 'none', table };
  const { returning, columns: output } = bindReturning(binding, level, statement.returningClause, [deleted, ...using]);
  const plan: Plan = { kind: 'delete', target, source, current: scan.refs, returning };
  return { tag: 'DELETE', plan: wrapWith(definitions, plan), columns: output };
}
