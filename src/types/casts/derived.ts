/**
 * Casts that pg_cast does not list: any type to and from strings through its text, arrays item by item. (find_coercion_pathway
 * of PostgreSQL's parse_coerce.c.)
 */
import type { SqlCast } from '../function.ts';
import { OID, type Oid } from '../oid.ts';
import type { TypeDefinition } from '../type.ts';
import { elementTypeOf, findType } from '../types.ts';
import { SqlArray, type Value } from '../value.ts';
import { fitModifier } from './length.ts';

/** Finds a cast between two types, listed or derived. */
type CastLookup = (source: Oid, target: Oid) => SqlCast | undefined;

/** The cast that follows for two types without a listed one; undefined when there is none. `lookup` is asked about items. */
export function derivedCast(source: Oid, target: Oid, lookup: CastLookup): SqlCast | undefined {
  const from = findType(source);
  const to = findType(target);
  if (from === undefined || to === undefined) return undefined;
  return arrayCast(from, to, lookup) ?? textCast(from, to);
}

function arrayCast(from: TypeDefinition, to: TypeDefinition, lookup: CastLookup): SqlCast | undefined {
  const source = trueElement(from);
  const target = trueElement(to);
  if (source === 0 || target === 0 || to.oid === OID.int2vector || to.oid === OID.oidvector) return undefined;
  if (source === target && from.oid !== to.oid)
    return { source: from.oid, target: to.oid, context: 'implicit', convert: (value) => value, binary: true };
  const item = lookup(source, target);
  if (item === undefined) return undefined;
  const convert: SqlCast['convert'] = (value, context, modifier, explicit) => {
    const array = value as SqlArray;
    const items = array.items.map((part): Value => (part === null ? null : item.convert(part, context, modifier, explicit)));
    return new SqlArray(items, array.lengths, array.lowerBounds);
  };
  return { source: from.oid, target: to.oid, context: item.context, convert, binary: item.binary };
}

/** To strings on assignment, from strings when written. */
function textCast(from: TypeDefinition, to: TypeDefinition): SqlCast | undefined {
  if (from.oid === to.oid) return undefined;
  const toString = to.category === 'S';
  const fromString = from.category === 'S' || from.oid === OID.unknown;
  if (!toString && !fromString) return undefined;
  if (isPseudo(from) || isPseudo(to)) return undefined;
  const fit = fitModifier(to.oid);
  return {
    source: from.oid,
    target: to.oid,
    context: toString ? 'assignment' : 'explicit',
    convert(value, context, modifier, explicit) {
      const made = to.input(from.output(value, context), context, -1);
      return modifier === -1 || fit === undefined || made === null ? made : fit(made, modifier, explicit);
    },
  };
}

function isPseudo(type: TypeDefinition): boolean {
  return type.category === 'P' && type.oid !== OID.record && type.oid !== OID.cstring && type.oid !== OID.void;
}

function trueElement(type: TypeDefinition): Oid {
  return elementTypeOf(type.oid);
}
