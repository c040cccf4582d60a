import { OID } from '../../types/oid.ts';
import type { SqlType } from '../../types/type.ts';
import type { Form } from './vector.ts';

/** Digits that always fit 64 bits. */
export const DECIMAL_DIGITS_MAX = 18;

/** The form of columns of a type; undefined where there is none: numerics without a scale, documents, arrays. */
export function formOf(type: SqlType): Form | undefined {
  switch (type.oid) {
    case OID.bool:
      return BOOL;
    case OID.int2:
    case OID.int4:
    case OID.oid:
    case OID.date:
      return I32;
    case OID.int8:
    case OID.timestamp:
    case OID.timestamptz:
    case OID.time:
      return I64;
    case OID.float4:
    case OID.float8:
      return F64;
    case OID.text:
    case OID.varchar:
      return STR;
    case OID.bpchar:
      return type.modifier >= 4 ? STR : undefined;
    case OID.numeric: {
      if (type.modifier < 4) return undefined;
      const precision = ((type.modifier - 4) >> 16) & 0xffff;
      const scale = (type.modifier - 4) & 0x7ff;
      return precision <= DECIMAL_DIGITS_MAX && scale <= precision ? { type: 'i64', scale } : undefined;
    }
    default:
      return undefined;
  }
}

const BOOL: Form = { type: 'bool', scale: 0 };
const I32: Form = { type: 'i32', scale: 0 };
const I64: Form = { type: 'i64', scale: 0 };
const F64: Form = { type: 'f64', scale: 0 };
const STR: Form = { type: 'str', scale: 0 };
