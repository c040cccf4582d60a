/** pg_index, and the access methods and operator classes it refers to. */
import { OID, type Oid } from '../../types/oid.ts';
import { findType } from '../../types/types.ts';
import { baseType } from './pg-type.ts';
import type { CatalogView, IndexDescriptor, TableDescriptor } from '../descriptor.ts';
import type { SystemRelationRows, SystemRow } from './define.ts';
import { BTREE_OID, OWNER_OID, tables, vector } from './objects.ts';
import { typeFacts } from './type-facts.ts';

const PG_CATALOG = 11;

export const pgIndex: SystemRelationRows = {
  *pg_index(catalog) {
    for (const table of tables(catalog)) for (const index of table.indexes) yield indexRow(catalog, table, index);
  },
  *pg_am() {
    for (const [oid, amname, handler, amtype] of ACCESS_METHODS) yield { oid, amname, amhandler: handler, amtype };
  },
  *pg_opclass() {
    for (const made of operatorClasses()) {
      yield {
        oid: made.oid,
        opcmethod: BTREE_OID,
        opcname: made.name,
        opcnamespace: PG_CATALOG,
        opcowner: OWNER_OID,
        opcfamily: made.family,
        opcintype: made.type,
        opcdefault: made.isDefault,
        opckeytype: made.keyType,
      };
    }
  },
  *pg_opfamily() {
    for (const [oid, name] of new Map(operatorClasses().map((made) => [made.family, made.familyName])))
      yield { oid, opfmethod: BTREE_OID, opfname: name, opfnamespace: PG_CATALOG, opfowner: OWNER_OID };
  },
};

function indexRow(catalog: CatalogView, table: TableDescriptor, index: IndexDescriptor): SystemRow {
  const usable = index.state === 'public';
  return {
    indexrelid: index.oid,
    indrelid: table.oid,
    indnatts: index.keys.length,
    indnkeyatts: index.keys.length,
    indisunique: index.unique,
    indisprimary: index.primary,
    indimmediate: true,
    indisvalid: usable,
    indisready: true,
    indislive: true,
    indkey: vector(index.keys.map((key) => key.column ?? 0)),
    indcollation: vector(index.keys.map((key) => typeFacts(key.type.oid).collation)),
    indclass: vector(index.keys.map((key) => operatorClassOf(catalog, key.type.oid))),
    indoption: vector(index.keys.map((key) => (key.descending ? 1 : 0) + (key.nullsFirst ? 2 : 0))),
    indexprs: index.keys.some((key) => key.column === undefined) ? index.keys.flatMap((key) => key.expressionText ?? []).join(', ') : null,
    indpred: index.predicateText ?? null,
  };
}

/** The default B-tree operator class of a type, 0 when it has none. */
function operatorClassOf(catalog: CatalogView, type: Oid): number {
  const base = baseType(catalog, type);
  const category = findType(base)?.category;
  const sought =
    base === OID.varchar ? OID.text : category === 'A' && base !== OID.oidvector ? OID.anyarray : category === 'E' ? OID.anyenum : base;
  return operatorClasses().find((made) => made.isDefault && made.type === sought)?.oid ?? 0;
}

const ACCESS_METHODS: readonly (readonly [number, string, number, string])[] = [
  [2, 'heap', 3, 't'],
  [403, 'btree', 330, 'i'],
  [405, 'hash', 331, 'i'],
  [783, 'gist', 332, 'i'],
  [2742, 'gin', 333, 'i'],
  [3580, 'brin', 335, 'i'],
  [4000, 'spgist', 334, 'i'],
];

interface OperatorClass {
  readonly oid: number;
  readonly name: string;
  readonly family: number;
  readonly familyName: string;
  readonly type: number;
  readonly isDefault: boolean;
  readonly keyType: number;
}

let parsed: readonly OperatorClass[] | undefined;

function operatorClasses(): readonly OperatorClass[] {
  parsed ??= OPERATOR_CLASSES.trim()
    .split('\n')
    .map((line) => {
      const [oid, name, , family, familyName, type, isDefault, keyType] = line.split(' ');
      return {
        oid: Number(oid),
        name,
        family: Number(family),
        familyName,
        type: Number(type),
        isDefault: isDefault === 't',
        keyType: Number(keyType),
      };
    });
  return parsed;
}

/** PostgreSQL 15's B-tree classes: oid name method family family-name type default key-type. */
const OPERATOR_CLASSES = `
1978 int4_ops 403 1976 integer_ops 23 t 0
1979 int2_ops 403 1976 integer_ops 21 t 0
1981 oid_ops 403 1989 oid_ops 26 t 0
3122 date_ops 403 434 datetime_ops 1082 t 0
3123 float8_ops 403 1970 float_ops 701 t 0
3124 int8_ops 403 1976 integer_ops 20 t 0
3125 numeric_ops 403 1988 numeric_ops 1700 t 0
3126 text_ops 403 1994 text_ops 25 t 0
3127 timestamptz_ops 403 434 datetime_ops 1184 t 0
3128 timestamp_ops 403 434 datetime_ops 1114 t 0
4217 text_pattern_ops 403 2095 text_pattern_ops 25 f 0
4218 varchar_pattern_ops 403 2095 text_pattern_ops 25 f 0
4219 bpchar_pattern_ops 403 2097 bpchar_pattern_ops 1042 f 0
10000 array_ops 403 397 array_ops 2277 t 0
10003 bool_ops 403 424 bool_ops 16 t 0
10004 bpchar_ops 403 426 bpchar_ops 1042 t 0
10006 bytea_ops 403 428 bytea_ops 17 t 0
10007 char_ops 403 429 char_ops 18 t 0
10012 float4_ops 403 1970 float_ops 700 t 0
10022 interval_ops 403 1982 interval_ops 1186 t 0
10028 name_ops 403 1994 text_ops 19 t 2275
10032 oidvector_ops 403 1991 oidvector_ops 30 t 0
10034 record_ops 403 2994 record_ops 2249 t 0
10036 record_image_ops 403 3194 record_image_ops 2249 f 0
10038 time_ops 403 1996 time_ops 1083 t 0
10041 timetz_ops 403 2000 timetz_ops 1266 t 0
10044 varchar_ops 403 1994 text_ops 25 f 0
10050 tid_ops 403 2789 tid_ops 27 t 0
10053 xid8_ops 403 5067 xid8_ops 5069 t 0
10065 uuid_ops 403 2968 uuid_ops 2950 t 0
10069 enum_ops 403 3522 enum_ops 3500 t 0
10088 jsonb_ops 403 4033 jsonb_ops 3802 t 0
`;
