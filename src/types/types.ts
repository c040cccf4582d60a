/** Every built-in type, by OID and by name, and how types with modifiers are written. */
import { assert } from '../base/assert.ts';
import { arrayDefinition, vectorDefinitions } from './definitions/arrays.ts';
import { booleanDefinition } from './definitions/boolean.ts';
import { byteaDefinition } from './definitions/bytea.ts';
import { datetimeDefinitions } from './definitions/datetime.ts';
import { identifierDefinitions } from './definitions/identifiers.ts';
import { jsonDefinitions } from './definitions/json.ts';
import { numberDefinitions } from './definitions/numbers.ts';
import { pseudoDefinitions } from './definitions/pseudo.ts';
import { recordDefinition } from './definitions/record.ts';
import { stringDefinitions } from './definitions/strings.ts';
import { uuidDefinition } from './definitions/uuid.ts';
import { modifierText, parseModifier } from './modifier.ts';
import { OID, oid, type Oid } from './oid.ts';
import type { TypeDefinition } from './type.ts';

/** The definition of a type: built in, or registered (user-types.ts). */
export function typeDefinition(type: Oid): TypeDefinition {
  const definition = BY_OID.get(type);
  assert(definition !== undefined, 'the type is built in or registered', { type });
  return definition;
}

/** The definition of a type; undefined for OIDs nobody registered. */
export function findType(type: Oid): TypeDefinition | undefined {
  return BY_OID.get(type);
}

/** By pg_type.typname (`int4`, `_text`) or by SQL's name in lower case (`integer`, `double precision`, `timestamp with time zone`). */
export function typeByName(name: string): TypeDefinition | undefined {
  return BY_NAME.get(name);
}

/** The array type over `element`, 0 when there is none. An array type is its own array type. */
export function arrayTypeOf(element: Oid): Oid {
  const definition = BY_OID.get(element);
  if (definition === undefined) return oid(0);
  return definition.arrayOid === 0 && definition.elementOid !== 0 ? element : definition.arrayOid;
}

/** The element type of a true array type, 0 for others (name and vectors subscript, but are not arrays). */
export function elementTypeOf(array: Oid): Oid {
  const definition = BY_OID.get(array);
  return definition === undefined || definition.category !== 'A' ? oid(0) : definition.elementOid;
}

/** Whether COLLATE may be said of a type: strings, and arrays of them. All are compared in C order, whatever collation is named. */
export function isCollatable(type: Oid): boolean {
  return BY_OID.get(elementTypeOf(type) || type)?.category === 'S';
}

/** PostgreSQL's format_type: `numeric(10,2)`, `character varying(5)[]`, `timestamp(3) with time zone`; `???` when unknown, `-` for 0. */
export function formatType(type: Oid, modifier: number): string {
  if (type === 0) return '-';
  const definition = BY_OID.get(type);
  if (definition === undefined) return '???';
  const element =
    definition.category === 'A' && definition.oid !== OID.int2vector && definition.oid !== OID.oidvector
      ? BY_OID.get(definition.elementOid)
      : undefined;
  if (element !== undefined) return `${formatType(element.oid, modifier)}[]`;
  return modifier < 0 ? definition.displayName : modifierText(type, definition.displayName, modifier);
}

/** The modifier that written arguments mean: varchar(5) → 9. SQLSTATE 22023 when they are not valid, 42601 when the type takes none. */
export function parseTypeModifier(type: Oid, args: readonly number[]): number {
  const element = elementTypeOf(type);
  if (element !== 0 && typeDefinition(type).name.startsWith('_')) return parseTypeModifier(element, args);
  return parseModifier(type, typeDefinition(type).name, args);
}

/** Adds definitions that are found by OID. Registering the same again changes nothing. */
export function addTypes(definitions: readonly TypeDefinition[]): void {
  for (const definition of definitions) if (!BY_OID.has(definition.oid)) BY_OID.set(definition.oid, definition);
}

/** Every built-in type. */
export function allTypes(): readonly TypeDefinition[] {
  return ALL;
}

/** SQL's names for types whose typname differs. */
const SQL_NAMES: Readonly<Record<string, string>> = {
  boolean: 'bool',
  smallint: 'int2',
  int: 'int4',
  integer: 'int4',
  bigint: 'int8',
  real: 'float4',
  float: 'float8',
  'double precision': 'float8',
  decimal: 'numeric',
  dec: 'numeric',
  'character varying': 'varchar',
  'char varying': 'varchar',
  character: 'bpchar',
  char: 'bpchar',
  'timestamp without time zone': 'timestamp',
  'timestamp with time zone': 'timestamptz',
  'time without time zone': 'time',
  'time with time zone': 'timetz',
};

const ALL: readonly TypeDefinition[] = gather();
const BY_OID = new Map<Oid, TypeDefinition>(ALL.map((definition) => [definition.oid, definition]));
const BY_NAME = new Map<string, TypeDefinition>([
  ...Object.entries(SQL_NAMES).flatMap(([alias, name]): [string, TypeDefinition][] =>
    ALL.filter((definition) => definition.name === name).map((definition) => [alias, definition]),
  ),
  ...ALL.map((definition): [string, TypeDefinition] => [definition.name, definition]),
]);

function gather(): readonly TypeDefinition[] {
  const plain = [
    booleanDefinition,
    ...numberDefinitions,
    ...stringDefinitions,
    byteaDefinition,
    ...datetimeDefinitions,
    uuidDefinition,
    ...jsonDefinitions,
    ...identifierDefinitions,
    ...pseudoDefinitions,
    recordDefinition(typeDefinition),
  ];
  const named = (type: Oid): TypeDefinition => plain.find((definition) => definition.oid === type) ?? booleanDefinition;
  const elements = [...plain, ...vectorDefinitions(named(OID.int2), named(OID.oid))];
  return [...elements, ...elements.filter((definition) => definition.arrayOid !== 0).map(arrayDefinition)];
}
