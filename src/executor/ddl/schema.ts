/** CREATE SCHEMA. */
import type { CreateSchemaStmt } from '@pgsql/types';
import { SqlError } from '../../base/sql-error.ts';
import type { DdlContext } from './context.ts';
import { truncateIdentifier } from './names.ts';

export async function createSchema(context: DdlContext, statement: CreateSchemaStmt): Promise<void> {
  const name = truncateIdentifier(statement.schemaname ?? statement.authrole?.rolename ?? '');
  if (name.startsWith('pg_')) {
    throw new SqlError('reserved_name', `unacceptable schema name "${name}"`, {
      detail: 'The prefix "pg_" is reserved for system schemas.',
    });
  }
  if (context.editor.snapshot.findSchema(name) !== undefined) {
    if (statement.if_not_exists !== true) throw new SqlError('duplicate_schema', `schema "${name}" already exists`);
    context.notice(`schema "${name}" already exists, skipping`, '42P06');
    return;
  }
  await context.editor.create({ kind: 'schema', oid: await context.editor.newId(), name });
  for (const element of statement.schemaElts ?? []) await context.execute(element);
}
