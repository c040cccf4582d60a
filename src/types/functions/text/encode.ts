import { bytesOfHex, hexOf, utf8 } from '../../../base/bytes.ts';
import { SqlError } from '../../../base/sql-error.ts';
import type { SqlFunction } from '../../function.ts';
import { OID } from '../../oid.ts';
import { scalar, STABLE } from '../define.ts';

const { text, bytea, name, int4, int8 } = OID;

/** encode and decode, character sets, to_hex, unistr. The only server encoding is UTF8. */
export function encodeFunctions(): SqlFunction[] {
  return [
    scalar('encode', [bytea, text], text, (_, value: Uint8Array, format: string) => codec(format).encode(value)),
    scalar('decode', [text, text], bytea, (_, value: string, format: string) => codec(format).decode(value)),
    scalar('convert_from', [bytea, name], text, (_, value: Uint8Array, encoding: string) => textIn(value, encoding), STABLE),
    scalar('convert_to', [text, name], bytea, (_, value: string, encoding: string) => bytesIn(value, encoding), STABLE),
    scalar(
      'convert',
      [bytea, name, name],
      bytea,
      (_, value: Uint8Array, from: string, to: string) => bytesIn(textIn(value, from), to),
      STABLE,
    ),
    scalar('length', [bytea, name], int4, (_, value: Uint8Array, encoding: string) => Array.from(textIn(value, encoding)).length, STABLE),
    scalar('to_hex', [int4], text, (_, value: number) => (value >>> 0).toString(16)),
    scalar('to_hex', [int8], text, (_, value: number | bigint) => BigInt.asUintN(64, BigInt(value)).toString(16)),
    scalar('unistr', [text], text, (_, value: string) => unescaped(value)),
  ];
}

interface Codec {
  encode(bytes: Uint8Array): string;
  decode(text: string): Uint8Array;
}

function codec(format: string): Codec {
  switch (format.toLowerCase()) {
    case 'hex':
      return { encode: hexOf, decode: bytesOfHexText };
    case 'base64':
      return { encode: base64Of, decode: bytesOfBase64 };
    case 'escape':
      return { encode: escapedOf, decode: bytesOfEscaped };
    default:
      throw new SqlError('invalid_parameter_value', `unrecognized encoding: "${format}"`);
  }
}

function bytesOfHexText(value: string): Uint8Array {
  const digits = value.replaceAll(/[ \n\t\r]/g, '');
  const bytes = bytesOfHex(digits);
  if (bytes !== undefined) return bytes;
  const wrong = /[^0-9a-fA-F]/u.exec(digits);
  throw new SqlError(
    'invalid_parameter_value',
    wrong === null ? 'invalid hexadecimal data: odd number of digits' : `invalid hexadecimal digit: "${wrong[0]}"`,
  );
}

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const LINE_LENGTH = 76;

/** MIME base64: a line break after every 76 characters, none at the end. */
function base64Of(bytes: Uint8Array): string {
  let line = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const triple = (bytes[at] << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    line += BASE64[triple >> 18] + BASE64[(triple >> 12) & 63];
    line += at + 1 < bytes.length ? BASE64[(triple >> 6) & 63] : '=';
    line += at + 2 < bytes.length ? BASE64[triple & 63] : '=';
  }
  let result = line.slice(0, LINE_LENGTH);
  for (let at = LINE_LENGTH; at < line.length; at += LINE_LENGTH) result += `\n${line.slice(at, at + LINE_LENGTH)}`;
  return line.length > 0 && line.length % LINE_LENGTH === 0 ? `${result}` : result;
}

function bytesOfBase64(value: string): Uint8Array {
  const bytes: number[] = [];
  let buffer = 0;
  let position = 0;
  let ended = 0;
  for (const character of value) {
    if (/[ \t\n\r]/.test(character)) continue;
    let six = 0;
    if (character === '=') {
      if (ended === 0) {
        if (position === 2) ended = 1;
        else if (position === 3) ended = 2;
        else throw new SqlError('invalid_parameter_value', 'unexpected "=" while decoding base64 sequence');
      }
    } else {
      six = BASE64.indexOf(character);
      if (six < 0) throw new SqlError('invalid_parameter_value', `invalid symbol "${character}" found while decoding base64 sequence`);
    }
    buffer = (buffer << 6) | six;
    if (++position < 4) continue;
    bytes.push((buffer >> 16) & 255);
    if (ended === 0 || ended > 1) bytes.push((buffer >> 8) & 255);
    if (ended === 0 || ended > 2) bytes.push(buffer & 255);
    buffer = 0;
    position = 0;
  }
  if (position !== 0)
    throw new SqlError('invalid_parameter_value', 'invalid base64 end sequence', {
      hint: 'Input data is missing padding, is truncated, or is otherwise corrupted.',
    });
  return Uint8Array.from(bytes);
}

