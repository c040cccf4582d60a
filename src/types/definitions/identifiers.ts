/** oid and the types that name catalog objects by it, and the system's own counters: xid, cid, tid. */
import { SqlError } from '../../base/sql-error.ts';
import { compareInt8 } from '../integer.ts';
import { trimBlanks } from '../numeric/parse.ts';
import { OID, oid, type Oid } from '../oid.ts';
import type { CatalogFunctions } from '../function.ts';
import type { TypeContext, TypeDefinition } from '../type.ts';
import { canonicalInt8 } from '../value.ts';
import { compareNumbers, define } from './define.ts';

interface ObjectKind {
  readonly oid: Oid;
  readonly name: string;
  readonly arrayOid: number;
  find(catalog: CatalogFunctions, name: string): number | undefined;
  show(catalog: CatalogFunctions, value: Oid): string | undefined;
  missing(name: string): SqlError;
}

const KINDS: readonly ObjectKind[] = [
  {
    oid: OID.regclass,
    name: 'regclass',
    arrayOid: 2210,
    find: (catalog, name) => catalog.relationOid(name),
    show: (catalog, value) => catalog.relationName(value),
    missing: (name) => new SqlError('undefined_table', `relation "${name}" does not exist`),
  },
  {
    oid: OID.regtype,
    name: 'regtype',
    arrayOid: 2211,
    find: (catalog, name) => catalog.typeOid(name),
    show: (catalog, value) => catalog.typeName(value, -1),
    missing: (name) => new SqlError('undefined_object', `type "${name}" does not exist`),
  },
  {
    oid: OID.regnamespace,
    name: 'regnamespace',
    arrayOid: 4090,
    find: (catalog, name) => catalog.namespaceOid(name),
    show: (catalog, value) => catalog.namespaceName(value),
    missing: (name) => new SqlError('invalid_schema_name', `schema "${name}" does not exist`),
  },
  described(OID.regproc, 'regproc', 1008, 'function', 'undefined_function'),
  described(OID.regprocedure, 'regprocedure', 2207, 'function', 'undefined_function'),
  described(OID.regoper, 'regoper', 2208, 'operator', 'undefined_function'),
  described(OID.regoperator, 'regoperator', 2209, 'operator', 'undefined_function'),
  described(OID.regrole, 'regrole', 4097, 'role', 'undefined_object'),
  described(OID.regcollation, 'regcollation', 4192, 'collation', 'undefined_object'),
];

/** oid, regclass and the other reg types, xid, xid8, cid, tid. */
export const identifierDefinitions: readonly TypeDefinition[] = [
  define<number>({
    oid: OID.oid,
    name: 'oid',
    category: 'N',
    preferred: true,
    length: 4,
    arrayOid: 1028,
    physical: 'int64',
    input: (text) => parseOid(text, 'oid'),
    output: String,
    compare: compareNumbers,
  }),
  ...KINDS.map(objectDefinition),
  define<number>({
    oid: OID.xid,
    name: 'xid',
    category: 'U',
    length: 4,
    arrayOid: 1011,
    physical: 'int64',
    input: (text) => Number(BigInt.asUintN(32, leadingInteger(text))),
    output: String,
    compare: compareNumbers,
  }),
  define<number>({
    oid: OID.cid,
    name: 'cid',
    category: 'U',
    length: 4,
    arrayOid: 1012,
    physical: 'int64',
    input: (text) => Number(BigInt.asUintN(32, leadingInteger(text))),
    output: String,
    compare: compareNumbers,
  }),
  define<number | bigint>({
    oid: OID.xid8,
    name: 'xid8',
    category: 'U',
    length: 8,
    arrayOid: 271,
    physical: 'int64',
    input: (text) => canonicalInt8(BigInt.asUintN(64, leadingInteger(text))),
    output: String,
    compare: compareInt8,
    hashKey: (value) => value,
  }),
  define<string>({
    oid: OID.tid,
    name: 'tid',
    category: 'U',
    length: 6,
    arrayOid: 1010,
    physical: 'text',
    input: parseTid,
    output: (value) => value,
    compare: compareTid,
  }),
];

