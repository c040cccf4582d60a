/** The backslashes of COPY's text format, both ways. Octal and hexadecimal escapes stand for bytes, and only whole UTF-8 is text. */
import { SqlError } from '../../base/sql-error.ts';

export function hasEscape(text: string): boolean {
  return text.includes('\\');
}

/** The fields of a line that has backslashes; null is recognised before they are read. */
export function unescapedFields(raw: string, delimiter: string, nullText: string): (string | null)[] {
  const fields: (string | null)[] = [];
  let from = 0;
  for (let at = 0; at <= raw.length; at++) {
    if (raw[at] === '\\') {
      at++; // whatever follows, it ends no field
      continue;
    }
    if (at < raw.length && raw[at] !== delimiter) continue;
    const field = raw.slice(from, at);
    fields.push(field === nullText ? null : hasEscape(field) ? unescaped(field) : field);
    from = at + 1;
  }
  if (from <= raw.length && raw.endsWith('\\') && fields.length === 0) fields.push(unescaped(raw));
  return fields;
}

const LETTERS: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };
const BYTE = /\\(?:([0-7]{1,3})|x([0-9A-Fa-f]{1,2}))/;

function unescaped(field: string): string {
  if (BYTE.test(field)) return unescapedBytes(field);
  let text = '';
  for (let at = 0; at < field.length; at++) {
    if (field[at] !== '\\' || at + 1 === field.length) text += field[at];
    else text += LETTERS[field[++at]] ?? field[at];
  }
  return text;
}

const encoder = new TextEncoder();

function unescapedBytes(field: string): string {
  const bytes: number[] = [];
  for (let at = 0; at < field.length;) {
    const code = field[at] === '\\' ? BYTE.exec(field.slice(at, at + 4)) : null;
    if (code !== null && code.index === 0) {
      bytes.push((code[1] === undefined ? Number.parseInt(code[2], 16) : Number.parseInt(code[1], 8)) & 0xff);
      at += code[0].length;
      continue;
    }
    const isEscape = field[at] === '\\' && at + 1 < field.length;
    const character = String.fromCodePoint(field.codePointAt(isEscape ? at + 1 : at) ?? 0);
    bytes.push(...encoder.encode(isEscape ? (LETTERS[character] ?? character) : character));
    at += character.length + (isEscape ? 1 : 0);
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(new Uint8Array(bytes));
    if (!text.includes('\0')) return text;
  } catch {
    // said below
  }
  throw new SqlError('character_not_in_repertoire', 'invalid byte sequence for encoding "UTF8"');
}

const SPECIAL = /[\\\b\f\n\r\t\v]/;
const NAMES: Readonly<Record<string, string>> = {
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
};

/** A value as the text format writes it. */
export function escaped(text: string, delimiter: string): string {
  if (!SPECIAL.test(text) && !text.includes(delimiter)) return text;
  let out = '';
  for (const character of text) out += NAMES[character] ?? (character === delimiter ? `\\${character}` : character);
  return out;
}
