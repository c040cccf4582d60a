/**
 * Cuts the text of a date or interval into typed fields, as ParseDateTime of PostgreSQL's datetime.c does: numbers, words,
 * dates, times and signed things, whatever stands between them. What the fields mean is decided by their readers.
 */

type FieldKind = 'number' | 'word' | 'date' | 'time' | 'signed' | 'special';

/** One field, words in lower case. `special` is a sign before letters (`-infinity`); `signed` a sign before digits. */
export interface Field {
  readonly kind: FieldKind;
  readonly text: string;
}

const FIELDS_MAX = 25;

/** The fields of `text`; undefined when it cannot be cut. `isKeyword` tells whether a word is more than a zone's name. */
export function cutFields(text: string, isKeyword: (word: string) => boolean): Field[] | undefined {
  const fields: Field[] = [];
  let at = 0;
  while (at < text.length) {
    const char = text[at];
    if (/\s/.test(char)) {
      at++;
      continue;
    }
    const field = fieldAt(text, at, isKeyword);
    if (field === undefined) {
      if (!/[!-/:-@[-`{-~]/.test(char) || char === '+' || char === '-') return undefined;
      at++;
      continue;
    }
    if (fields.length >= FIELDS_MAX) return undefined;
    fields.push({ kind: field.kind, text: field.text.toLowerCase() });
    at = field.end;
  }
  return fields;
}

interface Found {
  readonly kind: FieldKind;
  readonly text: string;
  readonly end: number;
}

function fieldAt(text: string, at: number, isKeyword: (word: string) => boolean): Found | undefined {
  const char = text[at];
  if (char >= '0' && char <= '9') return numberAt(text, at);
  if (char === '.') return match(/\.[0-9]*/y, text, at, 'number');
  if (/[A-Za-z]/.test(char)) return wordAt(text, at, isKeyword);
  if (char === '+' || char === '-') return signedAt(text, at);
  return undefined;
}

function numberAt(text: string, at: number): Found {
  const time = match(/[0-9]+:[0-9:.]*/y, text, at, 'time');
  if (time !== undefined) return time;
  const parts = /([0-9]+)([-/.])/y;
  parts.lastIndex = at;
  const found = parts.exec(text);
  if (found === null) return { kind: 'number', ...scan(/[0-9]+/y, text, at) };
  const delimiter = found[2] === '.' ? '\\.' : found[2];
  const three = match(new RegExp(`[0-9]+${delimiter}[0-9]+${delimiter}[0-9${delimiter}]*`, 'y'), text, at, 'date');
  if (three !== undefined) return three;
  const two = match(new RegExp(`[0-9]+${delimiter}[0-9]+`, 'y'), text, at, found[2] === '.' ? 'number' : 'date');
  if (two !== undefined) return two;
  return { kind: 'date', ...scan(new RegExp(`[0-9]+${delimiter}[A-Za-z0-9${delimiter}]*`, 'y'), text, at) };
}

function wordAt(text: string, at: number, isKeyword: (word: string) => boolean): Found {
  const word = scan(/[A-Za-z]+/y, text, at);
  const next = text[word.end] ?? '';
  const embedded = /[-/.]/.test(next) || (/[+0-9]/.test(next) && !isKeyword(word.text.toLowerCase()));
  return embedded ? { kind: 'date', ...scan(/[A-Za-z]+[-+/_.:A-Za-z0-9]+/y, text, at) } : { kind: 'word', ...word };
}

function signedAt(text: string, at: number): Found | undefined {
  const parts = /([+-])\s*(?:([0-9][-0-9:.]*)|([A-Za-z]+))/y;
  parts.lastIndex = at;
  const found = parts.exec(text);
  if (found === null) return undefined;
  return { kind: found[2] === undefined ? 'special' : 'signed', text: found[1] + (found[2] ?? found[3]), end: parts.lastIndex };
}

function match(pattern: RegExp, text: string, at: number, kind: FieldKind): Found | undefined {
  pattern.lastIndex = at;
  const found = pattern.exec(text);
  return found === null ? undefined : { kind, text: found[0], end: pattern.lastIndex };
}

function scan(pattern: RegExp, text: string, at: number): { readonly text: string; readonly end: number } {
  pattern.lastIndex = at;
  const found = pattern.exec(text);
  return { text: found?.[0] ?? '', end: pattern.lastIndex };
}
