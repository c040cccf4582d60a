/** What a new database holds: the schema public, and the counter of ids. */
import { isSqlError } from '../base/sql-error.ts';
import type { DatabaseState } from '../transaction/transaction.ts';
import { encodeObject, FIRST_USER_OID, PUBLIC_SCHEMA } from './codec.ts';
import { COUNTER_TREE, counterKey, NAME_TREE, nameKey, OBJECT_TREE, objectKey } from './trees.ts';
import { oid } from '../types/oid.ts';

/** Writes the first rows of the catalog. Several processes may do it at once: one succeeds, and the others see that it is done. */
export async function initializeCatalog(state: DatabaseState): Promise<void> {
  await state.confirm({ kind: 'linearizable' });
  const transaction = state.begin({ isolation: 'serializable', readOnly: false });
  try {
    const done = await transaction.get(COUNTER_TREE, counterKey('id'), [1], 'constraint');
    if (done !== null) return transaction.rollback();
    transaction.put(COUNTER_TREE, counterKey('id'), ['id', FIRST_USER_OID]);
    transaction.put(OBJECT_TREE, objectKey(PUBLIC_SCHEMA.oid), [PUBLIC_SCHEMA.oid, PUBLIC_SCHEMA.kind, encodeObject(PUBLIC_SCHEMA)]);
    transaction.put(NAME_TREE, nameKey(oid(0), 'schema', PUBLIC_SCHEMA.name), [0, 'schema', PUBLIC_SCHEMA.name, PUBLIC_SCHEMA.oid]);
    await transaction.commit();
  } catch (error) {
    transaction.rollback();
    if (!isSqlError(error, 'serialization_failure')) throw error;
  }
}
