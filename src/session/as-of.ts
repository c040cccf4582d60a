/**
 * From AS OF SYSTEM TIME to a moment. Its expression may be, as in CockroachDB,
 *
 *     a timestamp            '2030-01-01 12:00', now() - interval '10 s'
 *     an interval            '-10s', interval '-1 hour'         from now on, so backwards
 *     a number               1893456000000000000                nanoseconds since 1970, digits behind the point ignored
 *     SLOT and a number      slot 42                            the state right after slot 42 of the log (ours)
 *
 * of constants: no columns, no parameters, no subqueries.
 */
import { isSqlError, SqlError } from '../base/sql-error.ts';
import { EPOCH_2000_MS } from '../base/epoch.ts';
import { slot } from '../storage/tree.ts';
import type { AsOf, ParsedStatement } from '../sql/parse.ts';
import type { Moment } from '../transaction/transaction.ts';
import { addIntervalTz } from '../types/datetime/interval-arithmetic.ts';
import { parseInterval } from '../types/datetime/interval-parse.ts';
import { OID, type Oid } from '../types/oid.ts';
import type { TypeContext } from '../types/type.ts';
import { typeDefinition } from '../types/types.ts';
import { Interval, type Value } from '../types/value.ts';
import { bindOver, evaluateExpressions } from './expressions.ts';
import { sourcesOf, type StatementScope } from './query.ts';

/** The moment that a statement's clause names. SQLSTATE 22023 when it is none, and whatever its expression raises. */
export async function momentOf(scope: StatementScope, asOf: AsOf, source: string): Promise<Moment> {
  const wanted = { node: asOf.expression, clause: 'check', text: source } as const;
  const { type } = bindOver(sourcesOf(scope), [], undefined, wanted);
  const isTimestamp = type.oid === OID.timestamp || type.oid === OID.date;
  const [value] = await evaluateExpressions(scope, [
    { node: asOf.expression, text: source, target: isTimestamp ? { oid: OID.timestamptz, modifier: -1 } : undefined },
  ]);
  const moment =
    value === null ? undefined : asOf.kind === 'slot' ? slotMoment(value, type.oid, scope) : timeMoment(value, type.oid, scope);
  if (moment === undefined) throw noMoment(asOf);
  return moment;
}

/** Whether a statement only reads, so that it may read the past: SELECT, and EXPLAIN of one. */
export function requirePastReader({ node }: ParsedStatement): void {
  const query = 'ExplainStmt' in node ? node.ExplainStmt.query : node;
  if (query !== undefined && 'SelectStmt' in query && query.SelectStmt.intoClause === undefined) return;
  throw noPastReader();
}

/** SQLSTATE 0A000 for a clause where nobody heeds it. */
export function noPastReader(): SqlError {
  return new SqlError('feature_not_supported', 'AS OF SYSTEM TIME is for SELECT, BEGIN and SET TRANSACTION', {
    hint: 'The past can be read, not written.',
  });
}

function timeMoment(value: NonNullable<Value>, type: Oid, scope: StatementScope): Moment | undefined {
  switch (type) {
    case OID.timestamptz:
    case OID.timestamp:
    case OID.date:
      return { kind: 'time', at: Number(value) };
    case OID.interval:
      return value instanceof Interval ? since(value, scope.context.statementTime, scope.types) : undefined;
    case OID.text:
    case OID.varchar:
      return timeOfText(String(value), scope.types, scope.context.statementTime);
    default:
      return isNumber(type) ? timeOfNumber(textOf(value, type, scope)) : undefined;
  }
}

/** The moment that a text names: a timestamp, nanoseconds since 1970, or an interval from `now` (timestamptz microseconds) on. */
export function timeOfText(text: string, types: TypeContext, now: number): Moment | undefined {
  const number = timeOfNumber(text.trim());
  if (number !== undefined) return number;
  const tried = [
    (): Moment => ({ kind: 'time', at: Number(typeDefinition(OID.timestamptz).input(text, types, -1)) }),
    (): Moment => since(parseInterval(text, types), now, types),
  ];
  for (const read of tried) {
    try {
      return read();
    } catch (error) {
      if (!isSqlError(error)) throw error;
    }
  }
  return undefined;
}

/** Nanoseconds since 1970. */
function timeOfNumber(text: string): Moment | undefined {
  if (!/^\d{10,}(?:\.\d*)?$/.test(text)) return undefined;
  return { kind: 'time', at: Number(BigInt(text.split('.')[0]) / 1000n) - EPOCH_2000_MS * 1000 };
}

function since(interval: Interval, now: number, types: TypeContext): Moment {
  return { kind: 'time', at: Number(addIntervalTz(now, interval, types.timeZone)) };
}

function slotMoment(value: NonNullable<Value>, type: Oid, scope: StatementScope): Moment | undefined {
  const text = isNumber(type) || type === OID.text ? textOf(value, type, scope) : '';
  return /^\d{1,15}$/.test(text) ? { kind: 'slot', slot: slot(Number(text)) } : undefined;
}

function isNumber(type: Oid): boolean {
  return type === OID.int2 || type === OID.int4 || type === OID.int8 || type === OID.numeric;
}

function textOf(value: NonNullable<Value>, type: Oid, scope: StatementScope): string {
  return typeDefinition(type).output(value, scope.types);
}

function noMoment(asOf: AsOf): SqlError {
  const message = asOf.kind === 'slot' ? 'value is no slot' : 'value is neither timestamp, decimal, nor interval';
  return new SqlError('invalid_parameter_value', `AS OF SYSTEM TIME: ${message}`, { position: asOf.position });
}
