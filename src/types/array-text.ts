/** PostgreSQL's array text: `{1,NULL,"a b"}`, nested dimensions, bounds (`[0:1]={…}`). */
import { SqlError } from '../base/sql-error.ts';
import { SqlArray, type Value } from './value.ts';

const DIMENSIONS_MAX = 6;

/** An array from its text; `element` reads one item. SQLSTATE 22P02 with PostgreSQL's detail when it does not parse. */
export function parseArray(text: string, element: (item: string) => Value, delimiter = ','): SqlArray {
  return new Reader(text, element, delimiter).read();
}

/** The text of an array; `element` prints one item. */
export function printArray(array: SqlArray, element: (value: Value) => string, delimiter = ','): string {
  if (array.items.length === 0) return '{}';
  const shifted = array.lowerBounds.some((bound) => bound !== 1);
  const bounds = shifted
    ? `${array.lengths.map((length, index) => `[${array.lowerBounds[index]}:${array.lowerBounds[index] + length - 1}]`).join('')}=`
    : '';
  let next = 0;
  const level = (depth: number): string => {
    const parts: string[] = [];
    for (let count = 0; count < array.lengths[depth]; count++) {
      parts.push(depth + 1 < array.lengths.length ? level(depth + 1) : itemText(array.items[next++], element, delimiter));
    }
    return `{${parts.join(delimiter)}}`;
  };
  return bounds + level(0);
}

