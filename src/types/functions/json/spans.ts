/**
 * Values of type json are text that PostgreSQL hands out again as written, blanks and duplicate keys included. These
 * functions find the parts of such text without building a tree. The text is valid JSON: the type's input has checked it.
 */
import { assert } from '../../../base/assert.ts';

export type JsonKind = 'object' | 'array' | 'string' | 'number' | 'boolean' | 'null';

/** What kind of value a JSON text is, as json_typeof names it. */
export function kindOf(json: string): JsonKind {
  switch (json[skipBlanks(json, 0)]) {
    case '{':
      return 'object';
    case '[':
      return 'array';
    case '"':
      return 'string';
    case 't':
    case 'f':
      return 'boolean';
    case 'n':
      return 'null';
    default:
      return 'number';
  }
}

/** The members of an object's text in order: each key decoded, each value as written. */
export function membersOf(json: string): { readonly key: string; readonly value: string }[] {
  const members: { key: string; value: string }[] = [];
  let at = skipBlanks(json, skipBlanks(json, 0) + 1);
  while (json[at] !== '}') {
    const keyEnd = endOf(json, at);
    const key = stringOf(json.slice(at, keyEnd));
    const start = skipBlanks(json, skipBlanks(json, keyEnd) + 1);
    const end = endOf(json, start);
    members.push({ key, value: json.slice(start, end) });
    at = next(json, end);
  }
  return members;
}

/** The elements of an array's text, each as written. */
export function elementsOf(json: string): string[] {
  const elements: string[] = [];
  let at = skipBlanks(json, skipBlanks(json, 0) + 1);
  while (json[at] !== ']') {
    const end = endOf(json, at);
    elements.push(json.slice(at, end));
    at = next(json, end);
  }
  return elements;
}

/** The characters of a JSON string literal. */
export function stringOf(literal: string): string {
  const decoded: unknown = JSON.parse(literal);
  assert(typeof decoded === 'string', 'a string literal decodes to a string');
  return decoded;
}

/** A JSON value as the text functions give it: null for null, a string's characters, anything else as written. */
export function textOfJson(json: string): string | null {
  const kind = kindOf(json);
  return kind === 'null' ? null : kind === 'string' ? stringOf(json) : json;
}

function next(json: string, end: number): number {
  const at = skipBlanks(json, end);
  return json[at] === ',' ? skipBlanks(json, at + 1) : at;
}

function skipBlanks(json: string, from: number): number {
  let at = from;
  while (json[at] === ' ' || json[at] === '\n' || json[at] === '\t' || json[at] === '\r') at++;
  return at;
}

/** Where the value that begins at `from` ends. */
function endOf(json: string, from: number): number {
  if (json[from] === '"') return endOfString(json, from);
  if (json[from] !== '{' && json[from] !== '[') {
    let at = from;
    while (at < json.length && !',]} \n\t\r:'.includes(json[at])) at++;
    return at;
  }
  let depth = 0;
  for (let at = from; at < json.length; at++) {
    const character = json[at];
    if (character === '"') at = endOfString(json, at) - 1;
    else if (character === '{' || character === '[') depth++;
    else if ((character === '}' || character === ']') && --depth === 0) return at + 1;
  }
  return json.length;
}

function endOfString(json: string, from: number): number {
  let at = from + 1;
  while (json[at] !== '"') at += json[at] === '\\' ? 2 : 1;
  return at + 1;
}
