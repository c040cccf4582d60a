/**
 * Foreign keys, looked at when a statement ends (or, deferred, when the transaction does).
 *
 *     child row written    its parent must exist
 *     parent row gone      no action, restrict: no child may point there
 *                          cascade, set null, set default: the children are written, which may queue more
 *
 * The queue lives in the environment; notes of one constraint are gathered so that each key is looked up once.
 */
import { present } from '../../base/assert.ts';
import type { ConstraintDescriptor, TableDescriptor } from '../../catalog/descriptor.ts';
import type { Row, Value } from '../../types/value.ts';
import type { Environment } from '../environment.ts';
import { memoKey } from '../expression/subquery-memo.ts';
import { checkParents, type ForeignKey } from './foreign-key-child.ts';
import { settleChildren } from './foreign-key-parent.ts';
import { SqlError } from '../../base/sql-error.ts';

/** What one statement did to the keys of one constraint. */
interface Gathered {
  readonly foreignKey: ForeignKey;
  /** Child keys whose parent must exist. */
  readonly wanted: Map<string, Row>;
  /** Parent keys that are gone, each with the key that took its place in an update. */
  readonly gone: Map<string, { readonly old: Row; readonly replacement: Row | undefined }>;
}

const queues = new WeakMap<Environment, Map<string, Gathered>>();

export function noteInserted(environment: Environment, table: TableDescriptor, row: Row): void {
  for (const constraint of table.constraints) if (constraint.kind === 'foreign') noteChild(environment, table, constraint, row);
}

export function noteUpdated(environment: Environment, table: TableDescriptor, old: Row, row: Row): void {
  for (const constraint of table.constraints) {
    if (constraint.kind !== 'foreign') continue;
    const positions = positionsOfColumns(table, constraint.columns);
    if (positions.some((position) => !same(old[position], row[position]))) noteChild(environment, table, constraint, row);
  }
  noteParent(environment, table, old, row);
}

export function noteDeleted(environment: Environment, table: TableDescriptor, row: Row): void {
  noteParent(environment, table, row, undefined);
}

/** Whether anything was noted that the end of the statement has to look at. */
export function hasForeignKeysToSettle(environment: Environment): boolean {
  return queues.has(environment);
}

/** Looks at everything noted, and at what that notes in turn, until nothing is left. */
export async function settleForeignKeys(environment: Environment): Promise<void> {
  for (;;) {
    const queue = queues.get(environment);
    if (queue === undefined || queue.size === 0) return;
    queues.delete(environment);
    for (const { foreignKey, gone } of queue.values()) if (gone.size > 0) await settleChildren(environment, foreignKey, [...gone.values()]);
    for (const { foreignKey, wanted } of queue.values()) {
      if (wanted.size === 0) continue;
      const keys = [...wanted.values()];
      const { deferred } = environment.execution;
      if (deferred?.isDeferred(foreignKey.child, foreignKey.constraint) === true)
        deferred.push((execution) => checkParents(execution, foreignKey, keys));
      else await checkParents(environment.execution, foreignKey, keys);
    }
  }
}

export function positionsOfColumns(table: TableDescriptor, columns: readonly number[]): number[] {
  return columns.map((id) => table.columns.findIndex((column) => column.id === id));
}

function noteChild(
  environment: Environment,
  child: TableDescriptor,
  constraint: ConstraintDescriptor & { readonly kind: 'foreign' },
  row: Row,
): void {
  const key = positionsOfColumns(child, constraint.columns).map((position) => row[position]);
  const nulls = key.filter((value) => value === null).length;
  if (nulls === key.length || (nulls > 0 && constraint.match === 'simple')) return;
  if (nulls > 0) {
    throw new SqlError(
      'foreign_key_violation',
      `insert or update on table "${child.name}" violates foreign key constraint "${constraint.name}"`,
      {
        detail: 'MATCH FULL does not allow mixing of null and nonnull key values.',
        schema: child.schemaName,
        table: child.name,
        constraint: constraint.name,
      },
    );
  }
  gathered(environment, child, constraint).wanted.set(keyOf(key), key);
}

function noteParent(environment: Environment, parent: TableDescriptor, old: Row, row: Row | undefined): void {
  for (const reference of parent.referencedBy) {
    const child = environment.execution.catalog.relation(reference.table);
    if (child?.kind !== 'table') continue;
    const constraint = child.constraints.find(
      (candidate) => candidate.kind === 'foreign' && candidate.name === reference.constraint && candidate.table === parent.oid,
    );
    if (constraint?.kind !== 'foreign') continue;
    const positions = positionsOfColumns(parent, constraint.tableColumns);
    const oldKey = positions.map((position) => old[position]);
    if (oldKey.includes(null)) continue;
    const replacement = row === undefined ? undefined : positions.map((position) => row[position]);
    if (replacement?.every((value, at) => same(value, oldKey[at])) === true) continue;
    gathered(environment, child, constraint).gone.set(keyOf(oldKey), { old: oldKey, replacement });
  }
}

function gathered(
  environment: Environment,
  child: TableDescriptor,
  constraint: ConstraintDescriptor & { readonly kind: 'foreign' },
): Gathered {
  let queue = queues.get(environment);
  if (queue === undefined) {
    queue = new Map();
    queues.set(environment, queue);
  }
  const name = `${child.oid}.${constraint.name}`;
  let entry = queue.get(name);
  if (entry === undefined) {
    const parent = environment.execution.catalog.relation(constraint.table);
    entry = {
      foreignKey: { child, constraint, parent: present(parent?.kind === 'table' ? parent : undefined, 'a foreign key points to a table') },
      wanted: new Map(),
      gone: new Map(),
    };
    queue.set(name, entry);
  }
  return entry;
}

let unkeyed = 0;

/** Equal keys usually share a string; values without a cheap one get a string of their own, which only costs a second lookup. */
function keyOf(key: readonly Value[]): string {
  return memoKey(key) ?? `#${unkeyed++}`;
}

function same(a: Value, b: Value): boolean {
  return a === b || (a !== null && b !== null && memoKey([a]) !== undefined && memoKey([a]) === memoKey([b]));
}
