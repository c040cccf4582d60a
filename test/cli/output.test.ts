import { describe, expect, test } from 'vitest';
import { SqlError } from '../../src/base/sql-error.ts';
import { csvText } from '../../src/cli/output/csv.ts';
import { jsonText, ndjsonText } from '../../src/cli/output/json.ts';
import type { PrintedResult } from '../../src/cli/output/result.ts';
import { tableText } from '../../src/cli/output/table.ts';
import { errorText } from '../../src/cli/error-text.ts';
import { chosenUrl, masked } from '../../src/cli/database-url.ts';
import { size } from '../../src/cli/progress.ts';
import { OID, oid } from '../../src/types/oid.ts';
import { typeDefinition } from '../../src/types/types.ts';
import type { Value } from '../../src/types/value.ts';

const CONTEXT = {
  timeZone: 'UTC',
  dateStyle: { format: 'ISO', order: 'MDY' },
  intervalStyle: 'postgres',
  byteaOutput: 'hex',
  extraFloatDigits: 1,
} as const;

function result(columns: readonly (readonly [string, number])[], ...rows: readonly Value[][]): PrintedResult {
  return {
    fields: columns.map(([name, type]) => ({ name, type: { oid: oid(type), modifier: -1 }, table: oid(0), attribute: 0 })),
    rows: rows.map((row) => [...row]),
    textOf: (type, value) => typeDefinition(type).output(value, CONTEXT),
  };
}

const PLAIN = { nullText: '', expanded: false, bare: false, paint: (text: string): string => text };

describe('tables look as psql prints them', () => {
  test('numbers stand at the right, headers in the middle, values of several lines below each other', () => {
    const shown = tableText(
      result(
        [
          ['id', OID.int4],
          ['a long name', OID.text],
        ],
        [1, 'x'],
        [10, 'two\nlines'],
        [null, 'é漢'],
      ),
      PLAIN,
    );
    expect(shown).toBe(' id | a long name \n----+-------------\n  1 | x\n 10 | two        +\n    | lines\n    | é漢\n(3 rows)\n');
  });

  test('no rows, one row, no columns', () => {
    expect(tableText(result([['a', OID.int4]]), PLAIN)).toBe(' a \n---\n(0 rows)\n');
    expect(tableText(result([], []), PLAIN)).toBe('--\n(1 row)\n');
  });

  test('one column a line', () => {
    const shown = tableText(
      result(
        [
          ['id', OID.int4],
          ['name', OID.text],
        ],
        [1, 'x'],
        [2, 'two\nlines'],
      ),
      { ...PLAIN, expanded: true },
    );
    expect(shown).toBe('-[ RECORD 1 ]\nid   | 1\nname | x\n-[ RECORD 2 ]\nid   | 2\nname | two  +\n     | lines\n');
  });

  test('a wide record has a line as wide, with a crossing where the bar is', () => {
    const shown = tableText(
      result(
        [
          ['a quite long name', OID.int4],
          ['b', OID.text],
        ],
        [1, 'a value'],
      ),
      { ...PLAIN, expanded: true },
    );
    expect(shown).toBe('-[ RECORD 1 ]-----+--------\na quite long name | 1\nb                 | a value\n');
  });

  test('headers of several lines', () => {
    expect(
      tableText(
        result(
          [
            ['a\nbc', OID.int4],
            ['d', OID.text],
          ],
          [1, 'x'],
        ),
        PLAIN,
      ),
    ).toBe(' a +| d \n bc |   \n----+---\n  1 | x\n(1 row)\n');
  });

  test('control characters never reach the terminal', () => {
    expect(tableText(result([['a', OID.text]], ['\u001b[31mred\t!']), PLAIN)).toContain('\\x1B[31mred');
  });
});

describe('json', () => {
  test('keeps every digit, embeds json, and writes what has no number as text', () => {
    const shown = ndjsonText(
      result(
        [
          ['n', OID.int8],
          ['f', OID.float8],
          ['b', OID.bool],
          ['j', OID.json],
          ['t', OID.text],
          ['z', OID.text],
        ],
        [9007199254740993n, NaN, true, '{"a":1}', '"', null],
      ),
    );
    expect(shown).toBe('{"n":9007199254740993,"f":"NaN","b":true,"j":{"a":1},"t":"\\"","z":null}\n');
  });

  test('no rows are an empty array', () => {
    expect(jsonText(result([['a', OID.int4]]))).toBe('[]\n');
    expect(JSON.parse(jsonText(result([['a', OID.int4]], [1], [2])))).toEqual([{ a: 1 }, { a: 2 }]);
  });
});

test('csv tells null from the empty string', () => {
  expect(
    csvText(
      result(
        [
          ['a', OID.text],
          ['b', OID.text],
        ],
        ['x,"y"', null],
        ['', 'l\nm'],
      ),
      { header: true },
    ),
  ).toBe('a,b\n"x,""y""",\n"","l\nm"\n');
});

describe('errors', () => {
  test('show the line and the place in it, as psql does', () => {
    const error = new SqlError('undefined_column', 'column "x" does not exist', { position: 17, detail: 'D', hint: 'H', where: 'W' });
    expect(errorText(error, { source: 'select 1;\nselect x', prefix: 'f.sql:2: ' })).toBe(
      'f.sql:2: ERROR:  column "x" does not exist\nLINE 2: select x\n              ^\nDETAIL:  D\nHINT:  H\nCONTEXT:  W\n',
    );
  });

  test('cut long lines around the place', () => {
    const source = `select ${'a, '.repeat(40)}nosuch, ${'b, '.repeat(40)}c`;
    const position = source.indexOf('nosuch') + 1;
    const [, line, caret] = errorText(new SqlError('undefined_column', 'no', { position }), { source }).split('\n');
    expect(line.startsWith('LINE 1: ...')).toBe(true);
    expect(line.endsWith('...')).toBe(true);
    expect(line.slice(caret.indexOf('^')).startsWith('nosuch')).toBe(true);
  });

  test('never show secrets', () => {
    const shown = masked('no such bucket s3://key:hunter2@host/b?secretAccessKey=abc&region=eu and postgres://u:pw@h/d?sslpassword=x');
    expect(shown).toBe('no such bucket s3://***@host/b?secretAccessKey=***&region=eu and postgres://***@h/d?sslpassword=***');
    expect(errorText(new Error('cannot reach s3://a:b@c/d'))).not.toContain('a:b');
  });
});

describe('the URL', () => {
  test('comes from the option, then VELOCIDB_URL, then a DATABASE_URL that names a bucket', () => {
    const environment = { VELOCIDB_URL: 'file:v', DATABASE_URL: 'file:d' };
    expect(chosenUrl('file:o', environment)).toBe('file:o');
    expect(chosenUrl(undefined, environment)).toBe('file:v');
    expect(chosenUrl(undefined, { DATABASE_URL: 'file:d' })).toBe('file:d');
    expect(chosenUrl(undefined, { DATABASE_URL: 'postgres://somewhere/else' })).toBeUndefined();
  });
});

test('sizes are in powers of a thousand', () => {
  expect([0, 999, 1000, 1_234_567].map(size)).toEqual(['0 B', '999 B', '1.0 kB', '1.2 MB']);
});
