import { describe, expect, it } from 'vitest';
import { difference, orderColumns } from '../../bench/peers/answers.ts';
import { duckSchema, sqliteQuery } from '../../bench/tpch/dialects.ts';

describe('two answers', () => {
  it('agree when numbers differ by less than a billionth and texts by padding', () => {
    expect(difference([['10.0000', 'ab  ', null]], [[10.000000001, 'ab', null]])).toBeUndefined();
  });

  it('agree when their rows come in another order', () => {
    expect(difference([['1'], ['2']], [[2n], [1n]])).toBeUndefined();
  });

  it('differ when a number, a text, a null or the count of rows does', () => {
    expect(difference([['1']], [['1.01']])).toContain('row 1, column 1');
    expect(difference([['100000000']], [['100000001']])).toBeDefined();
    expect(difference([['1', '2']], [['1']])).toBe('2 columns against 1');
    expect(difference([['1']], [['1', '2']])).toBe('1 columns against 2');
    expect(difference([['a']], [['b']])).toBeDefined();
    expect(difference([[null]], [['0']])).toBeDefined();
    expect(difference([['1']], [])).toBe('1 rows against 0');
  });
});

describe('the order of rows', () => {
  const [first, tied, last] = [
    ['1', 'a'],
    ['1', 'b'],
    ['2', 'c'],
  ];

  it('is free among ties, and differs elsewhere', () => {
    expect(difference([first, tied, last], [tied, first, last], [0])).toBeUndefined();
    expect(difference([first, tied, last], [last, first, tied], [0])).toBe('row 1, column 1: 1 against 2, in order');
  });

  it('is by the columns that the last ORDER BY names', () => {
    const names = ['a', 'b', 'c'];
    expect(orderColumns('select * from (select a from t order by a) as x\nORDER BY\n  c DESC,\n  a\nLIMIT 10', names)).toEqual([2, 0]);
    expect(orderColumns('select * from (select a from t order by a limit 3) as x', names)).toEqual([]);
    expect(orderColumns('select a from t', names)).toEqual([]);
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
