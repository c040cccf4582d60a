/** TRUNCATE: a write to whole trees, so that it conflicts with every other write to them. */
import type { TruncateStmt } from '@pgsql/types';
import { SqlError } from '../../base/sql-error.ts';
import type { TableDescriptor } from '../../catalog/descriptor.ts';
import { SEQUENCE_TREE, sequenceKey } from '../../catalog/trees.ts';
import type { DdlContext } from './context.ts';
import { requireTable } from './names.ts';

export function truncate(context: DdlContext, statement: TruncateStmt): void {
  const cascade = statement.behavior === 'DROP_CASCADE';
  const tables = new Map(
    (statement.relations ?? [])
      .flatMap((node) => ('RangeVar' in node ? [requireTable(context, node.RangeVar)] : []))
      .map((table) => [table.oid, table]),
  );
  for (const table of tables.values()) {
    for (const note of table.referencedBy) {
      if (tables.has(note.table)) continue;
      const other = context.editor.snapshot.relation(note.table);
      if (other?.kind !== 'table') continue;
      if (!cascade) {
        throw new SqlError('feature_not_supported', 'cannot truncate a table referenced in a foreign key constraint', {
          detail: `Table "${other.name}" references "${table.name}".`,
          hint: `Truncate table "${other.name}" at the same time, or use TRUNCATE ... CASCADE.`,
        });
      }
      context.notice(`truncate cascades to table "${other.name}"`);
      tables.set(other.oid, other);
    }
  }
  for (const table of tables.values()) empty(context, table, statement.restart_seqs === true);
}

function empty(context: DdlContext, table: TableDescriptor, restart: boolean): void {
  context.editor.transaction.clearTree(table.tree);
  for (const index of table.indexes) if (!index.primary) context.editor.transaction.clearTree(index.tree);
  if (!restart) return;
  for (const relation of context.editor.snapshot.relations()) {
    if (relation.kind === 'sequence' && relation.ownedBy?.table === table.oid) {
      context.editor.transaction.put(SEQUENCE_TREE, sequenceKey(relation.oid), [relation.oid, relation.start, false]);
    }
  }
}
