/** Reads the whole catalog of a transaction's snapshot. */
import { assert } from '../base/assert.ts';
import { WHOLE_TREE, type TreeSchema } from '../storage/tree.ts';
import type { Transaction } from '../transaction/transaction.ts';
import { oid, type Oid } from '../types/oid.ts';
import { typeDefinition } from '../types/types.ts';
import type { Row, Value } from '../types/value.ts';
import { CATALOG_TEXT, decodeObject, type CatalogObject } from './codec.ts';
import type { ColumnStatistics, TableDescriptor } from './descriptor.ts';
import { CatalogSnapshot, type SystemRelations } from './snapshot.ts';
import { OBJECT_TREE, STATISTICS_TREE } from './trees.ts';

export async function loadCatalog(transaction: Transaction, system: SystemRelations): Promise<CatalogSnapshot> {
  const objects = new Map<Oid, CatalogObject>();
  for (const [id, , definition] of await allRows(transaction, OBJECT_TREE)) {
    assert(typeof id === 'number' && typeof definition === 'string', 'a row of the object tree is (oid, kind, definition)', { id });
    objects.set(oid(id), decodeObject(oid(id), definition));
  }
  const statistics = new Map<Oid, ColumnStatistics[]>();
  for (const [table, , text] of await allRows(transaction, STATISTICS_TREE)) {
    assert(typeof table === 'number' && typeof text === 'string', 'a row of the statistics tree is (table, column, text)', { table });
    const owner = objects.get(oid(table));
    if (owner?.kind !== 'table') continue;
    const columns = statistics.get(oid(table)) ?? [];
    const decoded = decodeStatistics(owner, text);
    if (decoded !== undefined) columns.push(decoded);
    statistics.set(oid(table), columns);
  }
  return new CatalogSnapshot(objects, statistics, system);
}

/** One column's statistics as the statistics tree holds them: bounds in text form, so that any type has one. */
export function encodeStatistics(table: TableDescriptor, statistics: ColumnStatistics): string {
  const type = table.columns.find((column) => column.id === statistics.column)?.type;
  assert(type !== undefined, 'statistics belong to a column of their table', { column: statistics.column });
  const text = (value: Value) => (value === null ? null : typeDefinition(type.oid).output(value, CATALOG_TEXT));
  return JSON.stringify({ ...statistics, min: text(statistics.min), max: text(statistics.max) });
}

function decodeStatistics(table: TableDescriptor, text: string): ColumnStatistics | undefined {
  const stored = JSON.parse(text) as Omit<ColumnStatistics, 'min' | 'max'> & { min: string | null; max: string | null };
  const type = table.columns.find((column) => column.id === stored.column)?.type;
  if (type === undefined) return undefined;
  const value = (bound: string | null) => (bound === null ? null : typeDefinition(type.oid).input(bound, CATALOG_TEXT, -1));
  return { ...stored, min: value(stored.min), max: value(stored.max) };
}

async function allRows(transaction: Transaction, tree: TreeSchema): Promise<Row[]> {
  const cursor = transaction.scan(tree, WHOLE_TREE, { columns: tree.columns.map((_, position) => position), purpose: 'none' });
  const rows: Row[] = [];
  try {
    for (let batch = await cursor.next(); batch !== null; batch = await cursor.next()) rows.push(...batch.rows);
  } finally {
    cursor.close();
  }
  return rows;
}
