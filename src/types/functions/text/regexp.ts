import { SqlError } from '../../../base/sql-error.ts';
import type { SqlFunction } from '../../function.ts';
import { OID } from '../../oid.ts';
import type { SqlType } from '../../type.ts';
import { type Row, SqlArray } from '../../value.ts';
import { ARRAY, scalar, setReturning } from '../define.ts';
import { characterAt, unitAt } from './characters.ts';
import { regexSearch, type RegexSearch, splitGlobal } from './regex-search.ts';
import { similarPattern } from './similar.ts';

const { text, bool, int4 } = OID;
type Types = readonly SqlType[];

/** The regexp_ family and substring by pattern. Positions count characters from 1. */
export function regexpFunctions(): SqlFunction[] {
  const integers = (count: number) => new Array<typeof int4>(count).fill(int4);
  return [
    scalar('regexp_replace', [text, text, text], text, (_, value: string, pattern: string, by: string) =>
      replaced(value, regexSearch(pattern, ''), by, 0, 1),
    ),
    scalar('regexp_replace', [text, text, text, text], text, (_, value: string, pattern: string, by: string, flags: string) => {
      if (/^[0-9]/.test(flags)) {
        throw new SqlError('invalid_parameter_value', `invalid regular expression option: "${flags[0]}"`, {
          hint: 'If you meant to use regexp_replace() with a start parameter, cast the fourth argument to integer explicitly.',
        });
      }
      const { letters, global } = splitGlobal(flags);
      return replaced(value, regexSearch(pattern, letters), by, 0, global ? 0 : 1);
    }),
    ...[4, 5, 6].map((count) =>
      scalar(
        'regexp_replace',
        [text, text, text, int4, ...integers(count > 4 ? 1 : 0), ...(count > 5 ? [text] : [])],
        text,
        (_, value: string, pattern: string, by: string, start: number, nth: number | undefined, flags: string | undefined) => {
          const { letters, global } = splitGlobal(flags ?? '');
          return replaced(
            value,
            regexSearch(pattern, letters),
            by,
            startAt(value, start),
            nth === undefined ? (global ? 0 : 1) : notNegative('n', nth),
          );
        },
      ),
    ),
    scalar('regexp_match', [text, text], ARRAY.text, (_, value: string, pattern: string) => firstMatch(value, pattern, '')),
    scalar('regexp_match', [text, text, text], ARRAY.text, (_, value: string, pattern: string, flags: string) =>
      firstMatch(value, pattern, flags),
    ),
    setReturning('regexp_matches', [text, text], ARRAY.text, (_, _types: Types, value: string, pattern: string) =>
      matchRows(value, pattern, ''),
    ),
    setReturning('regexp_matches', [text, text, text], ARRAY.text, (_, _types: Types, value: string, pattern: string, flags: string) =>
      matchRows(value, pattern, flags),
    ),
    scalar(
      'regexp_split_to_array',
      [text, text],
      ARRAY.text,
      (_, value: string, pattern: string) => new SqlArray(split(value, pattern, '', 'regexp_split_to_array')),
    ),
    scalar(
      'regexp_split_to_array',
      [text, text, text],
      ARRAY.text,
      (_, value: string, pattern: string, flags: string) => new SqlArray(split(value, pattern, flags, 'regexp_split_to_array')),
    ),
    setReturning('regexp_split_to_table', [text, text], text, (_, _types: Types, value: string, pattern: string) =>
      split(value, pattern, '', 'regexp_split_to_table').map((piece): Row => [piece]),
    ),
    setReturning('regexp_split_to_table', [text, text, text], text, (_, _types: Types, value: string, pattern: string, flags: string) =>
      split(value, pattern, flags, 'regexp_split_to_table').map((piece): Row => [piece]),
    ),
    ...[2, 3, 4].map((count) =>
      scalar(
        'regexp_count',
        [text, text, ...integers(count > 2 ? 1 : 0), ...(count > 3 ? [text] : [])],
        int4,
        (_, value: string, pattern: string, start: number | undefined, flags: string | undefined) =>
          Array.from(matches(value, noGlobal(pattern, flags ?? '', 'regexp_count'), startAt(value, start ?? 1))).length,
      ),
    ),
    ...[2, 3].map((count) =>
      scalar(
        'regexp_like',
        [text, text, ...(count > 2 ? [text] : [])],
        bool,
        (_, value: string, pattern: string, flags: string | undefined) => noGlobal(pattern, flags ?? '', 'regexp_like').test(value),
      ),
    ),
    ...[2, 3, 4, 5, 6, 7].map((count) =>
      scalar(
        'regexp_instr',
        [text, text, int4, int4, int4, text, int4].slice(0, count),
        int4,
        (
          _,
          value: string,
          pattern: string,
          start: number | undefined,
          nth: number | undefined,
          end: number | undefined,
          flags: string | undefined,
          group: number | undefined,
        ) => positionOf(value, pattern, start ?? 1, nth ?? 1, end ?? 0, flags ?? '', group ?? 0),
      ),
    ),
    ...[2, 3, 4, 5, 6].map((count) =>
      scalar(
        'regexp_substr',
        [text, text, int4, int4, text, int4].slice(0, count),
        text,
        (
          _,
          value: string,
          pattern: string,
          start: number | undefined,
          nth: number | undefined,
          flags: string | undefined,
          group: number | undefined,
        ) => {
          const regex = noGlobal(pattern, flags ?? '', 'regexp_substr');
          const found = nthMatch(value, regex, startAt(value, start ?? 1), positive('n', nth ?? 1));
          return found?.[notNegative('subexpr', group ?? 0)] ?? null;
        },
      ),
    ),
    scalar('substring', [text, text], text, (_, value: string, pattern: string) => partBy(value, regexSearch(pattern, ''))),
    scalar('substring', [text, text, text], text, (_, value: string, pattern: string, escape: string) =>
      partBy(value, regexSearch(similarPattern(pattern, escape), '')),
    ),
  ];
}

