/** The comparisons of every scalar type with itself and with its relatives. */
import { compareBytes } from '../../base/bytes.ts';
import { MICROS_PER_DAY } from '../datetime/calendar.ts';
import { compareInterval } from '../datetime/interval-arithmetic.ts';
import { localToUtc } from '../datetime/zone.ts';
import { compareTimeTz } from '../definitions/datetime.ts';
import { compareTid } from '../definitions/identifiers.ts';
import { compareFloat } from '../float.ts';
import type { EvaluationContext, SqlOperator } from '../function.ts';
import { compareInt8 } from '../integer.ts';
import { compareJsonb } from '../json/compare.ts';
import { compareNumeric } from '../numeric/arithmetic.ts';
import { OID } from '../oid.ts';
import { compareBlankPadded, compareText } from '../text/compare.ts';
import { typeDefinition } from '../types.ts';
import type { SqlArray } from '../value.ts';
import { comparisonNames, comparisons, infix, type ComparisonNames } from './define.ts';

const { bool, int2, int4, int8, float4, float8, text, bpchar, name, date, timestamp, timestamptz } = OID;

type Int8 = number | bigint;

/** Every comparison whose operand types are fixed. */
export function comparisonOperators(): SqlOperator[] {
  const numbers = (a: number, b: number) => a - b;
  return [
    ...integerComparisons(),
    ...floatComparisons(),
    ...comparisons(bool, bool, comparisonNames('bool'), (a: boolean, b: boolean) => Number(a) - Number(b)),
    ...comparisons(OID.numeric, OID.numeric, comparisonNames('numeric_'), compareNumeric),
    ...stringComparisons(),
    ...comparisons(OID.bytea, OID.bytea, comparisonNames('bytea'), compareBytes),
    ...comparisons(OID.uuid, OID.uuid, comparisonNames('uuid_'), compareText),
    ...comparisons(OID.jsonb, OID.jsonb, comparisonNames('jsonb_'), compareJsonb),
    ...comparisons(OID.oid, OID.oid, comparisonNames('oid'), numbers),
    ...comparisons(OID.tid, OID.tid, comparisonNames('tid'), compareTid),
    ...comparisons(OID.xid8, OID.xid8, comparisonNames('xid8'), compareInt8),
    ...comparisons(OID.oidvector, OID.oidvector, comparisonNames('oidvector'), compareVectors),
    ...equalities(),
    ...comparisons(OID.time, OID.time, comparisonNames('time_'), numbers),
    ...comparisons(OID.timetz, OID.timetz, comparisonNames('timetz_'), compareTimeTz),
    ...comparisons(OID.interval, OID.interval, comparisonNames('interval_'), compareInterval),
    ...dateComparisons(),
  ];
}

function integerComparisons(): SqlOperator[] {
  const types = [
    ['2', int2],
    ['4', int4],
    ['8', int8],
  ] as const;
  return types.flatMap(([leftDigit, left]) =>
    types.flatMap(([rightDigit, right]) =>
      comparisons(left, right, comparisonNames(`int${leftDigit === rightDigit ? leftDigit : leftDigit + rightDigit}`), compareInt8),
    ),
  );
}

function floatComparisons(): SqlOperator[] {
  return [
    ...comparisons(float4, float4, comparisonNames('float4'), compareFloat),
    ...comparisons(float8, float8, comparisonNames('float8'), compareFloat),
    ...comparisons(float4, float8, comparisonNames('float48'), compareFloat),
    ...comparisons(float8, float4, comparisonNames('float84'), compareFloat),
  ];
}

