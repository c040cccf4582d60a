/** CREATE [OR REPLACE] VIEW. */
import type { ViewStmt } from '@pgsql/types';
import { SqlError } from '../../base/sql-error.ts';
import type { ViewDescriptor } from '../../catalog/descriptor.ts';
import { requireDistinctNames } from './columns.ts';
import type { DdlContext } from './context.ts';
import { creationSchema, namesOf, truncateIdentifier } from './names.ts';

export async function createView(context: DdlContext, statement: ViewStmt): Promise<void> {
  const relation = statement.view ?? {};
  const schema = creationSchema(context, relation.schemaname);
  const name = truncateIdentifier(relation.relname ?? '');
  const query = statement.query;
  if (query === undefined) throw new SqlError('syntax_error', 'a view needs a query');
  const shape = context.describeQuery(query);
  const aliases = namesOf(statement.aliases);
  if (aliases.length > shape.columns.length) throw new SqlError('syntax_error', 'CREATE VIEW specifies more column names than columns');
  const columns = shape.columns.map((column, at) => ({ ...column, name: aliases[at] ?? column.name }));
  requireDistinctNames(columns);
  const before = context.editor.snapshot.findRelation(schema.name, name, []);
  const view: ViewDescriptor = {
    kind: 'view',
    oid: before?.kind === 'view' ? before.oid : await context.editor.newId(),
    schema: schema.oid,
    schemaName: schema.name,
    name,
    version: (before?.version ?? 0) + 1,
    comment: undefined,
    columns,
    queryText: context.textOf(shape.writtenOut),
    dependsOn: shape.dependencies,
  };
  if (before === undefined) return context.editor.create(view);
  if (statement.replace !== true) throw new SqlError('duplicate_table', `relation "${name}" already exists`);
  if (before.kind !== 'view') throw new SqlError('wrong_object_type', `"${name}" is not a view`);
  requireCompatible(before, view);
  return context.editor.replace(view);
}

/** A replaced view keeps its columns, and may add some behind them. */
function requireCompatible(before: ViewDescriptor, after: ViewDescriptor): void {
  if (after.columns.length < before.columns.length) throw new SqlError('invalid_table_definition', 'cannot drop columns from view');
  before.columns.forEach((column, at) => {
    const changed = after.columns[at];
    if (changed.name !== column.name) {
      throw new SqlError('invalid_table_definition', `cannot change name of view column "${column.name}" to "${changed.name}"`, {
        hint: 'Use ALTER VIEW ... RENAME COLUMN ... to change name of view column instead.',
      });
    }
    if (changed.type.oid !== column.type.oid)
      throw new SqlError('invalid_table_definition', `cannot change data type of view column "${column.name}"`);
  });
}
