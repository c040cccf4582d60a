/** ON CONFLICT: an arbiter index that already holds the key decides between skipping and updating. */
import { SqlError } from '../../base/sql-error.ts';
import { latin1Of } from './key-text.ts';
import type { OnConflict } from '../../binder/plan.ts';
import { encodeKey, encodeKeyPrefix } from '../../storage/key-codec.ts';
import type { Key } from '../../storage/tree.ts';
import type { Row } from '../../types/value.ts';
import type { Environment } from '../environment.ts';
import type { EvaluateWaiting, Scope } from '../expression/scope.ts';
import { compileWaiting } from '../expression/waiting.ts';
import { present } from '../../base/assert.ts';
import type { TableWriter } from './table-writer.ts';
import type { PreparedIndex, PreparedTarget } from './write-target.ts';

export interface PreparedConflict {
  /** Writes the proposed row, or what the conflict makes of it; undefined when nothing is written. */
  write(row: Row, writer: TableWriter, environment: Environment): Promise<Row | undefined>;
}

export function prepareConflict(conflict: OnConflict, target: PreparedTarget, scope: Scope): PreparedConflict {
  const { table } = target;
  const both = scope.over([...conflict.existing, ...conflict.excluded]);
  const set = conflict.set.map((item) => ({ position: item.position, value: compileWaiting(item.expression, both) }));
  const where: EvaluateWaiting | undefined = conflict.where === undefined ? undefined : compileWaiting(conflict.where, both);
  const watchesAll = conflict.arbiters.length === 0;
  const watchesPrimary = table.tree.rowId === undefined && (watchesAll || conflict.arbiters.some((index) => index.primary));
  const watched: PreparedIndex[] = target.indexes.filter(
    (index) => index.descriptor.unique && (watchesAll || conflict.arbiters.some((arbiter) => arbiter.oid === index.descriptor.oid)),
  );
  const all = table.tree.columns.map((_, position) => position);
  const width = table.columns.length;
  const touched = new WeakMap<Environment, Set<string>>();

  /** The key of the table row that stands in the way. */
  const conflictingKey = async (row: Row, environment: Environment): Promise<Key | undefined> => {
    if (watchesPrimary) {
      const key = encodeKey(table.tree, row);
      if ((await environment.transaction.get(table.tree, key, [], 'constraint')) !== null) return key;
    }
    for (const index of watched) {
      const entry = index.entryOf(row, environment);
      if (entry?.collides !== true) continue;
      const found = await environment.transaction.get(index.descriptor.tree, entry.key, index.descriptor.tableKeyPositions, 'constraint');
      if (found !== null) return encodeKeyPrefix(table.tree, found);
    }
    return undefined;
  };

  return {
    async write(row, writer, environment) {
      const key = await conflictingKey(row, environment);
      const mine = touchedIn(touched, environment);
      if (key === undefined) {
        await writer.insert(row);
        if (conflict.action === 'update') mine.add(latin1Of(encodeKey(table.tree, row)));
        return row;
      }
      if (conflict.action === 'nothing') return undefined;
      if (mine.has(latin1Of(key))) {
        throw new SqlError('cardinality_violation', 'ON CONFLICT DO UPDATE command cannot affect row a second time', {
          hint: 'Ensure that no rows proposed for insertion within the same command have duplicate constrained values.',
        });
      }
      const existing = present(await environment.transaction.get(table.tree, key, all, 'update'), 'the row behind a unique entry exists');
      environment.transaction.noteRead(table.tree, key, 'update');
      const pair = [...existing.slice(0, width), ...row.slice(0, width)];
      if (where !== undefined && (await where(pair, environment)) !== true) return undefined;
      const changed = existing.slice();
      for (const { position, value } of set) changed[position] = await value(pair, environment);
      target.complete(changed, environment);
      await writer.update(existing, changed);
      mine.add(latin1Of(encodeKey(table.tree, changed)));
      return changed;
    },
  };
}

/** Keys this command inserted or updated. */
function touchedIn(touched: WeakMap<Environment, Set<string>>, environment: Environment): Set<string> {
  let keys = touched.get(environment);
  if (keys === undefined) {
    keys = new Set();
    touched.set(environment, keys);
  }
  return keys;
}