function itemText(value: Value, element: (value: Value) => string, delimiter: string): string {
  if (value === null) return 'NULL';
  const text = element(value);
  if (text === '' || /[{}"\\\s]/.test(text) || text.includes(delimiter) || text.toUpperCase() === 'NULL')
    return `"${text.replace(/["\\]/g, '\\$&')}"`;
  return text;
}

class Reader {
  readonly #text: string;
  readonly #element: (item: string) => Value;
  readonly #delimiter: string;
  readonly #items: Value[] = [];
  readonly #lengths: number[] = [];
  #at = 0;

  constructor(text: string, element: (item: string) => Value, delimiter: string) {
    this.#text = text;
    this.#element = element;
    this.#delimiter = delimiter;
  }

  read(): SqlArray {
    this.#skip();
    const bounds = this.#bounds();
    if (this.#text[this.#at] !== '{')
      this.#fail(
        bounds === undefined ? 'Array value must start with "{" or dimension information.' : 'Array contents must start with "{".',
      );
    this.#level(0);
    this.#skip();
    if (this.#at < this.#text.length) this.#fail('Junk after closing right brace.');
    if (this.#items.length === 0) return new SqlArray([], [], []);
    const lengths = this.#lengths;
    if (bounds === undefined) return new SqlArray(this.#items, lengths);
    if (bounds.length !== lengths.length || bounds.some((bound, index) => bound.length !== lengths[index]))
      this.#fail('Specified array dimensions do not match array contents.');
    return new SqlArray(
      this.#items,
      lengths,
      bounds.map((bound) => bound.lower),
    );
  }

  #bounds(): { readonly lower: number; readonly length: number }[] | undefined {
    if (this.#text[this.#at] !== '[') return undefined;
    const bounds: { readonly lower: number; readonly length: number }[] = [];
    const pattern = /\s*\[([+-]?\d+)(?::([+-]?\d+))?\]/y;
    pattern.lastIndex = this.#at;
    for (let found = pattern.exec(this.#text); found !== null; found = pattern.exec(this.#text)) {
      const lower = found[2] === undefined ? 1 : Number(found[1]);
      const upper = Number(found[2] ?? found[1]);
      if (bounds.length >= DIMENSIONS_MAX) throw tooMany(bounds.length + 1);
      if (upper < lower) throw new SqlError('array_subscript_error', 'upper bound cannot be less than lower bound');
      bounds.push({ lower, length: upper - lower + 1 });
      this.#at = pattern.lastIndex;
    }
    this.#skip();
    if (bounds.length === 0) this.#fail('"[" must introduce explicitly-specified array dimensions.');
    if (this.#text[this.#at] !== '=') this.#fail('Missing "=" after array dimensions.');
    this.#at++;
    this.#skip();
    return bounds;
  }

  /** One brace level; its length must agree with its siblings'. */
  #level(depth: number): void {
    if (depth >= DIMENSIONS_MAX) throw tooMany(depth + 1);
    this.#at++;
    let count = 0;
    let nested: boolean | undefined;
    this.#skip();
    if (this.#text[this.#at] === '}') {
      if (depth > 0) this.#fail('Unexpected "}" character.');
      this.#at++;
      return;
    }
    for (;;) {
      this.#skip();
      const isNested = this.#text[this.#at] === '{';
      if (nested !== undefined && nested !== isNested) this.#fail(isNested ? 'Unexpected "{" character.' : 'Unexpected array element.');
      nested = isNested;
      if (isNested) this.#level(depth + 1);
      else {
        if (this.#lengths.length > depth + 1) this.#fail('Multidimensional arrays must have sub-arrays with matching dimensions.');
        this.#item();
      }
      count++;
      this.#skip();
      const char = this.#text[this.#at++];
      if (char === '}') break;
      if (char === undefined) this.#fail('Unexpected end of input.');
      if (char !== this.#delimiter) this.#fail(char === '{' ? 'Unexpected "{" character.' : 'Unexpected array element.');
    }
    this.#length(depth, count);
  }

  #length(depth: number, count: number): void {
    if (this.#lengths[depth] === undefined) this.#lengths[depth] = count;
    else if (this.#lengths[depth] !== count) this.#fail('Multidimensional arrays must have sub-arrays with matching dimensions.');
  }

  #item(): void {
    const start = this.#at;
    let text = '';
    let quoted = false;
    let keep = 0;
    for (;;) {
      const char = this.#text[this.#at];
      if (char === undefined) this.#fail('Unexpected end of input.');
      if (char === '"') {
        if (quoted || text.trim() !== '') this.#fail('Unexpected array element.');
        quoted = true;
        text = this.#quoted();
        keep = text.length;
        this.#skip();
        continue;
      }
      if (char === this.#delimiter || char === '}') break;
      if (char === '{') this.#fail('Unexpected "{" character.');
      if (quoted) this.#fail('Unexpected array element.');
      if (char === '\\') {
        const escaped = this.#text[this.#at + 1];
        if (escaped === undefined) this.#fail('Unexpected end of input.');
        text += escaped;
        keep = text.length;
        this.#at += 2;
        continue;
      }
      text += char;
      if (!/\s/.test(char)) keep = text.length;
      this.#at++;
    }
    const item = text.slice(0, keep);
    if (!quoted && item === '' && start === this.#at) this.#fail(`Unexpected "${this.#text[this.#at]}" character.`);
    if (!quoted && item === '') this.#fail(`Unexpected "${this.#text[this.#at]}" character.`);
    const isNull = !quoted && item.toUpperCase() === 'NULL' && !this.#text.slice(start, this.#at).includes('\\');
    this.#items.push(isNull ? null : this.#element(item));
  }

  #quoted(): string {
    let text = '';
    this.#at++;
    for (;;) {
      const char = this.#text[this.#at++];
      if (char === undefined) this.#fail('Unexpected end of input.');
      if (char === '"') return text;
      if (char !== '\\') text += char;
      else {
        const escaped = this.#text[this.#at++];
        if (escaped === undefined) this.#fail('Unexpected end of input.');
        text += escaped;
      }
    }
  }

  #skip(): void {
    while (/\s/.test(this.#text[this.#at] ?? '')) this.#at++;
  }

  #fail(detail: string): never {
    throw new SqlError('invalid_text_representation', `malformed array literal: "${this.#text}"`, { detail });
  }
}

function tooMany(dimensions: number): SqlError {
  return new SqlError(
    'program_limit_exceeded',
    `number of array dimensions (${dimensions}) exceeds the maximum allowed (${DIMENSIONS_MAX})`,
  );
}
