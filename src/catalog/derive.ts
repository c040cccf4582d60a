/** The trees of tables and indexes, derived from what the catalog stores, so that the two can never disagree. */
import { assert } from '../base/assert.ts';
import { ROW_ID_COLUMN, treeId, type ColumnId, type KeyPart, type TreeColumn, type TreeSchema } from '../storage/tree.ts';
import { OID } from '../types/oid.ts';
import type { ColumnDescriptor, IndexKey } from './descriptor.ts';

/** A table's own tree: clustered on `primaryKey`, or on a hidden row id laid behind the visible columns. */
export function tableTree(id: number, columns: readonly ColumnDescriptor[], primaryKey: readonly ColumnId[] | undefined): TreeSchema {
  const treeColumns: TreeColumn[] = columns.map((column) => ({ id: column.id, type: column.type, missing: column.missing }));
  if (primaryKey !== undefined) {
    return {
      id: treeId(id),
      columns: treeColumns,
      key: primaryKey.map((column) => ascending(positionOf(columns, column))),
      rowId: undefined,
      uniqueParts: undefined,
    };
  }
  const rowId = treeColumns.length;
  treeColumns.push({ id: ROW_ID_COLUMN, type: { oid: OID.int8, modifier: -1 }, missing: null });
  return { id: treeId(id), columns: treeColumns, key: [ascending(rowId)], rowId, uniqueParts: undefined };
}

export interface DerivedIndexTree {
  readonly tree: TreeSchema;
  /** For each column of the table's key, its position in the index's columns. */
  readonly tableKeyPositions: readonly number[];
}

/**
 * An index's tree: its keys, then the table's key columns that are not among them. Column ids within an index are its own:
 * 1, 2 … for keys, and the table key's after them; the hidden row id keeps id 0.
 */
export function indexTree(id: number, table: TreeSchema, keys: readonly IndexKey[], unique: boolean): DerivedIndexTree {
  const columns: TreeColumn[] = [];
  const parts: KeyPart[] = [];
  for (const key of keys) {
    parts.push({ column: columns.length, descending: key.descending, nullsFirst: key.nullsFirst });
    columns.push({ id: (columns.length + 1) as ColumnId, type: key.type, missing: null });
  }
  let rowId: number | undefined;
  const tableKeyPositions = table.key.map((part) => {
    const column = table.columns[part.column];
    const among = keys.findIndex((key) => key.column === column.id);
    if (among >= 0) return among;
    const position = columns.length;
    parts.push(ascending(position));
    if (column.id === ROW_ID_COLUMN) rowId = position;
    columns.push({ id: column.id === ROW_ID_COLUMN ? ROW_ID_COLUMN : ((position + 1) as ColumnId), type: column.type, missing: null });
    return position;
  });
  return { tree: { id: treeId(id), columns, key: parts, rowId, uniqueParts: unique ? keys.length : undefined }, tableKeyPositions };
}

function ascending(column: number): KeyPart {
  return { column, descending: false, nullsFirst: false };
}

function positionOf(columns: readonly ColumnDescriptor[], id: ColumnId): number {
  const position = columns.findIndex((column) => column.id === id);
  assert(position >= 0, 'a key column is a column of its table', { id });
  return position;
}
