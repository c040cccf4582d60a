/** COMMENT ON a table, view or sequence. Comments on other objects are accepted and not kept. */
import type { CommentStmt } from '@pgsql/types';
import type { DdlContext } from './context.ts';
import { namesOf, splitName, undefinedRelation } from './names.ts';

const KEPT = new Set(['OBJECT_TABLE', 'OBJECT_VIEW', 'OBJECT_SEQUENCE']);

export async function comment(context: DdlContext, statement: CommentStmt): Promise<void> {
  if (!KEPT.has(statement.objtype ?? '') || statement.object === undefined || !('List' in statement.object)) return;
  const { schema, name } = splitName(namesOf(statement.object.List.items));
  const found = context.editor.snapshot.findRelation(schema, name, context.searchPath);
  if (found === undefined || found.kind === 'virtual') throw undefinedRelation({ relname: name });
  await context.editor.replace({ ...found, comment: statement.comment === '' ? undefined : statement.comment });
}