function stringComparisons(): SqlOperator[] {
  const patterns = (type: typeof text | typeof bpchar, stem: string, compare: (a: string, b: string) => number) => [
    infix('~<~', type, type, bool, `${stem}_pattern_lt`, (_, a: string, b: string) => compare(a, b) < 0, {
      commutator: '~>~',
      negator: '~>=~',
    }),
    infix('~<=~', type, type, bool, `${stem}_pattern_le`, (_, a: string, b: string) => compare(a, b) <= 0, {
      commutator: '~>=~',
      negator: '~>~',
    }),
    infix('~>~', type, type, bool, `${stem}_pattern_gt`, (_, a: string, b: string) => compare(a, b) > 0, {
      commutator: '~<~',
      negator: '~<=~',
    }),
    infix('~>=~', type, type, bool, `${stem}_pattern_ge`, (_, a: string, b: string) => compare(a, b) >= 0, {
      commutator: '~<=~',
      negator: '~<~',
    }),
  ];
  const textNames: ComparisonNames = ['texteq', 'textne', 'text_lt', 'text_le', 'text_gt', 'text_ge'];
  return [
    ...textual(comparisons(text, text, textNames, compareText)),
    ...comparisons(bpchar, bpchar, comparisonNames('bpchar'), compareBlankPadded),
    ...comparisons(name, name, comparisonNames('name'), compareText),
    ...comparisons(name, text, comparisonNames('name', 'text'), compareText),
    ...comparisons(text, name, comparisonNames('text', 'name'), compareText),
    ...comparisons(OID.char, OID.char, comparisonNames('char'), compareText),
    ...patterns(text, 'text', compareText),
    ...patterns(bpchar, 'bpchar', compareBlankPadded),
  ];
}

/** Equality of text needs no order. */
function textual(operators: readonly SqlOperator[]): SqlOperator[] {
  return operators.map((operator) => {
    if (operator.name === '=') return { ...operator, function: { ...operator.function, evaluate: (_, a, b) => a === b } };
    if (operator.name === '<>') return { ...operator, function: { ...operator.function, evaluate: (_, a, b) => a !== b } };
    return operator;
  });
}

/** Types that know only whether they are equal. */
function equalities(): SqlOperator[] {
  const { xid, cid } = OID;
  return [
    infix('=', xid, xid, bool, 'xideq', (_, a: number, b: number) => a === b, { commutator: '=', negator: '<>' }),
    infix('<>', xid, xid, bool, 'xidneq', (_, a: number, b: number) => a !== b, { commutator: '<>', negator: '=' }),
    infix('=', xid, int4, bool, 'xideqint4', (_, a: number, b: number) => a === b >>> 0, { negator: '<>' }),
    infix('<>', xid, int4, bool, 'xidneqint4', (_, a: number, b: number) => a !== b >>> 0, { negator: '=' }),
    infix('=', cid, cid, bool, 'cideq', (_, a: number, b: number) => a === b, { commutator: '=' }),
  ];
}

/** A timestamp is compared with a timestamptz as a local time of the session's zone. */
function dateComparisons(): SqlOperator[] {
  const zoned = (context: EvaluationContext, local: Int8) => localToUtc(context.timeZone, local);
  return [
    ...comparisons(date, date, comparisonNames('date_'), compareInt8),
    ...comparisons(timestamp, timestamp, comparisonNames('timestamp_'), compareInt8),
    ...comparisons(timestamptz, timestamptz, comparisonNames('timestamptz_'), compareInt8),
    ...comparisons(date, timestamp, comparisonNames('date_', '_timestamp'), (a: number, b: Int8) => compareInt8(midnight(a), b)),
    ...comparisons(timestamp, date, comparisonNames('timestamp_', '_date'), (a: Int8, b: number) => compareInt8(a, midnight(b))),
    ...comparisons(
      date,
      timestamptz,
      comparisonNames('date_', '_timestamptz'),
      (a: number, b: Int8, context) => compareInt8(zoned(context, midnight(a)), b),
      'stable',
    ),
    ...comparisons(
      timestamptz,
      date,
      comparisonNames('timestamptz_', '_date'),
      (a: Int8, b: number, context) => compareInt8(a, zoned(context, midnight(b))),
      'stable',
    ),
    ...comparisons(
      timestamp,
      timestamptz,
      comparisonNames('timestamp_', '_timestamptz'),
      (a: Int8, b: Int8, context) => compareInt8(zoned(context, a), b),
      'stable',
    ),
    ...comparisons(
      timestamptz,
      timestamp,
      comparisonNames('timestamptz_', '_timestamp'),
      (a: Int8, b: Int8, context) => compareInt8(a, zoned(context, b)),
      'stable',
    ),
  ];
}

/** A date as microseconds, beyond a timestamp's range too. */
function midnight(days: number): Int8 {
  const micros = days * MICROS_PER_DAY;
  return Number.isSafeInteger(micros) || !Number.isFinite(days) ? micros : BigInt(days) * BigInt(MICROS_PER_DAY);
}

function compareVectors(a: SqlArray, b: SqlArray): number {
  if (a.items.length !== b.items.length) return a.items.length - b.items.length;
  return typeDefinition(OID.oidvector).compare?.(a, b) ?? 0;
}
