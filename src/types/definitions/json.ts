import { compareJsonb, jsonHashText } from '../json/compare.ts';
import { checkJson, parseJsonb } from '../json/parse.ts';
import { printJsonb } from '../json/print.ts';
import { jsonbSortKey } from '../json/sort-key.ts';
import { OID } from '../oid.ts';
import type { TypeDefinition } from '../type.ts';
import type { Jsonb } from '../value.ts';
import { define } from './define.ts';

/** json (kept as written), jsonb, and jsonpath (kept as written). */
export const jsonDefinitions: readonly TypeDefinition[] = [
  define<string>({
    oid: OID.json,
    name: 'json',
    category: 'U',
    length: -1,
    arrayOid: 199,
    physical: 'text',
    input: checkJson,
    output: (value) => value,
    compare: undefined,
  }),
  define<Jsonb>({
    oid: OID.jsonb,
    name: 'jsonb',
    category: 'U',
    length: -1,
    arrayOid: 3807,
    physical: 'text',
    input: parseJsonb,
    output: printJsonb,
    compare: compareJsonb,
    hashKey: (value) => jsonHashText(value.root),
    store: printJsonb,
    load: (stored: string) => parseJsonb(stored),
    sortKey: jsonbSortKey,
  }),
  define<string>({
    oid: OID.jsonpath,
    name: 'jsonpath',
    category: 'U',
    length: -1,
    arrayOid: 4073,
    physical: 'text',
    input: (text) => text,
    output: (value) => value,
    compare: undefined,
  }),
];
