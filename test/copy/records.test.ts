import { describe, expect, test } from 'vitest';
import { CSV_FORMAT, TBL_FORMAT, TEXT_FORMAT, type CopyFormat } from '../../src/session/copy/copy-format.ts';
import { recordReader } from '../../src/session/copy/record-reader.ts';

function fieldsOf(format: CopyFormat, pieces: readonly string[]): (string | null)[][] {
  const reader = recordReader(format);
  return [...pieces.flatMap((piece) => reader.push(piece)), ...reader.end()].map((record) => record.fields);
}

function linesOf(format: CopyFormat, text: string): number[] {
  const reader = recordReader(format);
  return [...reader.push(text), ...reader.end()].map((record) => record.line);
}

const CASES: readonly {
  readonly name: string;
  readonly format: CopyFormat;
  readonly text: string;
  readonly records: (string | null)[][];
}[] = [
  {
    name: 'text',
    format: TEXT_FORMAT,
    text: 'a\t1\nb\t\\N\n',
    records: [
      ['a', '1'],
      ['b', null],
    ],
  },
  {
    name: 'text without a last line break',
    format: TEXT_FORMAT,
    text: 'a\t1\nb\t2',
    records: [
      ['a', '1'],
      ['b', '2'],
    ],
  },
  {
    name: 'text with CR LF',
    format: TEXT_FORMAT,
    text: 'a\t1\r\nb\t2\r\n',
    records: [
      ['a', '1'],
      ['b', '2'],
    ],
  },
  { name: 'text escapes', format: TEXT_FORMAT, text: 'a\\tb\t\\\\N\tx\\\ny\t\\x41\\101\\q\n', records: [['a\tb', '\\N', 'x\ny', 'AAq']] },
  { name: 'text bytes that are one character', format: TEXT_FORMAT, text: '\\xe2\\x82\\xac\n', records: [['€']] },
  { name: 'text ends at \\.', format: TEXT_FORMAT, text: 'a\n\\.\nb\n', records: [['a']] },
  { name: 'text with an empty line', format: TEXT_FORMAT, text: '\nx\n', records: [[''], ['x']] },
  {
    name: 'tbl with and without a trailing delimiter',
    format: TBL_FORMAT,
    text: 'a|1|\nb\\|2\n',
    records: [
      ['a', '1', ''],
      ['b\\', '2'],
    ],
  },
  {
    name: 'csv',
    format: CSV_FORMAT,
    text: 'a,1\nb,\n',
    records: [
      ['a', '1'],
      ['b', null],
    ],
  },
  {
    name: 'csv quotes',
    format: CSV_FORMAT,
    text: '"a,b","c ""d""",""\nx"y"z,,\n',
    records: [
      ['a,b', 'c "d"', ''],
      ['xyz', null, null],
    ],
  },
  {
    name: 'csv line breaks in quotes',
    format: CSV_FORMAT,
    text: '"a\nb",1\n"c\r\nd",2\r\n',
    records: [
      ['a\nb', '1'],
      ['c\r\nd', '2'],
    ],
  },
  { name: 'csv with another escape', format: { ...CSV_FORMAT, escape: '\\' }, text: '"a\\"b","c\\\\d"\n', records: [['a"b', 'c\\d']] },
  { name: 'csv with a null text', format: { ...CSV_FORMAT, nullText: 'NULL' }, text: 'NULL,"NULL",\n', records: [[null, 'NULL', '']] },
  { name: 'csv ends at \\.', format: CSV_FORMAT, text: 'a\n\\.\nb\n', records: [['a']] },
];

describe('records', () => {
  test.each(CASES)('$name: read whole, and cut in two at every place', ({ format, text, records }) => {
    expect(fieldsOf(format, [text])).toEqual(records);
    for (let at = 0; at <= text.length; at++)
      expect(fieldsOf(format, [text.slice(0, at), text.slice(at)]), `cut at ${at}`).toEqual(records);
    expect(fieldsOf(format, Array.from(text))).toEqual(records);
  });

  test('lines are numbered as an editor does, line breaks within values included', () => {
    expect(linesOf(CSV_FORMAT, 'a\n"b\nb"\nc\n')).toEqual([1, 2, 4]);
    expect(linesOf(TEXT_FORMAT, 'a\nb\\\nb\nc\n')).toEqual([1, 2, 4]);
  });

  test('a quote without its end is 22P04', () => {
    expect(() => fieldsOf(CSV_FORMAT, ['a,"b\n'])).toThrow(
      expect.objectContaining({ code: '22P04', message: 'unterminated CSV quoted field' }),
    );
  });

  test('escapes that are no UTF-8 are 22021', () => {
    expect(() => fieldsOf(TEXT_FORMAT, ['\\xff\n'])).toThrow(expect.objectContaining({ code: '22021' }));
  });
});
