/**
 * LIKE: `%` is any run of characters, `_` exactly one, the escape makes the next character plain.
 *
 * A pattern is cut at its `%`s into segments. The first is anchored at the start, the last at the end, and each one between
 * is taken at its earliest place: so a match needs no backtracking, whatever the pattern.
 */
import { SqlError } from '../../base/sql-error.ts';

/** Tells whether a text matches a compiled pattern. */
type Matcher = (text: string) => boolean;

const MATCHERS_KEPT = 512;
const matchers = new Map<string, Matcher>();

/** The matcher of a LIKE pattern; matching throws SQLSTATE 22025 where it meets an escape at the end. An empty escape means there is none. */
export function likeMatcher(pattern: string, escape = '\\'): Matcher {
  const key = escape + pattern;
  let matcher = matchers.get(key);
  if (matcher === undefined) {
    if (matchers.size >= MATCHERS_KEPT) matchers.clear();
    matcher = compile(parse(pattern, escape));
    matchers.set(key, matcher);
  }
  return matcher;
}

/** LIKE. */
export function like(text: string, pattern: string): boolean {
  return likeMatcher(pattern)(text);
}

/** ILIKE: both sides in lower case. */
export function likeIgnoringCase(text: string, pattern: string): boolean {
  return likeMatcher(pattern.toLowerCase())(text.toLowerCase());
}

/** A character of a segment: itself, or ANY_ONE for `_`. */
const ANY_ONE = '';

interface Pattern {
  /** The pieces between `%`s; one piece when there is none. */
  readonly segments: readonly (readonly string[])[];
  /** Whether it ends in its escape: an error as soon as a match gets that far with text left. */
  readonly unfinished: boolean;
}

function parse(pattern: string, escape: string): Pattern {
  const segments: string[][] = [[]];
  let escaped = false;
  for (const char of pattern) {
    const segment = segments[segments.length - 1];
    if (escaped) {
      segment.push(char);
      escaped = false;
    } else if (char === escape) escaped = true;
    else if (char === '%') segments.push([]);
    else segment.push(char === '_' ? ANY_ONE : char);
  }
  return { segments, unfinished: escaped };
}

function compile({ segments, unfinished }: Pattern): Matcher {
  if (unfinished) return refusing(segments);
  if (segments.every((segment) => !segment.includes(ANY_ONE))) return compilePlain(segments.map((segment) => segment.join('')));
  return (text) => matchCharacters(Array.from(text), segments);
}

function refusing(segments: readonly (readonly string[])[]): Matcher {
  return (text) => {
    const characters = Array.from(text);
    for (let length = 0; length < characters.length; length++) {
      if (matchCharacters(characters.slice(0, length), segments))
        throw new SqlError('invalid_escape_sequence', 'LIKE pattern must not end with escape character');
    }
    return false;
  };
}

/** Without `_` the segments are plain strings, and searching is indexOf. */
function compilePlain(segments: readonly string[]): Matcher {
  const first = segments[0];
  if (segments.length === 1) return (text) => text === first;
  const last = segments[segments.length - 1];
  const middle = segments.slice(1, -1).filter((segment) => segment !== '');
  if (middle.length === 0 && last === '') return (text) => text.startsWith(first);
  if (middle.length === 0) return (text) => text.length >= first.length + last.length && text.startsWith(first) && text.endsWith(last);
  if (middle.length === 1 && first === '' && last === '') return (text) => text.includes(middle[0]);
  return (text) => {
    if (!text.startsWith(first)) return false;
    let at = first.length;
    for (const segment of middle) {
      const found = text.indexOf(segment, at);
      if (found < 0) return false;
      at = found + segment.length;
    }
    return text.length - at >= last.length && text.endsWith(last);
  };
}

function matchCharacters(text: readonly string[], segments: readonly (readonly string[])[]): boolean {
  const first = segments[0];
  if (!fits(text, first, 0)) return false;
  if (segments.length === 1) return text.length === first.length;
  const last = segments[segments.length - 1];
  const end = text.length - last.length;
  let at = first.length;
  for (const segment of segments.slice(1, -1)) {
    while (at + segment.length <= end && !fits(text, segment, at)) at++;
    if (at + segment.length > end) return false;
    at += segment.length;
  }
  return at <= end && fits(text, last, end);
}

function fits(text: readonly string[], segment: readonly string[], at: number): boolean {
  if (at + segment.length > text.length) return false;
  for (let index = 0; index < segment.length; index++) if (segment[index] !== ANY_ONE && segment[index] !== text[at + index]) return false;
  return true;
}