/** An OID from decimal text; SQLSTATE 22P02 or 22003. */
function parseOid(text: string, typeName: string): number {
  const trimmed = trimBlanks(text);
  if (!/^[+-]?\d+$/.test(trimmed))
    throw new SqlError('invalid_text_representation', `invalid input syntax for type ${typeName}: "${text}"`);
  const value = Number(trimmed);
  if (value > 4294967295 || value < -2147483648)
    throw new SqlError('numeric_value_out_of_range', `value "${text}" is out of range for type ${typeName}`);
  return value < 0 ? value + 4294967296 : value + 0;
}

/** What C's strtoul reads at the start of a text (decimal, 0x, or octal after 0): 0 when it reads nothing. */
function leadingInteger(text: string): bigint {
  const parts = /^[ \t\n\v\f\r]*([+-]?)(?:0[xX]([0-9a-fA-F]+)|0([0-7]+)|(\d+))/.exec(text);
  if (parts === null) return 0n;
  const value = parts[2] !== undefined ? BigInt(`0x${parts[2]}`) : parts[3] !== undefined ? BigInt(`0o${parts[3]}`) : BigInt(parts[4]);
  return parts[1] === '-' ? -value : value;
}

/** Order of tuple ids: block, then offset. */
export function compareTid(a: string, b: string): number {
  const [leftBlock, leftOffset] = tidParts(a);
  const [rightBlock, rightOffset] = tidParts(b);
  return leftBlock - rightBlock || leftOffset - rightOffset;
}

function tidParts(text: string): readonly [number, number] {
  const [block, offset] = text.slice(1, -1).split(',').map(Number);
  return [block, offset];
}

function parseTid(text: string): string {
  const parts = /^\s*\(\s*(\d+)\s*,\s*(\d+)\s*\)\s*$/.exec(text);
  if (parts === null || Number(parts[1]) > 4294967295 || Number(parts[2]) > 65535)
    throw new SqlError('invalid_text_representation', `invalid input syntax for type tid: "${text}"`);
  return `(${Number(parts[1])},${Number(parts[2])})`;
}

function described(
  typeOid: Oid,
  name: string,
  arrayOid: number,
  what: string,
  condition: 'undefined_function' | 'undefined_object',
): ObjectKind {
  const answer = (catalog: CatalogFunctions, suffix: string, value: string | number) => catalog.describe(`${name}${suffix}`, [value]);
  return {
    oid: typeOid,
    name,
    arrayOid,
    find: (catalog, text) => numberOf(answer(catalog, 'in', text)),
    show: (catalog, value) => textOrUndefined(answer(catalog, 'out', value)),
    missing: (text) => new SqlError(condition, `${what} "${text}" does not exist`),
  };
}

function objectDefinition(kind: ObjectKind): TypeDefinition {
  return define<number>({
    oid: kind.oid,
    name: kind.name,
    category: 'N',
    length: 4,
    arrayOid: kind.arrayOid,
    physical: 'int64',
    input: (text, context) => findObject(kind, text, context),
    output: (value, context) => (value === 0 ? '-' : ((context.catalog && kind.show(context.catalog, oid(value))) ?? String(value))),
    compare: compareNumbers,
  });
}

function findObject(kind: ObjectKind, text: string, context: TypeContext): number {
  const trimmed = trimBlanks(text);
  if (trimmed === '-') return 0;
  if (/^\d+$/.test(trimmed)) return parseOid(trimmed, kind.name);
  const found = context.catalog === undefined ? undefined : kind.find(context.catalog, trimmed);
  if (found === undefined) throw kind.missing(trimmed);
  return found;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function textOrUndefined(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
