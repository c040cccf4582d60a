/** Values of ordered types as places on a line, where types that compare with each other share one. */
import { floatOfNumeric } from '../../types/numeric/convert.ts';
import { OID, type Oid } from '../../types/oid.ts';
import { Numeric, type Value } from '../../types/value.ts';

type Domain = 'number' | 'time' | 'text';

const MICROSECONDS_PER_DAY = 86_400_000_000;

function domainOf(type: Oid): Domain | undefined {
  switch (type) {
    case OID.int2:
    case OID.int4:
    case OID.int8:
    case OID.oid:
    case OID.float4:
    case OID.float8:
    case OID.numeric:
      return 'number';
    case OID.date:
    case OID.timestamp:
    case OID.timestamptz:
      return 'time';
    case OID.text:
    case OID.varchar:
    case OID.bpchar:
    case OID.name:
    case OID.unknown:
      return 'text';
    default:
      return undefined;
  }
}

/** Whether values of both types lie on one line, so that a cast between them moves (nearly) nothing. */
export function sameDomain(a: Oid, b: Oid): boolean {
  return a === b || (domainOf(a) !== undefined && domainOf(a) === domainOf(b));
}

/** The place of a value on its type's line; undefined for texts, nulls and types without one. */
export function placeOf(value: Value, type: Oid): number | undefined {
  if (value === null) return undefined;
  const place = rawPlace(value, type);
  return place === undefined || Number.isNaN(place) ? undefined : place;
}

function rawPlace(value: Value, type: Oid): number | undefined {
  switch (domainOf(type)) {
    case 'number':
      if (value instanceof Numeric) return floatOfNumeric(value);
      return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : undefined;
    case 'time':
      return typeof value === 'number' ? (type === OID.date ? value * MICROSECONDS_PER_DAY : value) : undefined;
    default:
      return type === OID.time && typeof value === 'number' ? value : typeof value === 'boolean' ? Number(value) : undefined;
  }
}
