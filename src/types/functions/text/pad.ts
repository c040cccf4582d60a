import { SqlError } from '../../../base/sql-error.ts';
import type { SqlFunction } from '../../function.ts';
import { OID } from '../../oid.ts';
import { scalar } from '../define.ts';
import { characterCount, hasPairs, sliceCharacters } from './characters.ts';

const { text, bytea, int4 } = OID;
/** PostgreSQL's MaxAllocSize: no single value is larger. */
const SIZE_MAX = 0x3fffffff;

/** trim, pad and repeat. */
export function padFunctions(): SqlFunction[] {
  return [
    ...trims('btrim', true, true),
    ...trims('ltrim', true, false),
    ...trims('rtrim', false, true),
    scalar('lpad', [text, int4], text, (_, value: string, length: number) => padded(value, length, ' ', true)),
    scalar('lpad', [text, int4, text], text, (_, value: string, length: number, fill: string) => padded(value, length, fill, true)),
    scalar('rpad', [text, int4], text, (_, value: string, length: number) => padded(value, length, ' ', false)),
    scalar('rpad', [text, int4, text], text, (_, value: string, length: number, fill: string) => padded(value, length, fill, false)),
    scalar('repeat', [text, int4], text, (_, value: string, count: number) => repeated(value, count)),
  ];
}

function trims(name: string, left: boolean, right: boolean): SqlFunction[] {
  return [
    scalar(name, [text], text, (_, value: string) => trimmed(value, ' ', left, right)),
    scalar(name, [text, text], text, (_, value: string, set: string) => trimmed(value, set, left, right)),
    scalar(name, [bytea, bytea], bytea, (_, value: Uint8Array, set: Uint8Array) => {
      let from = 0;
      let to = value.length;
      if (left) while (from < to && set.includes(value[from])) from++;
      if (right) while (to > from && set.includes(value[to - 1])) to--;
      return value.slice(from, to);
    }),
  ];
}

function trimmed(value: string, set: string, left: boolean, right: boolean): string {
  if (hasPairs(value) || hasPairs(set)) return trimmedList(Array.from(value), new Set(set), left, right).join('');
  let from = 0;
  let to = value.length;
  if (left) while (from < to && set.includes(value[from])) from++;
  if (right) while (to > from && set.includes(value[to - 1])) to--;
  return value.slice(from, to);
}

function trimmedList(characters: readonly string[], set: ReadonlySet<string>, left: boolean, right: boolean): readonly string[] {
  let from = 0;
  let to = characters.length;
  if (left) while (from < to && set.has(characters[from])) from++;
  if (right) while (to > from && set.has(characters[to - 1])) to--;
  return characters.slice(from, to);
}

function padded(value: string, length: number, fill: string, atStart: boolean): string {
  if (length <= 0) return '';
  if (length > SIZE_MAX) throw new SqlError('program_limit_exceeded', 'requested length too large');
  const missing = length - characterCount(value);
  if (missing <= 0) return sliceCharacters(value, 0, length);
  if (fill === '') return value;
  const size = characterCount(fill);
  const filling = sliceCharacters(fill.repeat(Math.ceil(missing / size)), 0, missing);
  return atStart ? filling + value : value + filling;
}

function repeated(value: string, count: number): string {
  if (count <= 0 || value === '') return '';
  if (value.length * count > SIZE_MAX) throw new SqlError('program_limit_exceeded', 'requested length too large');
  return value.repeat(count);
}