function positive(name: string, value: number): number {
  if (value > 0) return value;
  throw new SqlError('invalid_parameter_value', `invalid value for parameter "${name}": ${value}`);
}

function notNegative(name: string, value: number): number {
  if (value >= 0) return value;
  throw new SqlError('invalid_parameter_value', `invalid value for parameter "${name}": ${value}`);
}

function startAt(value: string, start: number): number {
  return unitAt(value, positive('start', start) - 1);
}

function noGlobal(pattern: string, flags: string, name: string): RegexSearch {
  const { letters, global } = splitGlobal(flags);
  if (global) {
    const hint = name === 'regexp_match' ? 'Use the regexp_matches function instead.' : undefined;
    throw new SqlError('invalid_parameter_value', `${name}() does not support the "global" option`, { hint });
  }
  return regexSearch(pattern, letters);
}

/** All matches from an offset on; an empty match moves one character further. */
function* matches(value: string, regex: RegexSearch, from: number): Iterable<RegExpExecArray> {
  let at = from;
  while (at <= value.length) {
    const found = regex.match(value, at);
    if (found === null) return;
    yield found;
    const end = found.index + found[0].length;
    at = found[0] === '' ? end + (String.fromCodePoint(value.codePointAt(end) ?? 0).length || 1) : end;
  }
}

function nthMatch(value: string, regex: RegexSearch, from: number, nth: number): RegExpExecArray | undefined {
  let count = 0;
  for (const found of matches(value, regex, from)) if (++count === nth) return found;
  return undefined;
}

/** `value` with its nth match from an offset replaced, all of them when `nth` is 0. `\1` to `\9` and `\&` stand for what matched. */
function replaced(value: string, regex: RegexSearch, by: string, from: number, nth: number): string {
  let result = '';
  let copied = 0;
  let count = 0;
  for (const found of matches(value, regex, from)) {
    count++;
    if (nth !== 0 && count !== nth) continue;
    result +=
      value.slice(copied, found.index) +
      by.replace(/\\([1-9&\\])/g, (_, what: string) => (what === '\\' ? '\\' : (found[what === '&' ? 0 : Number(what)] ?? '')));
    copied = found.index + found[0].length;
    if (nth !== 0) break;
  }
  return result + value.slice(copied);
}

function groupsOf(found: RegExpExecArray): SqlArray {
  return new SqlArray(found.length === 1 ? [found[0]] : Array.from(found.slice(1), (group: string | undefined) => group ?? null));
}

function firstMatch(value: string, pattern: string, flags: string): SqlArray | null {
  const found = noGlobal(pattern, flags, 'regexp_match').match(value, 0);
  return found === null ? null : groupsOf(found);
}

function matchRows(value: string, pattern: string, flags: string): Row[] {
  const { letters, global } = splitGlobal(flags);
  const rows: Row[] = [];
  for (const found of matches(value, regexSearch(pattern, letters), 0)) {
    rows.push([groupsOf(found)]);
    if (!global) break;
  }
  return rows;
}

/** The pieces between matches. Empty matches at the ends or right behind another match do not split. */
function split(value: string, pattern: string, flags: string, name: string): string[] {
  const regex = noGlobal(pattern, flags, name);
  const parts: string[] = [];
  let from = 0;
  for (const found of matches(value, regex, 0)) {
    const end = found.index + found[0].length;
    if (found[0] === '' && (found.index >= value.length || found.index <= from)) continue;
    parts.push(value.slice(from, found.index));
    from = end;
  }
  parts.push(value.slice(from));
  return parts;
}

function positionOf(value: string, pattern: string, start: number, nth: number, end: number, flags: string, group: number): number {
  const from = startAt(value, start);
  positive('n', nth);
  if (end !== 0 && end !== 1) throw new SqlError('invalid_parameter_value', `invalid value for parameter "endoption": ${end}`);
  notNegative('subexpr', group);
  const found = nthMatch(value, noGlobal(pattern, flags, 'regexp_instr'), from, nth);
  const range = found?.indices?.[group] as [number, number] | undefined;
  return range === undefined ? 0 : characterAt(value, range[end]) + 1;
}

/** What the first group matched, or the whole match of a pattern without groups. */
function partBy(value: string, regex: RegexSearch): string | null {
  const found = regex.match(value, 0);
  if (found === null) return null;
  return (regex.groups > 0 ? found[1] : found[0]) ?? null;
}
