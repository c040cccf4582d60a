import type { Brand } from '../base/brand.ts';

/** An object identifier of PostgreSQL's: here of a type, a function or a relation. */
export type Oid = Brand<number, 'Oid'>;

export function oid(value: number): Oid {
  return value as Oid;
}

/** PostgreSQL's own OIDs of its built-in types (pg_type.dat). Clients decode by them. */
export const OID = {
  bool: oid(16),
  bytea: oid(17),
  char: oid(18),
  name: oid(19),
  int8: oid(20),
  int2: oid(21),
  int2vector: oid(22),
  int4: oid(23),
  regproc: oid(24),
  text: oid(25),
  oid: oid(26),
  tid: oid(27),
  xid: oid(28),
  cid: oid(29),
  oidvector: oid(30),
  json: oid(114),
  pg_node_tree: oid(194),
  float4: oid(700),
  float8: oid(701),
  unknown: oid(705),
  bpchar: oid(1042),
  varchar: oid(1043),
  date: oid(1082),
  time: oid(1083),
  timestamp: oid(1114),
  timestamptz: oid(1184),
  interval: oid(1186),
  timetz: oid(1266),
  numeric: oid(1700),
  regprocedure: oid(2202),
  regoper: oid(2203),
  regclass: oid(2205),
  regtype: oid(2206),
  regrole: oid(4096),
  regnamespace: oid(4089),
  uuid: oid(2950),
  jsonb: oid(3802),
  jsonpath: oid(4072),
  record: oid(2249),
  cstring: oid(2275),
  any: oid(2276),
  anyarray: oid(2277),
  void: oid(2278),
  trigger: oid(2279),
  internal: oid(2281),
  anyelement: oid(2283),
  anynonarray: oid(2776),
  anyenum: oid(3500),
  anycompatible: oid(5077),
  anycompatiblearray: oid(5078),
  anycompatiblenonarray: oid(5079),
} as const;
