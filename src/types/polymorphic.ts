/** Polymorphic pseudo-types: what anyelement, anyarray, anycompatible … stand for in one call (PostgreSQL's section 38.2.5). */
import { SqlError } from '../base/sql-error.ts';
import type { FunctionRegistry } from './function.ts';
import { OID, type Oid } from './oid.ts';
import { commonType } from './resolve.ts';
import { arrayTypeOf, elementTypeOf, formatType } from './types.ts';

export interface ResolvedTypes {
  readonly types: readonly Oid[];
  readonly result: Oid;
}

const ELEMENT_FAMILY: ReadonlySet<Oid> = new Set([OID.anyelement, OID.anyarray, OID.anynonarray, OID.anyenum]);
const COMPATIBLE_FAMILY: ReadonlySet<Oid> = new Set([OID.anycompatible, OID.anycompatiblearray, OID.anycompatiblenonarray]);
const ARRAYS: ReadonlySet<Oid> = new Set([OID.anyarray, OID.anycompatiblearray]);

/**
 * Declared types and result with every pseudo-type replaced by what the actual argument types make of it. SQLSTATE 42804 when
 * they contradict each other or tell nothing.
 */
export function resolvePolymorphic(registry: FunctionRegistry, declared: readonly Oid[], actual: readonly Oid[], result: Oid): ResolvedTypes {
  const uses = (family: ReadonlySet<Oid>) => declared.some((type) => family.has(type)) || family.has(result);
  if (!uses(ELEMENT_FAMILY) && !uses(COMPATIBLE_FAMILY)) return { types: declared, result };
  const element = uses(ELEMENT_FAMILY) ? elementFor(declared, actual) : undefined;
  const compatible = uses(COMPATIBLE_FAMILY) ? compatibleFor(registry, declared, actual) : undefined;
  const replace = (type: Oid): Oid => {
    const base = ELEMENT_FAMILY.has(type) ? element : COMPATIBLE_FAMILY.has(type) ? compatible : undefined;
    if (base === undefined) return type;
    return ARRAYS.has(type) ? arrayOver(base) : base;
  };
  const types = declared.map((type, index) => {
    const keeps = ARRAYS.has(type) && ELEMENT_FAMILY.has(type) && elementTypeOf(actual[index]) === element; // an int2vector stays one
    return keeps ? actual[index] : replace(type);
  });
  return { types, result: replace(result) };
}

/** The one type behind anyelement and its kin. */
function elementFor(declared: readonly Oid[], actual: readonly Oid[]): Oid {
  let found: Oid | undefined;
  for (const [index, type] of declared.entries()) {
    if (!ELEMENT_FAMILY.has(type) || actual[index] === OID.unknown) continue;
    const mine = type === OID.anyarray ? elementTypeOf(actual[index]) : actual[index];
    if (found !== undefined && mine !== found) {
      throw new SqlError('datatype_mismatch', 'arguments declared "anyelement" are not all alike', { detail: `${formatType(found, -1)} versus ${formatType(mine, -1)}` });
    }
    found = mine;
  }
  if (found === undefined) throw new SqlError('datatype_mismatch', 'could not determine polymorphic type because input has type unknown');
  return found;
}

/** The common type behind anycompatible and its kin; text when nothing is known. */
function compatibleFor(registry: FunctionRegistry, declared: readonly Oid[], actual: readonly Oid[]): Oid {
  const types = declared.flatMap((type, index): Oid[] => {
    if (!COMPATIBLE_FAMILY.has(type) || actual[index] === OID.unknown) return [];
    return [type === OID.anycompatiblearray ? elementTypeOf(actual[index]) : actual[index]];
  });
  const common = commonType(registry, types.map((oid) => ({ oid, modifier: -1 })));
  if (common === undefined) {
    throw new SqlError('datatype_mismatch', `arguments of anycompatible family cannot be cast to a common type`);
  }
  return common.oid;
}

function arrayOver(element: Oid): Oid {
  const array = arrayTypeOf(element);
  if (array === 0) throw new SqlError('undefined_object', `could not find array type for data type ${formatType(element, -1)}`);
  return array;
}
