/** The child's side of a foreign key: the parent must exist. */
import { SqlError } from '../../base/sql-error.ts';
import type { ConstraintDescriptor, IndexDescriptor, TableDescriptor } from '../../catalog/descriptor.ts';
import { encodeKeyPrefix } from '../../storage/key-codec.ts';
import type { Row } from '../../types/value.ts';
import type { Execution } from '../execution.ts';
import { keyText } from './constraint-error.ts';
import { fits } from './key-access.ts';
import { present } from '../../base/assert.ts';

export interface ForeignKey {
  readonly child: TableDescriptor;
  readonly parent: TableDescriptor;
  readonly constraint: ConstraintDescriptor & { readonly kind: 'foreign' };
}

/** 23503 for the first of `keys` (values of the child's columns) that no parent row has. Reads wait together. */
export async function checkParents(execution: Execution, foreignKey: ForeignKey, keys: readonly Row[]): Promise<void> {
  const found = await Promise.all(keys.map((key) => parentExists(execution, foreignKey, key)));
  const missing = keys.find((_, at) => !found[at]);
  if (missing === undefined) return;
  const { child, parent, constraint } = foreignKey;
  const columns = constraint.columns.map((id) =>
    present(
      child.columns.find((column) => column.id === id),
      'a foreign key is over its table’s columns',
    ),
  );
  throw new SqlError(
    'foreign_key_violation',
    `insert or update on table "${child.name}" violates foreign key constraint "${constraint.name}"`,
    {
      detail: `Key ${keyText(
        columns.map((column) => column.name),
        columns.map((column) => column.type),
        missing,
        execution.context,
      )} is not present in table "${parent.name}".`,
      schema: child.schemaName,
      table: child.name,
      constraint: constraint.name,
    },
  );
}

/** Whether the parent has a row with these values of the referenced columns, by the unique index over them. */
export async function parentExists(execution: Execution, foreignKey: ForeignKey, key: Row): Promise<boolean> {
  const { parent, constraint } = foreignKey;
  const index = referencedIndex(parent, constraint.tableColumns);
  const values = index.keys.map((part) => key[constraint.tableColumns.findIndex((column) => column === part.column)]);
  if (values.some((value, at) => !fits(value, index.keys[at].type.oid))) return false;
  const tree = index.primary ? parent.tree : index.tree;
  return (await execution.transaction.get(tree, encodeKeyPrefix(tree, values), [], 'constraint')) !== null;
}

function referencedIndex(parent: TableDescriptor, columns: readonly number[]): IndexDescriptor {
  const index = parent.indexes.find(
    (candidate) =>
      candidate.unique &&
      candidate.predicateText === undefined &&
      candidate.keys.length === columns.length &&
      candidate.keys.every((key) => key.column !== undefined && columns.includes(key.column)),
  );
  return present(index, 'a unique index stands behind referenced columns');
}
