import { applyIntervalModifier } from '../datetime/interval-modifier.ts';
import { checkTimestamp } from '../datetime/calendar.ts';
import { roundMicros } from '../datetime/precision.ts';
import { fitCharacter, fitVarchar } from '../definitions/strings.ts';
import type { SqlCast } from '../function.ts';
import { applyNumericModifier } from '../numeric/rounding.ts';
import { OID, type Oid } from '../oid.ts';
import { TimeTz, type Interval, type Numeric, type Value } from '../value.ts';

/** Makes a value of a type fit a modifier that is not -1: cut, padded, rounded, or refused. */
type Fit = (value: Value, modifier: number, explicit: boolean) => Value;

const FITS = new Map<Oid, Fit>([
  [OID.varchar, (value, modifier, explicit) => fitVarchar(value as string, modifier, explicit)],
  [OID.bpchar, (value, modifier, explicit) => fitCharacter(value as string, modifier, explicit)],
  [OID.numeric, (value, modifier) => applyNumericModifier(value as Numeric, modifier)],
  [OID.interval, (value, modifier) => applyIntervalModifier(value as Interval, modifier)],
  [OID.time, (value, modifier) => roundMicros(value as number, modifier)],
  [OID.timetz, (value, modifier) => roundTimeTz(value as TimeTz, modifier)],
  [OID.timestamp, (value, modifier) => checkFinite(roundMicros(value as number | bigint, modifier))],
  [OID.timestamptz, (value, modifier) => checkFinite(roundMicros(value as number | bigint, modifier))],
]);

/** How values of a type are made to fit its modifier; undefined for types that take none. */
export function fitModifier(type: Oid): Fit | undefined {
  return FITS.get(type);
}

/** The casts of each type with modifiers to itself (pg_cast's length coercions). */
export function lengthCasts(): SqlCast[] {
  return Array.from(FITS, ([type, fit]): SqlCast => ({
    source: type,
    target: type,
    context: 'implicit',
    convert: (value, _context, modifier, explicit) => (modifier === -1 ? value : fit(value, modifier, explicit)),
  }));
}

function roundTimeTz(value: TimeTz, digits: number): TimeTz {
  return new TimeTz(Number(roundMicros(value.microseconds, digits)), value.zoneSeconds);
}

function checkFinite(timestamp: number | bigint): number | bigint {
  return timestamp === Number.POSITIVE_INFINITY || timestamp === Number.NEGATIVE_INFINITY ? timestamp : checkTimestamp(timestamp);
}
