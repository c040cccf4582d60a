/**
 * JSON text to nodes, with the errors of PostgreSQL's jsonapi.c to the letter (message, detail and the line shown).
 * Numbers are exact; object keys end up unique (the last wins) and in jsonb's order.
 */
import { SqlError } from '../../base/sql-error.ts';
import { LIMITS } from '../../base/limits.ts';
import { parseNumeric } from '../numeric/parse.ts';
import { Jsonb, Numeric, type JsonNode } from '../value.ts';
import { compareKeys } from './compare.ts';

/** A jsonb value from text; SQLSTATE 22P02, or 22P05 for what jsonb cannot hold (\u0000). */
export function parseJsonb(text: string): Jsonb {
  return new Jsonb(new Parser(text).parse());
}

/** `text` itself when it is JSON; SQLSTATE 22P02 otherwise. Escapes are not decoded, so that \u0000 passes. */
export function checkJson(text: string): string {
  try {
    JSON.parse(text);
  } catch {
    new Parser(text, false).parse();
  }
  return text;
}

/** Pairs as an object node: the last of equal keys wins, keys in jsonb's order. */
export function objectNode(pairs: Iterable<readonly [string, JsonNode]>): ReadonlyMap<string, JsonNode> {
  const unique = new Map(pairs);
  if (unique.size < 2 || isSorted(unique.keys())) return unique;
  return new Map([...unique].sort((a, b) => compareKeys(a[0], b[0])));
}

function isSorted(keys: Iterable<string>): boolean {
  let before: string | undefined;
  for (const key of keys) {
    if (before !== undefined && compareKeys(before, key) > 0) return false;
    before = key;
  }
  return true;
}

