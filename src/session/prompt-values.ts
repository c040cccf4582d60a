/** Parameters as programs pass them, read without a detour over text where a value is what its type wants. */
import { OID, type Oid } from '../types/oid.ts';
import { canonicalInt8, type Value } from '../types/value.ts';
import { valueOfClient } from './client-values.ts';
import type { Session } from './session.ts';

/** Reads one parameter; throws what `valueOfClient` throws. */
export type ReadParameter = (given: unknown, session: Session) => Value;

/** How parameters of a type are read: `valueOfClient`, only quicker for the usual values. */
export function parameterReader(type: Oid): ReadParameter {
  switch (type) {
    case OID.int2:
      return integers(type, -32768, 32767);
    case OID.int4:
      return integers(type, -2147483648, 2147483647);
    case OID.int8:
      return (given, session) => {
        if (typeof given === 'number' && Number.isSafeInteger(given)) return given + 0;
        if (typeof given === 'bigint' && BigInt.asIntN(64, given) === given) return canonicalInt8(given);
        return valueOfClient(session, type, given);
      };
    case OID.float8:
      return (given, session) => (typeof given === 'number' && Number.isFinite(given) ? given + 0 : valueOfClient(session, type, given));
    case OID.text:
    case OID.varchar:
      return (given, session) => (typeof given === 'string' ? given : valueOfClient(session, type, given));
    case OID.bool:
      return (given, session) => (typeof given === 'boolean' ? given : valueOfClient(session, type, given));
    default:
      return (given, session) => valueOfClient(session, type, given);
  }
}

/** Adding zero makes the negative zero an ordinary one, as text would. */
function integers(type: Oid, min: number, max: number): ReadParameter {
  return (given, session) =>
    typeof given === 'number' && Number.isInteger(given) && given >= min && given <= max ? given + 0 : valueOfClient(session, type, given);
}
