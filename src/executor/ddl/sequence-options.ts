/** The options of CREATE and ALTER SEQUENCE, and of identity columns. */
import type { Node } from '@pgsql/types';
import { SqlError } from '../../base/sql-error.ts';
import type { SequenceDescriptor } from '../../catalog/descriptor.ts';
import { OID, type Oid } from '../../types/oid.ts';
import type { SqlType } from '../../types/type.ts';
import { canonicalInt8 } from '../../types/value.ts';
import { namesOf } from './names.ts';

const RANGES: ReadonlyMap<Oid, readonly [bigint, bigint]> = new Map([
  [OID.int2, [-32768n, 32767n]],
  [OID.int4, [-2147483648n, 2147483647n]],
  [OID.int8, [-9223372036854775808n, 9223372036854775807n]],
]);

export interface SequencePlace {
  readonly oid: Oid;
  readonly schema: Oid;
  readonly schemaName: string;
  readonly name: string;
}

/** A new sequence's descriptor, or `before` with `options` applied; SQLSTATE 22023 with PostgreSQL's words when they disagree. */
export function sequenceFromOptions(
  place: SequencePlace,
  options: readonly Node[],
  type: SqlType,
  before?: SequenceDescriptor,
): SequenceDescriptor {
  const given = new Map(options.flatMap((node) => ('DefElem' in node ? [[node.DefElem.defname ?? '', node.DefElem.arg] as const] : [])));
  const range = RANGES.get(type.oid);
  if (range === undefined) throw new SqlError('invalid_parameter_value', 'sequence type must be smallint, integer, or bigint');
  const increment = integerOption(given, 'increment') ?? BigInt(before?.increment ?? 1);
  if (increment === 0n) throw new SqlError('invalid_parameter_value', 'INCREMENT must not be zero');
  const up = increment > 0n;
  const max =
    integerOption(given, 'maxvalue') ?? (before === undefined || given.has('maxvalue') ? (up ? range[1] : -1n) : BigInt(before.max));
  const min =
    integerOption(given, 'minvalue') ?? (before === undefined || given.has('minvalue') ? (up ? 1n : range[0]) : BigInt(before.min));
  if (max < range[0] || max > range[1])
    throw new SqlError('invalid_parameter_value', `MAXVALUE (${max}) is out of range for sequence data type ${typeName(type)}`);
  if (min < range[0] || min > range[1])
    throw new SqlError('invalid_parameter_value', `MINVALUE (${min}) is out of range for sequence data type ${typeName(type)}`);
  if (min >= max) throw new SqlError('invalid_parameter_value', `MINVALUE (${min}) must be less than MAXVALUE (${max})`);
  const start = integerOption(given, 'start') ?? (before === undefined ? (up ? min : max) : BigInt(before.start));
  if (start < min) throw new SqlError('invalid_parameter_value', `START value (${start}) cannot be less than MINVALUE (${min})`);
  if (start > max) throw new SqlError('invalid_parameter_value', `START value (${start}) cannot be greater than MAXVALUE (${max})`);
  const cache = integerOption(given, 'cache') ?? BigInt(before?.cache ?? 1);
  if (cache < 1n) throw new SqlError('invalid_parameter_value', `CACHE (${cache}) must be greater than zero`);
  return {
    kind: 'sequence',
    ...place,
    version: (before?.version ?? 0) + 1,
    comment: before?.comment,
    type,
    start: canonicalInt8(start),
    increment: canonicalInt8(increment),
    min: canonicalInt8(min),
    max: canonicalInt8(max),
    cache: Number(cache),
    cycle: given.has('cycle') ? booleanOption(given.get('cycle')) : (before?.cycle ?? false),
    ownedBy: before?.ownedBy,
  };
}

/** The names after OWNED BY, `['none']` for none, undefined when not given. */
export function ownedByOption(options: readonly Node[]): readonly string[] | undefined {
  for (const node of options) {
    if ('DefElem' in node && node.DefElem.defname === 'owned_by' && node.DefElem.arg !== undefined && 'List' in node.DefElem.arg) {
      return namesOf(node.DefElem.arg.List.items);
    }
  }
  return undefined;
}

/** RESTART: a number, 'start' when written without one, undefined when not given. */
export function restartOption(options: readonly Node[]): bigint | 'start' | undefined {
  for (const node of options) {
    if ('DefElem' in node && node.DefElem.defname === 'restart')
      return node.DefElem.arg === undefined ? 'start' : integerOf(node.DefElem.arg);
  }
  return undefined;
}

/** AS type, when given. */
export function sequenceTypeOption(options: readonly Node[]): Extract<Node, { TypeName: unknown }>['TypeName'] | undefined {
  for (const node of options) {
    if ('DefElem' in node && node.DefElem.defname === 'as' && node.DefElem.arg !== undefined && 'TypeName' in node.DefElem.arg)
      return node.DefElem.arg.TypeName;
  }
  return undefined;
}

function integerOption(given: ReadonlyMap<string, Node | undefined>, name: string): bigint | undefined {
  const node = given.get(name);
  return node === undefined ? undefined : integerOf(node);
}

function integerOf(node: Node): bigint {
  if ('Integer' in node) return BigInt(node.Integer.ival ?? 0);
  if ('Float' in node) return BigInt(node.Float.fval ?? '0');
  throw new SqlError('syntax_error', 'a sequence option is an integer');
}

function booleanOption(node: Node | undefined): boolean {
  return node !== undefined && 'Boolean' in node && node.Boolean.boolval === true;
}

function typeName(type: SqlType): string {
  return type.oid === OID.int2 ? 'smallint' : type.oid === OID.int4 ? 'integer' : 'bigint';
}