const ESCAPES: Readonly<Record<string, string>> = { '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

const SMALL_DIGITS_MAX = 9;
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

type Expectation = 'value' | 'string' | 'end' | 'array next' | 'object start' | 'object label' | 'object next';

class Parser {
  readonly #text: string;
  readonly #decode: boolean;
  #at = 0;
  #depth = 0;

  constructor(text: string, decode = true) {
    this.#text = text;
    this.#decode = decode;
  }

  parse(): JsonNode {
    this.#skip();
    const node = this.#value('value');
    this.#skip();
    if (this.#at < this.#text.length) this.#unexpected('end');
    return node;
  }

  #value(expected: Expectation): JsonNode {
    const char = this.#text[this.#at];
    switch (char) {
      case '{':
        return this.#nested(() => this.#object());
      case '[':
        return this.#nested(() => this.#array());
      case '"':
        return this.#string();
      case undefined:
      case '}':
      case ']':
      case ',':
      case ':':
        return this.#unexpected(expected);
      default:
        return char === '-' || (char >= '0' && char <= '9') ? this.#number() : this.#literal(expected);
    }
  }

  #nested<T>(read: () => T): T {
    if (++this.#depth > LIMITS.nestingMax * 6) throw new SqlError('statement_too_complex', 'stack depth limit exceeded');
    this.#at++;
    const node = read();
    this.#depth--;
    return node;
  }

  #array(): JsonNode {
    const items: JsonNode[] = [];
    this.#skip();
    if (this.#text[this.#at] === ']') {
      this.#at++;
      return items;
    }
    for (;;) {
      items.push(this.#value('value'));
      this.#skip();
      const char = this.#text[this.#at];
      if (char !== ',' && char !== ']') this.#unexpected('array next');
      this.#at++;
      if (char === ']') return items;
      this.#skip();
    }
  }

  #object(): JsonNode {
    const pairs: [string, JsonNode][] = [];
    this.#skip();
    if (this.#text[this.#at] === '}') {
      this.#at++;
      return new Map();
    }
    for (let expected: Expectation = 'object start'; ; expected = 'string') {
      if (this.#text[this.#at] !== '"') this.#unexpected(expected);
      const key = this.#string();
      this.#skip();
      if (this.#text[this.#at] !== ':') this.#unexpected('object label');
      this.#at++;
      this.#skip();
      pairs.push([key, this.#value('value')]);
      this.#skip();
      const char = this.#text[this.#at];
      if (char !== ',' && char !== '}') this.#unexpected('object next');
      this.#at++;
      if (char === '}') return objectNode(pairs);
      this.#skip();
    }
  }

  #string(): string {
    const start = this.#at++;
    let text = '';
    let escaped = false;
    let from = this.#at;
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (Number.isNaN(code)) this.#invalidToken(start, this.#text.length);
      if (code === 34) break;
      if (code < 32) this.#fail(`Character with value 0x${code.toString(16).padStart(2, '0')} must be escaped.`, this.#at);
      if (code === 92) {
        text += this.#text.slice(from, this.#at) + this.#escape();
        escaped = true;
        from = this.#at;
      } else {
        this.#at++;
      }
    }
    text += this.#text.slice(from, this.#at++);
    if (escaped && this.#decode && LONE_SURROGATE.test(text)) this.#refuseSurrogates(text);
    return text;
  }

  #refuseSurrogates(text: string): never {
    const detail = /[\ud800-\udbff](?=[\ud800-\udbff])/.test(text)
      ? 'Unicode high surrogate must not follow a high surrogate.'
      : 'Unicode low surrogate must follow a high surrogate.';
    throw new SqlError('invalid_text_representation', 'invalid input syntax for type json', { detail, where: this.#where(this.#at) });
  }

  #escape(): string {
    const letter = this.#text[this.#at + 1];
    if (letter === undefined) this.#invalidToken(this.#text.lastIndexOf('"', this.#at), this.#text.length);
    if (letter !== 'u') {
      const plain = ESCAPES[letter];
      if (plain === undefined) this.#fail(`Escape sequence "\\${letter}" is invalid.`, this.#at + 2);
      this.#at += 2;
      return plain;
    }
    const digits = /^[0-9a-fA-F]{0,4}/.exec(this.#text.slice(this.#at + 2, this.#at + 6))?.[0] ?? '';
    if (digits.length < 4) this.#fail('"\\u" must be followed by four hexadecimal digits.', this.#at + 2 + digits.length + 1);
    this.#at += 6;
    const code = Number.parseInt(digits, 16);
    if (code === 0 && this.#decode) {
      throw new SqlError('untranslatable_character', 'unsupported Unicode escape sequence', {
        detail: '\\u0000 cannot be converted to text.',
        where: this.#where(this.#at),
      });
    }
    return String.fromCharCode(code);
  }

  #number(): JsonNode {
    const start = this.#at;
    if (this.#decode) {
      const small = this.#smallInteger();
      if (small !== undefined) return small;
    }
    const end = this.#numberEnd(start);
    if (!NUMBER.test(this.#text.slice(start, end))) this.#invalidToken(start, end);
    this.#at = end;
    return this.#decode ? (parseNumeric(this.#text.slice(start, end)) ?? this.#invalidToken(start, end)) : null;
  }

  #literal(expected: Expectation): JsonNode {
    const start = this.#at;
    const end = this.#wordEnd(start);
    const word = this.#text.slice(start, end);
    if (word !== 'true' && word !== 'false' && word !== 'null') this.#invalidToken(start, Math.max(end, start + 1));
    if (expected === 'string') this.#unexpected(expected);
    this.#at = end;
    return word === 'null' ? null : word === 'true';
  }

  /** The commonest numbers, up to nine digits and nothing else; undefined, with nothing read, for all others. */
  #smallInteger(): Numeric | undefined {
    let at = this.#at;
    let value = 0;
    for (; at - this.#at < SMALL_DIGITS_MAX; at++) {
      const digit = this.#text.charCodeAt(at) - 48;
      if (!(digit >= 0 && digit <= 9)) break;
      value = value * 10 + digit;
    }
    const next = this.#text.charCodeAt(at);
    const leadingZero = this.#text.charCodeAt(this.#at) === 48 && at - this.#at > 1;
    const ends = next === 44 || next === 93 || next === 125 || Number.isNaN(next);
    if (at === this.#at || !ends || leadingZero) return undefined;
    this.#at = at;
    return new Numeric(value, 0);
  }

  /** Where a number ends, or what looked like one: as far as its grammar goes, and letters and digits behind that. */
  #numberEnd(start: number): number {
    const pattern = /-?(?:0|[1-9]\d*)?(?:\.\d*)?(?:[eE][+-]?\d*)?/y;
    pattern.lastIndex = start;
    pattern.exec(this.#text);
    return this.#wordEnd(pattern.lastIndex);
  }

  #wordEnd(start: number): number {
    const pattern = /[A-Za-z0-9_\u0080-\uffff]*/y;
    pattern.lastIndex = start;
    pattern.exec(this.#text);
    return pattern.lastIndex;
  }

  #skip(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 32 && code !== 9 && code !== 10 && code !== 13) return;
      this.#at++;
    }
  }

  #unexpected(expected: Expectation): never {
    const start = this.#at;
    if (start >= this.#text.length) this.#fail('The input string ended unexpectedly.', start, true);
    const char = this.#text[start];
    let end = start + 1;
    if (char === '"') {
      this.#string();
      end = this.#at;
    } else if (!/[{}[\],:]/.test(char)) {
      end = Math.max(/[-0-9]/.test(char) ? this.#numberEnd(start) : this.#wordEnd(start), start + 1);
      const word = this.#text.slice(start, end);
      if (!/^(?:true|false|null)$/.test(word) && !NUMBER.test(word)) this.#invalidToken(start, end);
    }
    this.#fail(`${EXPECTED[expected]}, but found "${this.#text.slice(start, end)}".`, end);
  }

  #invalidToken(start: number, end: number): never {
    this.#fail(`Token "${this.#text.slice(start, end)}" is invalid.`, end);
  }

  #fail(detail: string, end: number, atEnd = false): never {
    throw new SqlError('invalid_text_representation', 'invalid input syntax for type json', { detail, where: this.#where(end, atEnd) });
  }

  /** The line of the input up to the offending token, at most 50 characters of it. */
  #where(end: number, atEnd = false): string {
    const before = this.#text.slice(0, end);
    const line = before.split('\n').length;
    let start = before.lastIndexOf('\n') + 1;
    let prefix = '';
    if (end - start >= 50) {
      start = end - 50;
      prefix = '...';
    }
    const suffix = !atEnd && end < this.#text.length && this.#text[end] !== '\n' && this.#text[end] !== '\r' ? '...' : '';
    return `JSON data, line ${line}: ${prefix}${this.#text.slice(start, end)}${suffix}`;
  }
}

const EXPECTED: Readonly<Record<Expectation, string>> = {
  value: 'Expected JSON value',
  string: 'Expected string',
  end: 'Expected end of input',
  'array next': 'Expected "," or "]"',
  'object start': 'Expected string or "}"',
  'object label': 'Expected ":"',
  'object next': 'Expected "," or "}"',
};
