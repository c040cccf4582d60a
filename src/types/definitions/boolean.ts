import { SqlError } from '../../base/sql-error.ts';
import { trimBlanks } from '../numeric/parse.ts';
import { OID } from '../oid.ts';
import type { TypeDefinition } from '../type.ts';
import { define } from './define.ts';

/** boolean. */
export const booleanDefinition: TypeDefinition = define<boolean>({
  oid: OID.bool,
  name: 'bool',
  displayName: 'boolean',
  category: 'B',
  preferred: true,
  length: 1,
  arrayOid: 1000,
  physical: 'bool',
  input: parseBoolean,
  output: (value) => (value ? 't' : 'f'),
  compare: (a, b) => Number(a) - Number(b),
  hashKey: (value) => value,
});

/** A boolean from text: true, yes, on, 1 and their opposites, or a prefix that leaves no doubt. SQLSTATE 22P02 otherwise. */
function parseBoolean(text: string): boolean {
  const word = trimBlanks(text).toLowerCase();
  if (word !== '') {
    if ('true'.startsWith(word) || 'yes'.startsWith(word) || word === 'on' || word === '1') return true;
    if ('false'.startsWith(word) || 'no'.startsWith(word) || (word.length > 1 && 'off'.startsWith(word)) || word === '0') return false;
  }
  throw new SqlError('invalid_text_representation', `invalid input syntax for type boolean: "${text}"`);
}
