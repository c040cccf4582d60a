/** The parent's side of a foreign key: what happens to the children of keys that are gone. */
import { assert } from '../../base/assert.ts';
import { SqlError } from '../../base/sql-error.ts';
import { afterPrefix } from '../../base/bytes.ts';
import type { TableDescriptor } from '../../catalog/descriptor.ts';
import { encodeKeyPrefix } from '../../storage/key-codec.ts';
import { WHOLE_TREE, type KeyRange, type TreeSchema } from '../../storage/tree.ts';
import type { Row } from '../../types/value.ts';
import type { Environment } from '../environment.ts';
import { NO_PROGRAM, Scope } from '../expression/scope.ts';
import { compareOf } from '../expression/value-order.ts';
import { keyText } from './constraint-error.ts';
import { parentExists, type ForeignKey } from './foreign-key-child.ts';
import { fits } from './key-access.ts';
import { TableWriter } from './table-writer.ts';
import { prepareTarget, type PreparedTarget } from './write-target.ts';

/** A parent key that is gone; in an update, with the key that took its place. */
export interface GoneKey {
  readonly old: Row;
  readonly replacement: Row | undefined;
}

export async function settleChildren(environment: Environment, foreignKey: ForeignKey, gone: readonly GoneKey[]): Promise<void> {
  for (const key of gone) {
    const action = key.replacement === undefined ? foreignKey.constraint.onDelete : foreignKey.constraint.onUpdate;
    switch (action) {
      case 'no action': {
        const check = async (inside: Environment): Promise<void> => {
          if (!(await parentExists(inside.execution, foreignKey, key.old))) await refuseChildren(inside, foreignKey, key);
        };
        const { deferred } = environment.execution;
        if (deferred?.isDeferred(foreignKey.child, foreignKey.constraint) === true)
          deferred.push((execution) => check(environment.forExecution(execution)));
        else await check(environment);
        break;
      }
      case 'restrict':
        await refuseChildren(environment, foreignKey, key);
        break;
      case 'cascade':
      case 'set null':
      case 'set default':
        await writeChildren(environment, foreignKey, key, action);
        break;
    }
  }
}

async function refuseChildren(environment: Environment, foreignKey: ForeignKey, key: GoneKey): Promise<void> {
  const children = await childrenOf(environment, foreignKey, key.old);
  if (children.length === 0) return;
  const { child, parent, constraint } = foreignKey;
  const columns = constraint.tableColumns.map((id) => parent.columns.find((column) => column.id === id));
  const text = keyText(
    columns.map((column) => column?.name ?? ''),
    columns.map((column) => column?.type ?? parent.columns[0].type),
    key.old,
    environment.context,
  );
  throw new SqlError(
    'foreign_key_violation',
    `update or delete on table "${parent.name}" violates foreign key constraint "${constraint.name}" on table "${child.name}"`,
    {
      detail: `Key ${text} is still referenced from table "${child.name}".`,
      schema: child.schemaName,
      table: child.name,
      constraint: constraint.name,
    },
  );
}

async function writeChildren(
  environment: Environment,
  foreignKey: ForeignKey,
  key: GoneKey,
  action: 'cascade' | 'set null' | 'set default',
): Promise<void> {
  const { child, constraint } = foreignKey;
  const children = await childrenOf(environment, foreignKey, key.old);
  if (children.length === 0) return;
  const target = targetOf(environment, child);
  const writer = new TableWriter(target, environment);
  const positions = constraint.columns.map((id) => child.columns.findIndex((column) => column.id === id));
  for (const row of children) {
    if (action === 'cascade' && key.replacement === undefined) {
      writer.delete(row);
      continue;
    }
    const changed = row.slice();
    for (const [at, position] of positions.entries()) {
      if (action === 'set default' && child.columns[position].defaultText !== undefined)
        throw new SqlError('feature_not_supported', 'SET DEFAULT of a foreign key is supported only for columns without a default');
      changed[position] = action === 'cascade' && key.replacement !== undefined ? key.replacement[at] : null;
    }
    target.complete(changed, environment);
    await writer.update(row, changed);
  }
}

/** Whole rows of the child that point to the key: by an index that begins with the columns, else by reading the table. */
async function childrenOf(environment: Environment, foreignKey: ForeignKey, key: Row): Promise<Row[]> {
  const { child, constraint } = foreignKey;
  const all = child.tree.columns.map((_, position) => position);
  const positions = constraint.columns.map((id) => child.columns.findIndex((column) => column.id === id));
  if (key.some((value, at) => !fits(value, child.columns[positions[at]].type.oid))) return [];
  const compares = positions.map((position) => compareOf(child.columns[position].type));
  const matches = (row: Row): boolean =>
    positions.every((position, at) => row[position] !== null && compares[at](row[position], key[at]) === 0);
  const index = child.indexes.find(
    (candidate) =>
      candidate.state === 'public' &&
      candidate.predicateText === undefined &&
      candidate.keys.length >= constraint.columns.length &&
      candidate.keys
        .slice(0, constraint.columns.length)
        .every((part) => part.column !== undefined && constraint.columns.includes(part.column)),
  );
  if (index === undefined) return (await collect(environment, child.tree, WHOLE_TREE, all)).filter(matches);
  const values = index.keys
    .slice(0, constraint.columns.length)
    .map((part) => key[constraint.columns.findIndex((column) => column === part.column)]);
  const tree = index.primary ? child.tree : index.tree;
  const prefix = encodeKeyPrefix(tree, values);
  const range: KeyRange = { from: prefix, to: afterPrefix(prefix) };
  if (index.primary) return (await collect(environment, tree, range, all)).filter(matches);
  const keys = await collect(environment, tree, range, index.tableKeyPositions);
  const rows = await Promise.all(
    keys.map((found) => environment.transaction.get(child.tree, encodeKeyPrefix(child.tree, found), all, 'constraint')),
  );
  return rows.filter((row) => row !== null).filter(matches);
}

async function collect(environment: Environment, tree: TreeSchema, range: KeyRange, columns: readonly number[]): Promise<Row[]> {
  const cursor = environment.transaction.scan(tree, range, { columns, purpose: 'constraint' });
  const rows: Row[] = [];
  for (;;) {
    environment.context.checkCancelled();
    const batch = await cursor.next();
    if (batch === null) break;
    for (const row of batch.rows) rows.push(row);
  }
  cursor.close();
  return rows;
}

const targets = new WeakMap<TableDescriptor, PreparedTarget>();

/** The child's write target, from the session's hook; without one only tables that need nothing bound can be written. */
function targetOf(environment: Environment, child: TableDescriptor): PreparedTarget {
  const known = targets.get(child);
  if (known !== undefined) return known;
  const { writeTarget } = environment.execution;
  assert(writeTarget !== undefined, 'the session gives the targets of foreign key actions', { table: child.name });
  const prepared = prepareTarget(writeTarget(child), new Scope(NO_PROGRAM, new Map()));
  targets.set(child, prepared);
  return prepared;
}
