import { describe, expect, it } from 'vitest';
import { difference } from '../../bench/peers/answers.ts';
import { duckSchema, sqliteQuery } from '../../bench/tpch/dialects.ts';

describe('two answers', () => {
  it('agree when numbers differ by less than a millionth and texts by padding', () => {
    expect(difference([['10.0000', 'ab  ', null]], [[10.000001, 'ab', null]])).toBeUndefined();
  });

  it('agree when their rows come in another order', () => {
    expect(difference([['1'], ['2']], [[2n], [1n]])).toBeUndefined();
  });

  it('differ when a number, a text, a null or the count of rows does', () => {
    expect(difference([['1']], [['1.01']])).toContain('row 1, column 1');
    expect(difference([['a']], [['b']])).toBeDefined();
    expect(difference([[null]], [['0']])).toBeDefined();
    expect(difference([['1']], [])).toBe('1 rows against 0');
  });
});

describe('dialects', () => {
  it('give DuckDB the tables without keys', () => {
    expect(duckSchema('CREATE TABLE t (a integer NOT NULL PRIMARY KEY, b integer)')).toBe('CREATE TABLE t (a integer NOT NULL, b integer)');
    expect(duckSchema('CREATE TABLE t (a integer, b integer, PRIMARY KEY (a, b))')).toBe('CREATE TABLE t (a integer, b integer)');
  });

  it('give SQLite dates as text and its own functions', () => {
    expect(
      sqliteQuery(`select extract(year FROM d), substring(p FROM 1 FOR 2) where d < CAST('1998-09-02' AS date) or d = date '1995-09-01'`),
    ).toBe(`select CAST(strftime('%Y', d) AS INTEGER), substr(p, 1, 2) where d < '1998-09-02' or d = '1995-09-01'`);
  });
});
