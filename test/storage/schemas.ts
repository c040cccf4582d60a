/** Trees for tests. */
import { columnId, treeId, type KeyPart, type TreeSchema } from '../../src/storage/tree.ts';
import { OID, type Oid } from '../../src/types/oid.ts';
import type { Value } from '../../src/types/value.ts';

export function schemaOf(
  columns: readonly Oid[],
  key: readonly (number | KeyPart)[],
  more: {
    readonly id?: number;
    readonly rowId?: number;
    readonly uniqueParts?: number | undefined;
    readonly missing?: readonly Value[];
    readonly ids?: readonly number[];
  } = {},
): TreeSchema {
  return {
    id: treeId(more.id ?? 100),
    columns: columns.map((oid, at) => ({
      id: columnId(more.ids?.[at] ?? at + 1),
      type: { oid, modifier: -1 },
      missing: more.missing?.[at] ?? null,
    })),
    key: key.map((part) => (typeof part === 'number' ? { column: part, descending: false, nullsFirst: false } : part)),
    rowId: more.rowId,
    uniqueParts: more.uniqueParts,
  };
}

/** One column of every physical type. */
export const EVERY_TYPE: readonly Oid[] = [OID.bool, OID.int4, OID.int8, OID.float4, OID.float8, OID.numeric, OID.text, OID.bytea];
