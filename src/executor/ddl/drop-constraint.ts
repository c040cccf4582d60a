/** ALTER TABLE … DROP CONSTRAINT. */
import { SqlError } from '../../base/sql-error.ts';
import type { TableDescriptor } from '../../catalog/descriptor.ts';
import type { DdlContext } from './context.ts';
import { dropIndexStorage } from './indexes.ts';
import { rewriteTable } from './rewrite.ts';
import { TableDraft } from './table-draft.ts';

export async function dropConstraint(
  context: DdlContext,
  table: TableDescriptor,
  name: string,
  options: { readonly cascade: boolean; readonly missingOk: boolean },
): Promise<void> {
  const constraint = table.constraints.find((candidate) => candidate.name === name);
  if (constraint === undefined) {
    const message = `constraint "${name}" of relation "${table.name}" does not exist`;
    if (!options.missingOk) throw new SqlError('undefined_object', message);
    context.notice(`${message}, skipping`);
    return;
  }
  if (constraint.kind === 'foreign') await forgetReference(context, table, constraint);
  if (constraint.kind === 'unique' || constraint.kind === 'primary')
    await releaseReferences(context, table, constraint.columns, name, options.cascade);
  const current = context.editor.snapshot.relation(table.oid);
  const draft = new TableDraft(current?.kind === 'table' ? current : table);
  draft.constraints = draft.constraints.filter((candidate) => candidate.name !== name);
  const index = table.indexes.find((candidate) => candidate.constraint === name);
  if (index !== undefined) {
    dropIndexStorage(context, table, index);
    draft.indexes = draft.indexes.filter((candidate) => candidate.oid !== index.oid);
  }
  if (constraint.kind !== 'primary') return context.editor.replace(draft.finish());
  draft.treeId = await context.editor.newId();
  const changed = draft.finish();
  await context.editor.replace(changed);
  return rewriteTable(context, table, changed, new Map());
}

/** Takes a foreign key's note off the table it points to. */
export async function forgetReference(
  context: DdlContext,
  table: TableDescriptor,
  constraint: { readonly name: string; readonly table: TableDescriptor['oid'] },
): Promise<void> {
  const target = context.editor.snapshot.relation(constraint.table);
  if (target?.kind !== 'table') return;
  const referencedBy = target.referencedBy.filter((note) => note.table !== table.oid || note.constraint !== constraint.name);
  await context.editor.replace({ ...target, version: target.version + 1, referencedBy });
}

/** Foreign keys that rest on a key about to go: dropped with CASCADE, else 2BP01. */
async function releaseReferences(
  context: DdlContext,
  table: TableDescriptor,
  columns: readonly number[],
  name: string,
  cascade: boolean,
): Promise<void> {
  for (const note of table.referencedBy) {
    const other = context.editor.snapshot.relation(note.table);
    if (other?.kind !== 'table') continue;
    const foreign = other.constraints.find((candidate) => candidate.name === note.constraint);
    if (foreign?.kind !== 'foreign' || !sameColumns(foreign.tableColumns, columns)) continue;
    if (!cascade) {
      throw new SqlError(
        'dependent_objects_still_exist',
        `cannot drop constraint ${name} on table ${table.name} because other objects depend on it`,
        {
          detail: `constraint ${foreign.name} on table ${other.name} depends on index ${name}`,
          hint: 'Use DROP ... CASCADE to drop the dependent objects too.',
        },
      );
    }
    await dropConstraint(context, other, foreign.name, { cascade, missingOk: true });
  }
}

function sameColumns(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((column) => b.includes(column));
}
