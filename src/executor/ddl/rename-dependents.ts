/** What else a renaming changes: stored texts that say the name. */
import type { ColumnDescriptor, IndexDescriptor, TableDescriptor, ViewDescriptor } from '../../catalog/descriptor.ts';
import { renamedExpression, renamedQuery, type Renaming } from '../../sql/renaming.ts';
import type { DdlContext } from './context.ts';

/** Renames in every view's query, default, check, generated column and index expression of the database. */
export async function renameInTexts(context: DdlContext, renaming: Renaming): Promise<void> {
  for (const relation of context.editor.snapshot.relations()) {
    if (relation.kind !== 'view' && relation.kind !== 'table') continue;
    const renamed = relation.kind === 'view' ? renamedView(relation, renaming) : renamedTable(relation, renaming);
    if (renamed !== relation) await context.editor.replace({ ...renamed, version: relation.version + 1 });
  }
}

function renamedView(view: ViewDescriptor, renaming: Renaming): ViewDescriptor {
  const queryText = mentions(view.queryText, renaming) ? renamedQuery(view.queryText, renaming) : undefined;
  return queryText === undefined ? view : { ...view, queryText };
}

function renamedTable(table: TableDescriptor, renaming: Renaming): TableDescriptor {
  let changed = false;
  const expression = <T extends string | undefined>(text: T): T | string => {
    const renamed = text !== undefined && mentions(text, renaming) ? renamedExpression(text, renaming) : undefined;
    if (renamed !== undefined) changed = true;
    return renamed ?? text;
  };
  const column = (one: ColumnDescriptor): ColumnDescriptor => ({ ...one, defaultText: expression(one.defaultText) });
  const index = (one: IndexDescriptor): IndexDescriptor => ({
    ...one,
    predicateText: expression(one.predicateText),
    keys: one.keys.map((key) => ({ ...key, expressionText: expression(key.expressionText) })),
  });
  const columns = table.columns.map(column);
  const indexes = table.indexes.map(index);
  const constraints = table.constraints.map((one) =>
    one.kind === 'check' ? { ...one, expressionText: expression(one.expressionText) } : one,
  );
  const { materialized } = table;
  const queryText =
    materialized !== undefined && mentions(materialized.queryText, renaming) ? renamedQuery(materialized.queryText, renaming) : undefined;
  if (!changed && queryText === undefined) return table;
  const query = materialized === undefined || queryText === undefined ? materialized : { ...materialized, queryText };
  return { ...table, columns, indexes, constraints, materialized: query };
}

/** Whether a text may say the name: most do not, and need not be parsed. */
function mentions(text: string, renaming: Renaming): boolean {
  return text.includes(renaming.name.replaceAll('"', '""'));
}
