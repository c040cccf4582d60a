/** ALTER TABLE … DROP COLUMN: no page is touched, the column's id is never used again. */
import { SqlError } from '../../base/sql-error.ts';
import type { ColumnDescriptor, TableDescriptor, ViewDescriptor } from '../../catalog/descriptor.ts';
import { withoutColumn } from '../../sql/renaming.ts';
import type { DdlContext } from './context.ts';
import { dropConstraint } from './drop-constraint.ts';
import { dependentViews, dropRelations } from './drop.ts';
import { dropIndexStorage } from './indexes.ts';
import { storedQuery, withStoredQuery } from './stored-texts.ts';
import { TableDraft } from './table-draft.ts';

export async function dropColumn(
  context: DdlContext,
  table: TableDescriptor,
  name: string,
  options: { readonly cascade: boolean; readonly missingOk: boolean },
): Promise<void> {
  const column = table.columns.find((candidate) => candidate.name === name);
  if (column === undefined) {
    const message = `column "${name}" of relation "${table.name}" does not exist`;
    if (!options.missingOk) throw new SqlError('undefined_column', message);
    context.notice(`${message}, skipping`);
    return;
  }
  const readers = dependentViews(context, table.oid).map((view) => ({ view, queryText: queryWithout(view, table, column) }));
  const views = readers.flatMap(({ view, queryText }) => (queryText === undefined ? [view] : []));
  if (views.length > 0) {
    if (!options.cascade) {
      throw new SqlError(
        'dependent_objects_still_exist',
        `cannot drop column ${name} of table ${table.name} because other objects depend on it`,
        {
          detail: views.map((view) => `view ${view.name} depends on column ${name} of table ${table.name}`).join('\n'),
          hint: 'Use DROP ... CASCADE to drop the dependent objects too.',
        },
      );
    }
    await dropRelations(context, views, true);
  }
  for (const { view, queryText } of readers)
    if (queryText !== undefined && queryText !== storedQuery(view)) await context.editor.replace(withStoredQuery(view, queryText));
  for (const constraint of table.constraints) {
    if (!constraint.columns.includes(column.id)) continue;
    const current = context.editor.snapshot.relation(table.oid);
    if (current?.kind === 'table') await dropConstraint(context, current, constraint.name, { cascade: options.cascade, missingOk: true });
  }
  const current = context.editor.snapshot.relation(table.oid);
  if (current?.kind !== 'table') return;
  const draft = new TableDraft(current);
  for (const index of current.indexes) {
    if (!indexUses(index, column)) continue;
    dropIndexStorage(context, current, index);
    draft.indexes = draft.indexes.filter((candidate) => candidate.oid !== index.oid);
  }
  draft.columns = draft.columns.filter((candidate) => candidate.id !== column.id);
  await context.editor.replace(draft.finish());
  const sequence = column.sequence === undefined ? undefined : context.editor.snapshot.object(column.sequence);
  if (sequence !== undefined) context.editor.drop(sequence);
}

function indexUses(index: TableDescriptor['indexes'][number], column: ColumnDescriptor): boolean {
  return (
    index.keys.some((key) => key.column === column.id || (key.expressionText !== undefined && mentions(key.expressionText, column.name))) ||
    (index.predicateText !== undefined && mentions(index.predicateText, column.name))
  );
}

function mentions(text: string, name: string): boolean {
  return text.includes(name);
}

/** What is left of a view's query without the column; undefined when it reads it. */
function queryWithout(view: ViewDescriptor | TableDescriptor, table: TableDescriptor, column: ColumnDescriptor): string | undefined {
  const relation = { schema: table.schemaName, name: table.name };
  return withoutColumn(storedQuery(view) ?? '', relation, { name: column.name, place: table.columns.indexOf(column) });
}
