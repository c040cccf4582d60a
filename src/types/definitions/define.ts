import type { Oid } from '../oid.ts';
import type { StoredValue, TypeCategory, TypeContext, TypeDefinition, Physical } from '../type.ts';
import type { Value } from '../value.ts';

/** What a type must say about itself, with `V` the form of its values. The rest has defaults. */
export interface TypeSpecification<V extends Value> {
  readonly oid: Oid;
  readonly name: string;
  readonly displayName?: string;
  readonly category: TypeCategory;
  readonly preferred?: boolean;
  readonly length: number;
  readonly arrayOid: number;
  readonly elementOid?: number;
  readonly physical: Physical;
  readonly input: (text: string, context: TypeContext, modifier: number) => V;
  readonly output: (value: V, context: TypeContext) => string;
  readonly compare: ((a: V, b: V) => number) | undefined;
  readonly hashKey?: (value: V) => string | number | bigint | boolean;
  readonly store?: (value: V) => StoredValue;
  readonly load?: (stored: never) => V;
  readonly sortKey?: (value: V) => Uint8Array;
}

/** A definition from what is particular to the type. Values of the type are `V`: the one place where that is taken on trust. */
export function define<V extends Value>(specification: TypeSpecification<V>): TypeDefinition {
  const { oid, name, displayName = name, category, preferred = false, length, arrayOid, elementOid = 0, physical } = specification;
  const { input, output, compare, store, load, sortKey } = specification;
  return {
    oid,
    name,
    displayName,
    category,
    preferred,
    length,
    arrayOid: arrayOid as Oid,
    elementOid: elementOid as Oid,
    physical,
    input,
    output: output as TypeDefinition['output'],
    compare: compare as TypeDefinition['compare'],
    hashKey: (specification.hashKey ?? itself) as TypeDefinition['hashKey'],
    ...(store === undefined ? {} : { store: store as TypeDefinition['store'], load: load as TypeDefinition['load'] }),
    ...(sortKey === undefined ? {} : { sortKey: sortKey as TypeDefinition['sortKey'] }),
  };
}

/** Order of numbers that are never NaN. */
export function compareNumbers(a: number, b: number): number {
  return a - b;
}

function itself(value: string | number): string | number {
  return value;
}
