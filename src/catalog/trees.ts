/**
 * The trees that hold the catalog. Their schemas are fixed: changing one is a new format version.
 *
 *   1 object      oid → kind, definition (JSON, see codec.ts)
 *   2 name        (schema, space, name) → oid      two objects of one name collide as writes
 *   4 statistics  (table, column) → JSON
 *  16 sequence    oid → last value handed out, whether any was
 *  17 counter     name → next number                object ids and tree ids
 *
 * The last two lie above CATALOG_TREE_MAX: drawing a number is no change of the catalog that anyone would have to read again.
 */
import { columnId, treeId, type Key, type TreeSchema } from '../storage/tree.ts';
import { encodeKey } from '../storage/key-codec.ts';
import { COUNTERS } from '../transaction/advance.ts';
import { OID } from '../types/oid.ts';
import type { Oid } from '../types/oid.ts';
import type { Value } from '../types/value.ts';

export const OBJECT_TREE = catalogTree(1, [OID.int8, OID.text, OID.text], 1);
export const NAME_TREE = catalogTree(2, [OID.int8, OID.text, OID.text, OID.int8], 3);
export const SEQUENCE_TREE = COUNTERS;
export const STATISTICS_TREE = catalogTree(4, [OID.int8, OID.int8, OID.text], 2);
export const COUNTER_TREE = catalogTree(17, [OID.text, OID.int8], 1);

/** What a name names: relations share one space (tables, views, sequences, indexes), types another. */
export type NameSpace = 'relation' | 'type' | 'schema' | 'role';

export function objectKey(oid: Oid): Key {
  return encodeKey(OBJECT_TREE, [oid, '', '']);
}

export function nameKey(schema: Oid, space: NameSpace, name: string): Key {
  return encodeKey(NAME_TREE, [schema, space, name, 0]);
}

export function sequenceKey(oid: Oid): Key {
  return encodeKey(SEQUENCE_TREE, [oid, 0, false]);
}

export function statisticsKey(table: Oid, column: number): Key {
  return encodeKey(STATISTICS_TREE, [table, column, '']);
}

export function counterKey(name: string): Key {
  return encodeKey(COUNTER_TREE, [name, 0]);
}

/** A tree of `types`, the first `keyLength` of which are its key. */
function catalogTree(id: number, types: readonly Oid[], keyLength: number): TreeSchema {
  return {
    id: treeId(id),
    columns: types.map((oid, position) => ({ id: columnId(position + 1), type: { oid, modifier: -1 }, missing: null as Value })),
    key: types.slice(0, keyLength).map((_, column) => ({ column, descending: false, nullsFirst: false })),
    rowId: undefined,
    uniqueParts: undefined,
  };
}