function escapedOf(bytes: Uint8Array): string {
  let result = '';
  for (const byte of bytes) {
    if (byte === 0 || byte >= 0x80) result += `\\${byte.toString(8).padStart(3, '0')}`;
    else result += byte === 0x5c ? '\\\\' : String.fromCharCode(byte);
  }
  return result;
}

function bytesOfEscaped(value: string): Uint8Array {
  const raw = utf8(value);
  const bytes: number[] = [];
  for (let at = 0; at < raw.length; at++) {
    if (raw[at] !== 0x5c) bytes.push(raw[at]);
    else if (raw[at + 1] === 0x5c) {
      bytes.push(0x5c);
      at++;
    } else {
      const octal = /^[0-3][0-7][0-7]/.exec(String.fromCharCode(...raw.subarray(at + 1, at + 4)));
      if (octal === null) throw new SqlError('invalid_text_representation', 'invalid input syntax for type bytea');
      bytes.push(Number.parseInt(octal[0], 8));
      at += 3;
    }
  }
  return Uint8Array.from(bytes);
}

function encodingNamed(name: string): 'utf8' | 'latin1' | 'ascii' {
  const plain = name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
  if (plain === 'utf8' || plain === 'unicode') return 'utf8';
  if (plain === 'latin1' || plain === 'iso88591') return 'latin1';
  if (plain === 'sqlascii') return 'ascii';
  if (/^(latin\d+|win\d+|iso8859\d+|koi8[ru]?|euc\w+|sjis|big5|gbk?|gb18030|uhc|johab|windows\d+)$/.test(plain))
    throw new SqlError('feature_not_supported', `encoding "${name}" is not supported`);
  throw new SqlError('invalid_parameter_value', `invalid source encoding name "${name}"`);
}

function textIn(bytes: Uint8Array, encoding: string): string {
  if (encodingNamed(encoding) === 'latin1') return Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new SqlError('character_not_in_repertoire', `invalid byte sequence for encoding "UTF8": ${firstInvalid(bytes)}`);
  }
}

/** The first bytes that are no UTF-8, as many as their lead byte announces, as PostgreSQL reports them. */
function firstInvalid(bytes: Uint8Array): string {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let at = 0;
  while (at < bytes.length) {
    const lead = bytes[at];
    const length = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
    try {
      decoder.decode(bytes.subarray(at, at + length));
      at += length;
    } catch {
      return Array.from(bytes.subarray(at, at + length), (byte) => `0x${byte.toString(16).padStart(2, '0')}`).join(' ');
    }
  }
  return '';
}

function bytesIn(value: string, encoding: string): Uint8Array {
  if (encodingNamed(encoding) !== 'latin1') return utf8(value);
  return Uint8Array.from(Array.from(value), (character) => {
    const code = character.codePointAt(0) ?? 0;
    if (code < 256) return code;
    const sequence = Array.from(utf8(character), (byte) => `0x${byte.toString(16)}`).join(' ');
    throw new SqlError(
      'untranslatable_character',
      `character with byte sequence ${sequence} in encoding "UTF8" has no equivalent in encoding "LATIN1"`,
    );
  });
}

/** Backslash escapes of Unicode characters: \XXXX, \+XXXXXX, \uXXXX, \UXXXXXXXX; a doubled backslash is one. */
function unescaped(value: string): string {
  const replaced = value.replaceAll(
    /\\(?:(\\)|([0-9a-fA-F]{4})|\+([0-9a-fA-F]{6})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|)/g,
    (whole, backslash, plain, plus, short, long) => {
      if (backslash !== undefined) return '\\';
      const digits = plain ?? plus ?? short ?? long;
      if (whole === '\\')
        throw new SqlError('syntax_error', 'invalid Unicode escape', {
          hint: 'Unicode escapes must be \\XXXX, \\+XXXXXX, \\uXXXX, or \\UXXXXXXXX.',
        });
      const code = Number.parseInt(digits, 16);
      if (code === 0 || code > 0x10ffff)
        throw new SqlError('invalid_parameter_value', `invalid Unicode code point: ${code.toString(16).toUpperCase().padStart(4, '0')}`);
      return String.fromCodePoint(code);
    },
  );
  if (/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(replaced))
    throw new SqlError('syntax_error', 'invalid Unicode surrogate pair');
  return replaced;
}
