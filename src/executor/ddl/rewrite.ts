/** Moves every row of a table into another shape: a new key, a changed type, a column computed for each row. */
import type { TableDescriptor } from '../../catalog/descriptor.ts';
import { encodeKey } from '../../storage/key-codec.ts';
import { WHOLE_TREE, type ColumnId } from '../../storage/tree.ts';
import { typeDefinition } from '../../types/types.ts';
import { CATALOG_TEXT } from '../../catalog/codec.ts';
import { SqlError } from '../../base/sql-error.ts';
import type { Row, Value } from '../../types/value.ts';
import type { DdlContext } from './context.ts';
import { fillIndex } from './indexes.ts';

/**
 * Reads rows of `before` and writes them as rows of `after`: columns of the same id are copied, those in `computed` are evaluated over
 * the old row by their SQL text and coerced to their new type. When the tree changed, the old one is emptied and every secondary
 * index is filled anew.
 */
export async function rewriteTable(
  context: DdlContext,
  before: TableDescriptor,
  after: TableDescriptor,
  computed: ReadonlyMap<ColumnId, string>,
): Promise<void> {
  const transaction = context.editor.transaction;
  const moved = before.tree.id !== after.tree.id;
  const targets = after.columns.filter((column) => computed.has(column.id));
  const evaluate = await context.evaluator(
    before,
    targets.map((column) => ({ text: computed.get(column.id) ?? 'NULL', target: column.type })),
  );
  const sources = after.columns.map((column) => before.columns.findIndex((candidate) => candidate.id === column.id));
  const rows = await allRows(context, before);
  if (moved) transaction.clearTree(before.tree);
  for (const old of rows) {
    const values: readonly Value[] = await evaluate(old);
    const row: Row = after.columns.map((column, position) => {
      const target = targets.indexOf(column);
      return target >= 0 ? values[target] : old[sources[position]];
    });
    if (after.tree.rowId !== undefined)
      row[after.tree.rowId] = before.tree.rowId === undefined ? transaction.newRowId() : old[before.tree.rowId];
    const key = encodeKey(after.tree, row);
    if (moved && after.tree.rowId === undefined && (await transaction.get(after.tree, key, [], 'constraint')) !== null)
      throw duplicate(after, row);
    transaction.put(after.tree, key, row);
  }
  if (!moved) return;
  for (const index of after.indexes) {
    if (index.primary) continue;
    transaction.clearTree(index.tree);
    await fillIndex(context, after, index);
  }
}

/** All rows, gathered before the first is written, since a rewrite in place would otherwise meet its own. */
async function allRows(context: DdlContext, table: TableDescriptor): Promise<Row[]> {
  const rows: Row[] = [];
  const cursor = context.editor.transaction.scan(table.tree, WHOLE_TREE, {
    columns: table.tree.columns.map((_, position) => position),
    purpose: 'update',
  });
  try {
    for (let batch = await cursor.next(); batch !== null; batch = await cursor.next()) for (const row of batch.rows) rows.push(row);
  } finally {
    cursor.close();
  }
  return rows;
}

function duplicate(table: TableDescriptor, row: Row): SqlError {
  const index = table.indexes.find((candidate) => candidate.primary);
  const columns = table.tree.key.map((part) => table.columns[part.column]);
  const values = table.tree.key.map((part, at) => typeDefinition(columns[at].type.oid).output(row[part.column], CATALOG_TEXT));
  return new SqlError('unique_violation', `could not create unique index "${index?.name ?? ''}"`, {
    detail: `Key (${columns.map((column) => column.name).join(', ')})=(${values.join(', ')}) is duplicated.`,
    table: table.name,
    constraint: index?.name,
  });
}
