/** What else a renaming changes: stored texts that say the name. */
import type { TableDescriptor, ViewDescriptor } from '../../catalog/descriptor.ts';
import { renamedExpression, renamedQuery, type Renaming } from '../../sql/renaming.ts';
import type { DdlContext } from './context.ts';
import { storedQuery, withExpressions, withStoredQuery } from './stored-texts.ts';

/** Renames in every view's query, default, check, generated column and index expression of the database. */
export async function renameInTexts(context: DdlContext, renaming: Renaming): Promise<void> {
  for (const relation of context.editor.snapshot.relations()) {
    if (relation.kind !== 'view' && relation.kind !== 'table') continue;
    const renamed = withRenamedQuery(relation.kind === 'table' ? withRenamedExpressions(relation, renaming) : relation, renaming);
    if (renamed !== relation) await context.editor.replace(renamed);
  }
}

function withRenamedQuery<Relation extends ViewDescriptor | TableDescriptor>(relation: Relation, renaming: Renaming): Relation {
  const query = storedQuery(relation);
  const renamed = query !== undefined && mentions(query, renaming) ? renamedQuery(query, renaming) : undefined;
  return renamed === undefined ? relation : withStoredQuery(relation, renamed);
}

function withRenamedExpressions(table: TableDescriptor, renaming: Renaming): TableDescriptor {
  let isChanged = false;
  const expressions = withExpressions(table, (text) => {
    const renamed = mentions(text, renaming) ? renamedExpression(text, renaming) : undefined;
    if (renamed !== undefined) isChanged = true;
    return renamed ?? text;
  });
  return isChanged ? { ...table, ...expressions, version: table.version + 1 } : table;
}

/** Whether a text may say the name: most do not, and need not be parsed. */
function mentions(text: string, renaming: Renaming): boolean {
  return text.includes(renaming.name.replaceAll('"', '""'));
}
