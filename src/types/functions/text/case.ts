import { SqlError } from '../../../base/sql-error.ts';
import type { SqlFunction } from '../../function.ts';
import { OID } from '../../oid.ts';
import { scalar } from '../define.ts';
import { characterCount } from './characters.ts';

const { text, int4, bool } = OID;
const ASCII = /^[\0-\x7f]*$/;
const WORD = /[\p{L}\p{N}]/u;

/** upper, lower, initcap, Unicode normal forms, code points. Case is mapped one character to one, as towupper does: ß stays ß. */
export function caseFunctions(): SqlFunction[] {
  return [
    scalar('upper', [text], text, (_, value: string) => upperCase(value)),
    scalar('lower', [text], text, (_, value: string) => lowerCase(value)),
    scalar('initcap', [text], text, (_, value: string) => initialCapitals(value)),
    scalar('ascii', [text], int4, (_, value: string) => value.codePointAt(0) ?? 0),
    scalar('chr', [int4], text, (_, code: number) => characterOf(code)),
    scalar('normalize', [text, text], text, (_, value: string, form: string) => value.normalize(normalForm(form)), { defaults: ['NFC'] }),
    scalar('is_normalized', [text, text], bool, (_, value: string, form: string) => value.normalize(normalForm(form)) === value, {
      defaults: ['NFC'],
    }),
  ];
}

/** `value` in upper case, as many characters as before. */
export function upperCase(value: string): string {
  return ASCII.test(value) ? value.toUpperCase() : mapped(value, (character) => character.toUpperCase());
}

/** `value` in lower case, as many characters as before. */
export function lowerCase(value: string): string {
  return ASCII.test(value) ? value.toLowerCase() : mapped(value, (character) => character.toLowerCase());
}

function mapped(value: string, map: (character: string) => string): string {
  let result = '';
  for (const character of value) {
    const other = map(character);
    result += other.length === character.length || characterCount(other) === 1 ? other : character;
  }
  return result;
}

/** Each word's first letter in upper case, the rest in lower case; words are runs of letters and digits. */
export function initialCapitals(value: string): string {
  let result = '';
  let inside = false;
  for (const character of value) {
    result += inside ? lowerCase(character) : upperCase(character);
    inside = WORD.test(character);
  }
  return result;
}

function characterOf(code: number): string {
  if (code < 0) throw new SqlError('invalid_parameter_value', 'character number must be positive');
  if (code === 0) throw new SqlError('program_limit_exceeded', 'null character not permitted');
  if (code > 0x10ffff) throw new SqlError('program_limit_exceeded', `requested character too large for encoding: ${code}`);
  if (code >= 0xd800 && code <= 0xdfff) throw new SqlError('program_limit_exceeded', `requested character not valid for encoding: ${code}`);
  return String.fromCodePoint(code);
}

function normalForm(form: string): 'NFC' | 'NFD' | 'NFKC' | 'NFKD' {
  const upper = form.toUpperCase();
  if (upper === 'NFC' || upper === 'NFD' || upper === 'NFKC' || upper === 'NFKD') return upper;
  throw new SqlError('invalid_parameter_value', `invalid normalization form: ${form}`);
}
