import { SqlError } from '../../../base/sql-error.ts';
import type { SqlFunction } from '../../function.ts';
import { OID } from '../../oid.ts';
import { scalar } from '../define.ts';

const { text, bytea } = OID;

/** The functions behind SIMILAR TO and LIKE … ESCAPE. */
export function similarFunctions(): SqlFunction[] {
  return [
    scalar('similar_to_escape', [text], text, (_, pattern: string) => similarPattern(pattern, '\\')),
    scalar('similar_to_escape', [text, text], text, (_, pattern: string, escape: string) => similarPattern(pattern, escape)),
    scalar(
      'similar_escape',
      [text, text],
      text,
      (_, pattern: string | null, escape: string | null) => (pattern === null ? null : similarPattern(pattern, escape ?? '\\')),
      { strict: false },
    ),
    scalar('like_escape', [text, text], text, (_, pattern: string, escape: string) => withBackslash(pattern, escape)),
    scalar('like_escape', [bytea, bytea], bytea, (_, pattern: Uint8Array, escape: Uint8Array) => {
      const latin = (bytes: Uint8Array): string => Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
      return Uint8Array.from(withBackslash(latin(pattern), latin(escape)), (character) => character.charCodeAt(0));
    }),
  ];
}

function checkedEscape(escape: string): string {
  if (Array.from(escape).length > 1)
    throw new SqlError('invalid_escape_sequence', 'invalid escape string', { hint: 'Escape string must be empty or one character.' });
  return escape;
}

/** A LIKE pattern with another escape character as one with a backslash. */
function withBackslash(pattern: string, given: string): string {
  const escape = checkedEscape(given);
  if (escape === '\\') return pattern;
  if (escape === '') return pattern.replaceAll('\\', '\\\\');
  let result = '';
  let escaped = false;
  for (const character of pattern) {
    if (character === escape && !escaped) {
      result += '\\';
      escaped = true;
    } else {
      result += character === '\\' && !escaped ? '\\\\' : character;
      escaped = false;
    }
  }
  return result;
}

/**
 * An SQL regular expression as a PostgreSQL one that matches the whole text. Two escaped double quotes cut it into three
 * parts, of which the middle is the one that substring() gives.
 */
export function similarPattern(pattern: string, given: string): string {
  const escape = checkedEscape(given);
  let result = '^(?:';
  let escaped = false;
  let quotes = 0;
  let inClass = false;
  for (const character of pattern) {
    if (escaped) {
      escaped = false;
      if (character === '"' && !inClass) {
        if (quotes === 0) result += '){1,1}?(';
        else if (quotes === 1) result += '){1,1}(?:';
        else throw new SqlError('data_exception', 'SQL regular expression may not contain more than two escape-double-quote separators');
        quotes++;
      } else result += `\\${character}`;
    } else if (character === escape) escaped = true;
    else if (inClass) {
      result += character === '\\' ? '\\\\' : character;
      if (character === ']') inClass = false;
    } else if (character === '[') {
      result += character;
      inClass = true;
    } else if (character === '%') result += '.*';
    else if (character === '_') result += '.';
    else if (character === '(') result += '(?:';
    else if (/[\\.^$]/.test(character)) result += `\\${character}`;
    else result += character;
  }
  return `${result})$`;
}
