import { compareBytes, hexOf } from '../../base/bytes.ts';
import { SqlError } from '../../base/sql-error.ts';
import { OID } from '../oid.ts';
import type { TypeContext, TypeDefinition } from '../type.ts';
import { define } from './define.ts';

/** bytea. */
export const byteaDefinition: TypeDefinition = define<Uint8Array>({
  oid: OID.bytea,
  name: 'bytea',
  category: 'U',
  length: -1,
  arrayOid: 1001,
  physical: 'bytes',
  input: parseBytea,
  output: printBytea,
  compare: compareBytes,
  hashKey: hexOf,
});

/** bytea from its hex (`\x…`) or escape format; SQLSTATE 22P02 or 22023 otherwise. */
function parseBytea(text: string): Uint8Array {
  return text.startsWith('\\x') ? parseHex(text.slice(2)) : parseEscaped(text);
}

/** bytea's text as bytea_output says. */
function printBytea(value: Uint8Array, context: Pick<TypeContext, 'byteaOutput'>): string {
  if (context.byteaOutput === 'hex') return `\\x${hexOf(value)}`;
  let text = '';
  for (const byte of value) {
    if (byte === 0x5c) text += '\\\\';
    else if (byte < 0x20 || byte > 0x7e) text += `\\${byte.toString(8).padStart(3, '0')}`;
    else text += String.fromCharCode(byte);
  }
  return text;
}

/** Bytes of hexadecimal digits, blanks between pairs allowed. */
function parseHex(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length >> 1);
  let length = 0;
  for (let at = 0; at < text.length; at++) {
    if (/\s/.test(text[at])) continue;
    const high = digit(text, at++);
    if (at >= text.length) throw new SqlError('invalid_parameter_value', 'invalid hexadecimal data: odd number of digits');
    bytes[length++] = high * 16 + digit(text, at);
  }
  return bytes.slice(0, length);
}

function digit(text: string, at: number): number {
  const value = Number.parseInt(text[at], 16);
  if (Number.isNaN(value))
    throw new SqlError('invalid_parameter_value', `invalid hexadecimal digit: "${String.fromCodePoint(text.codePointAt(at) ?? 0)}"`);
  return value;
}

function parseEscaped(text: string): Uint8Array {
  const bytes: number[] = [];
  for (let at = 0; at < text.length; at++) {
    const code = text.codePointAt(at) ?? 0;
    if (code === 0x5c) {
      const octal = /^[0-3][0-7]{2}/.exec(text.slice(at + 1, at + 4));
      if (octal !== null) bytes.push(Number.parseInt(octal[0], 8));
      else if (text[at + 1] === '\\') bytes.push(0x5c);
      else throw new SqlError('invalid_text_representation', 'invalid input syntax for type bytea');
      at += octal === null ? 1 : 3;
    } else if (code < 0x80) {
      bytes.push(code);
    } else {
      for (const byte of new TextEncoder().encode(String.fromCodePoint(code))) bytes.push(byte);
      if (code > 0xffff) at++;
    }
  }
  return Uint8Array.from(bytes);
}
