import { beforeAll, expect, test } from 'vitest';
import { LIMITS } from '../../src/base/limits.ts';
import { SqlError } from '../../src/base/sql-error.ts';
import { loadParserOnNode } from '../../src/platform/parser-node.ts';
import { parse } from '../../src/sql/parse.ts';
import { characterPosition } from '../../src/sql/position.ts';

beforeAll(loadParserOnNode);

function failure(text: string): SqlError {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof SqlError) return error;
    throw error;
  }
  throw new Error(`parsed: ${text.slice(0, 50)}`);
}

test('statements come with their own slice and their start', () => {
  const statements = parse("select 'é' ;\n  -- two\n update t set a = 1; ");
  expect(statements.map((s) => [s.text, s.location])).toEqual([
    ["select 'é'", 1],
    ['update t set a = 1', 24],
  ]);
});

test('space and comments hold no statement', () => {
  expect(parse(' -- nothing\n')).toEqual([]);
  expect(parse('')).toEqual([]);
});

test("a syntax error has PostgreSQL's words and a character position", () => {
  expect(failure("select 'é' frm t t t")).toMatchObject({ code: '42601', message: 'syntax error at or near "t"', position: 16 });
  expect(failure('select 1 from')).toMatchObject({ code: '42601', message: 'syntax error at end of input', position: 14 });
  expect(failure("select 'a")).toMatchObject({ code: '42601', message: 'unterminated quoted string at or near "\'a"', position: 8 });
});

test('the same text is parsed once', () => {
  expect(parse('select 42')).toBe(parse('select 42'));
});

test.each([
  ['parentheses', (n: number) => `select ${'('.repeat(n)}1${')'.repeat(n)}`],
  ['sums', (n: number) => `select 1${'+1'.repeat(n)}`],
  ['subqueries', (n: number) => `select ${'(select '.repeat(n)}1${')'.repeat(n)}`],
])('deeply nested %s are refused and the parser lives on', (_name, make) => {
  expect(failure(make(100_000)).code).toBe('54001');
  expect(parse('select 1 as alive')).toHaveLength(1);
});

test('a text past the limit is refused', () => {
  expect(failure(`select '${'x'.repeat(LIMITS.statementBytesMax)}'`).code).toBe('54000');
});

test('a NUL character is refused', () => {
  expect(failure('select \0').code).toBe('22021');
});

test('byte offsets turn into characters', () => {
  expect(characterPosition('é😀x', 6)).toBe(3);
  expect(characterPosition('abc', 0)).toBe(1);
  expect(characterPosition('abc', -1)).toBeUndefined();
});
