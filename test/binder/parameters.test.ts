import { beforeAll, describe, expect, test } from 'vitest';
import { SqlError } from '../../src/base/sql-error.ts';
import { loadParserOnNode } from '../../src/platform/parser-node.ts';
import { OID } from '../../src/types/oid.ts';
import { formatType } from '../../src/types/types.ts';
import { bind } from './harness.ts';

beforeAll(loadParserOnNode);

function types(sql: string, given: readonly (typeof OID.int4 | undefined)[] = []): readonly string[] {
  return bind(sql, given).parameters.map((type) => formatType(type.oid, -1));
}

function code(f: () => unknown): string {
  try {
    f();
  } catch (error) {
    if (error instanceof SqlError) return `${error.code} ${error.message}`;
    throw error;
  }
  return 'none';
}

describe('parameters take their type from where they stand', () => {
  test.each([
    ['select a from t where a = $1', ['integer']],
    ['select a from t where $1 = a and b = $2', ['integer', 'text']],
    ['select $1', ['text']],
    ['select $1::int, $1 + 1', ['integer']],
    ['select a from t where d between $1 and $2', ['date', 'date']],
    ['select a from t where a in ($1, $2)', ['integer', 'integer']],
    ['select a from t where a = any ($1)', ['integer[]']],
    ['select coalesce($1, 2.5)', ['numeric']],
    ['select a from t limit $1 offset $2', ['bigint', 'bigint']],
    ['insert into t (a, b, c, d) values ($1, $2, $3, $4)', ['integer', 'text', 'numeric', 'date']],
    ['insert into u (b) values ($1)', ['character varying']],
    ['insert into t (a, d) select $1, $2', ['integer', 'date']],
    ['update t set c = $1 where a = $2', ['numeric', 'integer']],
    ['select b || $1 from t', ['text']],
    ['select case when h then $1 else 1 end from t', ['integer']],
    ['select d - $1 from t', ['date']],
    ['select * from (values ($1, 1), (2, $2)) v', ['integer', 'integer']],
    ['select lower($1)', ['text']],
    ['select 1 union select $1', ['integer']],
  ])('%s', (sql, expected) => {
    expect(types(sql)).toEqual(expected);
  });
});

test('declared types win over inference', () => {
  expect(types('select $1 + $2', [OID.int8, OID.int4])).toEqual(['bigint', 'integer']);
  expect(types('select $1 = $2', [OID.int4])).toEqual(['integer', 'integer']);
});

test('one parameter has one type', () => {
  expect(code(() => bind('select $1::int, $1::text'))).toBe('none');
  expect(code(() => bind('select a from t where a = $1 and d = $1'))).toBe('42883 operator does not exist: date = integer');
});

test('a parameter that nothing types is an error', () => {
  expect(code(() => bind('select $2::int'))).toBe('42P18 could not determine data type of parameter $1');
  expect(code(() => bind('select $1 is null'))).toBe('42P18 could not determine data type of parameter $1');
});

describe('nesting has a limit', () => {
  test.each([
    ['sums', (n: number) => `select 1${' + 1'.repeat(n)}`],
    ['subqueries', (n: number) => `select ${'(select '.repeat(n)}1${')'.repeat(n)}`],
    ['unions', (n: number) => `select 1${' union all select 1'.repeat(n)}`],
    ['cases', (n: number) => `select ${'case when true then '.repeat(n)}1${' end'.repeat(n)}`],
  ])('deep %s are 54001, shallow ones bind', (_name, make) => {
    expect(code(() => bind(make(5000)))).toContain('54001');
    expect(code(() => bind(make(150)))).toBe('none');
  });
});

test('plans say whether they may be kept', () => {
  expect(bind("select a from t where d > '2020-01-01'").cacheable).toBe(true);
  expect(bind("select a from t where d > 'today'").cacheable).toBe(false);
  expect(bind("select a from t where e > '2020-01-01 00:00:00'").cacheable).toBe(false);
  expect(bind("select a from t where e > '2020-01-01 00:00:00+00'").cacheable).toBe(true);
});

test('statements say whether they write', () => {
  expect(bind('select a from t').writes).toBe(false);
  expect(bind('with w as (delete from t returning a) select * from w').writes).toBe(true);
});
