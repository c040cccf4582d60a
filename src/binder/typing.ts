/** Types by name and by sight: what the binder asks of types besides coercion. */
import type { TypeName } from '@pgsql/types';
import { OID, type Oid } from '../types/oid.ts';
import type { SqlType, TypeDefinition } from '../types/type.ts';
import { arrayTypeOf, elementTypeOf, formatType, parseTypeModifier, typeByName, typeDefinition } from '../types/types.ts';
import type { Binding } from './binding.ts';
import { stringList } from './node.ts';

/** A type without a modifier. */
export function typeOf(oid: Oid): SqlType {
  return { oid, modifier: -1 };
}

export const BOOL = typeOf(OID.bool);
export const INT4 = typeOf(OID.int4);
export const INT8 = typeOf(OID.int8);
export const TEXT = typeOf(OID.text);
export const UNKNOWN = typeOf(OID.unknown);
export const RECORD = typeOf(OID.record);

/** The type as PostgreSQL's messages print it: format_type, user types by name. */
export function displayType(binding: Binding, type: SqlType): string {
  const user = binding.sources.catalog.userType(type.oid);
  if (user !== undefined) return user.oid === type.oid ? user.name : `${user.name}[]`;
  return formatType(type.oid, -1);
}

/** A domain's base type (with the domain's modifier), any other type itself. */
export function baseType(binding: Binding, type: SqlType): SqlType {
  const user = binding.sources.catalog.userType(type.oid);
  return user !== undefined && user.kind === 'domain' && user.oid === type.oid ? baseType(binding, user.base) : type;
}

/** The definition behind a type, of the base for a domain; undefined for user types that have none. */
export function definitionOf(binding: Binding, type: SqlType): TypeDefinition | undefined {
  const base = baseType(binding, type);
  return binding.sources.catalog.userType(base.oid) === undefined ? typeDefinition(base.oid) : undefined;
}

/** The element type of an array type; undefined for other types. */
export function elementType(binding: Binding, type: SqlType): SqlType | undefined {
  const base = baseType(binding, type);
  const user = binding.sources.catalog.userType(base.oid);
  if (user !== undefined) return user.arrayOid === base.oid ? typeOf(user.oid) : undefined;
  const element = elementTypeOf(base.oid);
  return element === 0 ? undefined : { oid: element, modifier: base.modifier };
}

/** The array type over `type`; undefined when there is none (void, unknown). */
export function arrayType(binding: Binding, type: SqlType): SqlType | undefined {
  const user = binding.sources.catalog.userType(type.oid);
  const oid = user !== undefined && user.oid === type.oid ? user.arrayOid : arrayTypeOf(type.oid);
  return oid === undefined || oid === 0 ? undefined : typeOf(oid);
}

/** A type as written. SQLSTATE 42704 when it does not exist. */
export function bindTypeName(binding: Binding, name: TypeName): SqlType {
  const names = stringList(name.names);
  if (name.setof === true) throw binding.error('invalid_table_definition', 'SETOF is not allowed here', name.location ?? 0);
  if (name.pct_type === true) throw binding.error('feature_not_supported', '%TYPE is not supported', name.location ?? 0);
  const element = namedType(binding, names, name);
  if ((name.arrayBounds?.length ?? 0) === 0) return element;
  const array = arrayType(binding, element);
  if (array === undefined)
    throw binding.error('undefined_object', `could not find array type for data type ${displayType(binding, element)}`, name.location ?? 0);
  return { oid: array.oid, modifier: element.modifier };
}

function namedType(binding: Binding, names: readonly string[], node: TypeName): SqlType {
  const last = names[names.length - 1];
  const schema = names.length > 1 ? names[names.length - 2] : undefined;
  const user = schema === 'pg_catalog' ? undefined : binding.sources.catalog.findType(schema, last, binding.sources.searchPath);
  if (user !== undefined) {
    binding.dependOn(user.oid);
    return typeOf(user.oid);
  }
  const definition = schema === undefined || schema === 'pg_catalog' ? typeByName(last) : undefined;
  if (definition === undefined) throw binding.error('undefined_object', `type "${names.join('.')}" does not exist`, node.location ?? 0);
  const args = (node.typmods ?? []).map((arg) => modifierArgument(binding, arg, node.location));
  return {
    oid: definition.oid,
    modifier: args.length === 0 ? -1 : binding.at(node.location ?? 0, () => parseTypeModifier(definition.oid, args)),
  };
}

function modifierArgument(binding: Binding, node: object, location: number | undefined): number {
  if ('A_Const' in node) {
    const constant = node.A_Const as { ival?: { ival?: number } };
    if (constant.ival !== undefined) return constant.ival.ival ?? 0;
  }
  throw binding.error('syntax_error', 'type modifiers must be simple constants or identifiers', location ?? 0);
}
