/** Reads the whole catalog of a transaction's snapshot. */
import { assert } from '../base/assert.ts';
import { WHOLE_TREE, type TreeSchema } from '../storage/tree.ts';
import type { Transaction } from '../transaction/transaction.ts';
import { oid, type Oid } from '../types/oid.ts';
import type { Row } from '../types/value.ts';
import { decodeObject, type CatalogObject } from './codec.ts';
import { CatalogSnapshot, type SystemRelations } from './snapshot.ts';
import { StoredStatistics } from './statistics/statistics-codec.ts';
import { OBJECT_TREE, STATISTICS_TREE } from './trees.ts';

export async function loadCatalog(transaction: Transaction, system: SystemRelations): Promise<CatalogSnapshot> {
  const objects = new Map<Oid, CatalogObject>();
  for (const [id, , definition] of await allRows(transaction, OBJECT_TREE)) {
    assert(typeof id === 'number' && typeof definition === 'string', 'a row of the object tree is (oid, kind, definition)', { id });
    objects.set(oid(id), decodeObject(oid(id), definition));
  }
  const statistics = new Map<Oid, StoredStatistics>();
  for (const [table, , text] of await allRows(transaction, STATISTICS_TREE)) {
    assert(typeof table === 'number' && typeof text === 'string', 'a row of the statistics tree is (table, column, text)', { table });
    const owner = objects.get(oid(table));
    if (owner?.kind !== 'table') continue;
    const stored = statistics.get(oid(table)) ?? new StoredStatistics(owner);
    stored.add(text);
    statistics.set(oid(table), stored);
  }
  return new CatalogSnapshot(objects, statistics, system);
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
