import { SqlError } from '../../../base/sql-error.ts';
import type { SqlFunction } from '../../function.ts';
import { OID } from '../../oid.ts';
import { SqlArray } from '../../value.ts';
import { ARRAY, overloads, scalar } from '../define.ts';
import { characterAt, characterCount, hasPairs, sliceCharacters } from './characters.ts';

const { text, bool, int4 } = OID;

/** Parts of strings by position and by plain text. Positions are 1-based characters. */
export function substringFunctions(): SqlFunction[] {
  return [
    ...['substring', 'substr'].flatMap((name) => [
      scalar(name, [text, int4], text, (_, value: string, from: number) => sliceCharacters(value, from - 1)),
      scalar(name, [text, int4, int4], text, (_, value: string, from: number, length: number) => part(value, from, length)),
    ]),
    scalar('left', [text, int4], text, (_, value: string, count: number) =>
      sliceCharacters(value, 0, count >= 0 ? count : characterCount(value) + count),
    ),
    scalar('right', [text, int4], text, (_, value: string, count: number) =>
      sliceCharacters(value, count >= 0 ? Math.max(0, characterCount(value) - count) : -count),
    ),
    ...['position', 'strpos'].flatMap((name) =>
      overloads(name, [[[text, text], int4]], (_, value: string, searched: string) => positionOf(value, searched)),
    ),
    scalar('overlay', [text, text, int4], text, (_, value: string, put: string, from: number) =>
      overlaid(value, put, from, characterCount(put)),
    ),
    scalar('overlay', [text, text, int4, int4], text, (_, value: string, put: string, from: number, length: number) =>
      overlaid(value, put, from, length),
    ),
    scalar('replace', [text, text, text], text, (_, value: string, from: string, to: string) =>
      from === '' ? value : value.replaceAll(from, () => to),
    ),
    scalar('reverse', [text], text, (_, value: string) => Array.from(value).reverse().join('')),
    scalar('translate', [text, text, text], text, (_, value: string, from: string, to: string) => translated(value, from, to)),
    scalar('starts_with', [text, text], bool, (_, value: string, prefix: string) => value.startsWith(prefix)),
    scalar('split_part', [text, text, int4], text, (_, value: string, delimiter: string, field: number) =>
      fieldOf(value, delimiter, field),
    ),
    scalar(
      'string_to_array',
      [text, text],
      ARRAY.text,
      (_, value: string | null, delimiter: string | null) => piecesArray(value, delimiter, null),
      { strict: false },
    ),
    scalar(
      'string_to_array',
      [text, text, text],
      ARRAY.text,
      (_, value: string | null, delimiter: string | null, nullText: string | null) => piecesArray(value, delimiter, nullText),
      { strict: false },
    ),
  ];
}

function part(value: string, from: number, length: number): string {
  if (length < 0) throw new SqlError('substring_error', 'negative substring length not allowed');
  return sliceCharacters(value, from - 1, from - 1 + length);
}

function positionOf(value: string, searched: string): number {
  const unit = value.indexOf(searched);
  return unit < 0 ? 0 : hasPairs(value) ? characterAt(value, unit) + 1 : unit + 1;
}

function overlaid(value: string, put: string, from: number, length: number): string {
  if (from <= 0) throw new SqlError('substring_error', 'negative substring length not allowed');
  if (from + length > 2147483647) throw new SqlError('numeric_value_out_of_range', 'integer out of range');
  return sliceCharacters(value, 0, from - 1) + put + sliceCharacters(value, from + length - 1);
}

function translated(value: string, from: string, to: string): string {
  const targets = Array.from(to);
  const map = new Map<string, string>();
  Array.from(from).forEach((character, at) => {
    if (!map.has(character)) map.set(character, targets[at] ?? '');
  });
  let result = '';
  for (const character of value) result += map.get(character) ?? character;
  return result;
}

function fieldOf(value: string, delimiter: string, field: number): string {
  if (field === 0) throw new SqlError('invalid_parameter_value', 'field position must not be zero');
  if (value === '') return '';
  const fields = delimiter === '' ? [value] : value.split(delimiter);
  return (field > 0 ? fields[field - 1] : fields[fields.length + field]) ?? '';
}

/** The pieces of `value`: its characters when `delimiter` is null, the whole when it is empty; `nullText` pieces become null. */
export function pieces(value: string, delimiter: string | null, nullText: string | null): (string | null)[] {
  if (value === '') return [];
  const parts = delimiter === null ? Array.from(value) : delimiter === '' ? [value] : value.split(delimiter);
  return nullText === null ? parts : parts.map((piece) => (piece === nullText ? null : piece));
}

function piecesArray(value: string | null, delimiter: string | null, nullText: string | null): SqlArray | null {
  return value === null ? null : new SqlArray(pieces(value, delimiter, nullText));
}
