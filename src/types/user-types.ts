/**
 * Types that users make: enums and domains. Their definitions join the built-in ones under OIDs computed from what defines them, so
 * that one OID means the same type in every database a process has open.
 */
import { SqlError } from '../base/sql-error.ts';
import { utf8 } from '../base/bytes.ts';
import { sha256 } from '../base/sha256.ts';
import { arrayDefinition } from './definitions/arrays.ts';
import { oid, type Oid } from './oid.ts';
import type { TypeDefinition } from './type.ts';
import { addTypes, typeDefinition } from './types.ts';
import type { Value } from './value.ts';

/** OIDs of user types lie above those of all other objects, even ones for types, odd ones for their arrays. */
const USER_TYPE_OIDS = 2 ** 30;

/** An OID for a type defined by `content`; another for each `attempt`. Its array type's is one more. */
export function userTypeOid(content: readonly unknown[], attempt = 0): Oid {
  const hash = sha256(utf8(JSON.stringify([content, attempt])));
  const bits = new DataView(hash.buffer, hash.byteOffset).getUint32(0);
  return oid(USER_TYPE_OIDS + (bits % USER_TYPE_OIDS) - (bits % 2));
}

const labelsOf = new Map<Oid, readonly string[]>();

/** The labels of an enum that was made known, in their order; undefined when `type` is none. */
export const enumLabels = (type: Oid): readonly string[] | undefined => labelsOf.get(type);

/** Makes an enum known: its values are its labels, in the order given. */
export function registerEnum(type: Oid, name: string, labels: readonly string[]): void {
  const rank = new Map(labels.map((label, at) => [label, at]));
  labelsOf.set(type, labels);
  const position = (value: Value): number => rank.get(value as string) ?? -1;
  register({
    oid: type,
    name,
    displayName: name,
    category: 'E',
    preferred: false,
    length: 4,
    arrayOid: oid(type + 1),
    elementOid: oid(0),
    physical: 'int32',
    input(text) {
      if (rank.has(text)) return text;
      throw new SqlError('invalid_text_representation', `invalid input value for enum ${name}: "${text}"`);
    },
    output: (value) => value as string,
    compare: (a, b) => position(a) - position(b),
    hashKey: (value) => value as string,
    store: position,
    load: (stored) => labels[stored as number] ?? null,
  });
}

/** Makes a domain known: it is its base type under another name. Its constraints are checked where values enter it. */
export function registerDomain(type: Oid, name: string, base: Oid): void {
  register({ ...typeDefinition(base), oid: type, name, displayName: name, arrayOid: oid(type + 1), preferred: false });
}

function register(definition: TypeDefinition): void {
  addTypes([definition, arrayDefinition(definition)]);
}
