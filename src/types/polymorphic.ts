/**
 * Polymorphic pseudo-types (anyelement, anyarray, anycompatible …): whether arguments agree, and what the types then are.
 * After check_generic_type_consistency and enforce_generic_type_consistency of PostgreSQL's parse_coerce.c.
 */
import { SqlError } from '../base/sql-error.ts';
import { OID, oid, type Oid } from './oid.ts';
import { arrayTypeOf, elementTypeOf, findType, formatType } from './types.ts';

const SIMPLE_ELEMENTS: ReadonlySet<Oid> = new Set([OID.anyelement, OID.anynonarray, OID.anyenum]);
const COMPATIBLE_ELEMENTS: ReadonlySet<Oid> = new Set([OID.anycompatible, OID.anycompatiblenonarray]);

/** Whether a declared type stands for others. */
export function isPolymorphic(type: Oid): boolean {
  return SIMPLE_ELEMENTS.has(type) || COMPATIBLE_ELEMENTS.has(type) || type === OID.anyarray || type === OID.anycompatiblearray;
}

/** Chooses one type for several, or undefined: `commonOid` of resolve.ts, passed in since it rests on casts. */
type CommonType = (types: readonly Oid[]) => Oid | undefined;

/** What the pseudo-types of one call mean; 0 where nothing says. */
export interface PolymorphicTypes {
  readonly element: Oid;
  readonly compatible: Oid;
}

const NOTHING = oid(0);

/** The meaning of the pseudo-types in `declared` for `actual` arguments; undefined when the arguments disagree. */
export function matchPolymorphic(declared: readonly Oid[], actual: readonly Oid[], common: CommonType): PolymorphicTypes | undefined {
  let element = NOTHING;
  let arrayElement = NOTHING;
  const compatible: Oid[] = [];
  let nonArray = false;
  let enumOnly = false;
  let compatibleNonArray = false;
  for (let index = 0; index < declared.length; index++) {
    const type = declared[index];
    const given = actual[index];
    if (type === OID.anynonarray) nonArray = true;
    if (type === OID.anyenum) enumOnly = true;
    if (type === OID.anycompatiblenonarray) compatibleNonArray = true;
    if (given === OID.unknown) continue;
    if (SIMPLE_ELEMENTS.has(type)) {
      if (element !== 0 && element !== given) return undefined;
      element = given;
    } else if (type === OID.anyarray || type === OID.anycompatiblearray) {
      const inner = elementTypeOf(given);
      if (inner === 0) return undefined;
      if (type === OID.anycompatiblearray) compatible.push(inner);
      else if (arrayElement !== 0 && arrayElement !== inner) return undefined;
      else arrayElement = inner;
    } else if (COMPATIBLE_ELEMENTS.has(type)) {
      compatible.push(given);
    }
  }
  if (arrayElement !== 0 && element !== 0 && arrayElement !== element) return undefined;
  const resolved = element === 0 ? arrayElement : element;
  if (nonArray && resolved !== 0 && elementTypeOf(resolved) !== 0) return undefined;
  if (enumOnly && resolved !== 0 && findType(resolved)?.category !== 'E') return undefined;
  const chosen = compatible.length === 0 ? NOTHING : common(compatible);
  if (chosen === undefined || (compatibleNonArray && elementTypeOf(chosen) !== 0)) return undefined;
  return { element: resolved, compatible: chosen };
}

/** The concrete types for declared ones, once matched. SQLSTATE 42804 when nothing says what a pseudo-type is. */
export function concreteTypes(declared: readonly Oid[], actual: readonly Oid[], meaning: PolymorphicTypes): Oid[] {
  return declared.map((type, index) => concreteType(type, meaning, actual[index]));
}

/** One declared type made concrete; `actual` is the argument's own type, absent for a result. */
export function concreteType(type: Oid, meaning: PolymorphicTypes, actual?: Oid): Oid {
  if (SIMPLE_ELEMENTS.has(type)) return meaning.element === 0 ? undetermined() : meaning.element;
  if (type === OID.anyarray) return meaning.element === 0 ? undetermined() : arrayOver(meaning.element);
  if (!isPolymorphic(type)) return type === OID.any && actual !== undefined ? actual : type;
  const compatible = meaning.compatible === 0 ? OID.text : meaning.compatible;
  return type === OID.anycompatiblearray ? arrayOver(compatible) : compatible;
}

function arrayOver(element: Oid): Oid {
  const array = arrayTypeOf(element);
  if (array === 0) throw new SqlError('undefined_object', `could not find array type for data type ${formatType(element, -1)}`);
  return array;
}

function undetermined(): never {
  throw new SqlError('datatype_mismatch', 'could not determine polymorphic type because input has type unknown');
}
