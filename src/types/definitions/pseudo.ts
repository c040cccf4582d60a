import { SqlError } from '../../base/sql-error.ts';
import { OID, type Oid } from '../oid.ts';
import type { TypeDefinition } from '../type.ts';
import { define } from './define.ts';

const PSEUDO: readonly Oid[] = [
  OID.any,
  OID.anyarray,
  OID.anyelement,
  OID.anynonarray,
  OID.anyenum,
  OID.anycompatible,
  OID.anycompatiblearray,
  OID.anycompatiblenonarray,
  OID.trigger,
  OID.internal,
];

/** void, and the types that only appear in function signatures. They have no values of their own to read. */
export const pseudoDefinitions: readonly TypeDefinition[] = [
  define<string>({
    oid: OID.void,
    name: 'void',
    category: 'P',
    length: 4,
    arrayOid: 0,
    physical: 'text',
    input: () => '',
    output: () => '',
    compare: undefined,
  }),
  ...PSEUDO.map(pseudo),
];

function pseudo(oid: Oid): TypeDefinition {
  const [name] = Object.entries(OID).find(([, value]) => value === oid) ?? ['any'];
  const refuse = (): never => {
    throw new SqlError('feature_not_supported', `cannot accept a value of type ${name}`);
  };
  return define<string>({
    oid,
    name,
    displayName: name === 'any' ? '"any"' : name,
    category: 'P',
    length: 4,
    arrayOid: 0,
    physical: 'text',
    input: refuse,
    output: String,
    compare: undefined,
  });
}
