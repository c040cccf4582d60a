/** COMMENT ON a table, its columns, a view or sequence. Comments on other objects are accepted and not kept. */
import type { CommentStmt } from '@pgsql/types';
import { SqlError } from '../../base/sql-error.ts';
import type { DdlContext } from './context.ts';
import { namesOf, splitName, undefinedRelation } from './names.ts';

const KEPT = new Set(['OBJECT_TABLE', 'OBJECT_VIEW', 'OBJECT_SEQUENCE']);

export async function comment(context: DdlContext, statement: CommentStmt): Promise<void> {
  if (statement.objtype === 'OBJECT_COLUMN') return commentOnColumn(context, statement);
  if (!KEPT.has(statement.objtype ?? '') || statement.object === undefined || !('List' in statement.object)) return;
  const { schema, name } = splitName(namesOf(statement.object.List.items));
  const found = context.editor.snapshot.findRelation(schema, name, context.searchPath);
  if (found === undefined || found.kind === 'virtual') throw undefinedRelation({ relname: name });
  await context.editor.replace({ ...found, comment: statement.comment === '' ? undefined : statement.comment });
}

async function commentOnColumn(context: DdlContext, statement: CommentStmt): Promise<void> {
  if (statement.object === undefined || !('List' in statement.object)) return;
  const names = namesOf(statement.object.List.items);
  const { schema, name } = splitName(names.slice(0, -1));
  const table = context.editor.snapshot.findRelation(schema, name, context.searchPath);
  if (table === undefined) throw undefinedRelation({ relname: name });
  if (table.kind !== 'table') return;
  const column = table.columns.find((candidate) => candidate.name === names[names.length - 1]);
  if (column === undefined)
    throw new SqlError('undefined_column', `column "${names[names.length - 1]}" of relation "${table.name}" does not exist`);
  const columns = table.columns.map((candidate) =>
    candidate.id === column.id ? { ...candidate, comment: statement.comment === '' ? undefined : statement.comment } : candidate,
  );
  await context.editor.replace({ ...table, columns });
}
