import { beforeAll, describe, expect, it } from 'vitest';
import { SqlError } from '../../src/base/sql-error.ts';
import { loadParserOnNode } from '../../src/platform/parser-node.ts';
import { parse } from '../../src/sql/parse.ts';

beforeAll(loadParserOnNode);

const CLAUSE = 'as of system time';

function clauseOf(text: string): readonly [string, string] | undefined {
  const [statement] = parse(text);
  return statement.asOf === undefined ? undefined : [statement.asOf.kind, statement.asOf.text];
}

function failure(text: string): readonly [string, number | undefined] {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof SqlError) return [error.code, error.position];
    throw error;
  }
  throw new Error(`parsed: ${text}`);
}

describe('AS OF SYSTEM TIME', () => {
  it.each([
    [`select * from t ${CLAUSE} '-10s'`, 'time', "'-10s'"],
    [`SELECT a FROM t AS OF SYSTEM TIME interval '-10 s' WHERE a = 1 ORDER BY a`, 'time', "interval '-10 s'"],
    [`select * from t ${CLAUSE} (now() - interval '1 hour') join u using (a)`, 'time', "(now() - interval '1 hour')"],
    [`select * from t ${CLAUSE} now() - '1 h'::interval, u`, 'time', "now() - '1 h'::interval"],
    [`select * from t ${CLAUSE} slot 42 limit 1`, 'slot', '42'],
    [`select * from t as /* a */ of -- b\n system time '2030-01-01';`, 'time', "'2030-01-01'"],
    [`begin ${CLAUSE} '-1s'`, 'time', "'-1s'"],
    [`start transaction read only, ${CLAUSE} slot 7, isolation level serializable`, 'slot', '7'],
    [`set transaction ${CLAUSE} '-1s'`, 'time', "'-1s'"],
    [`explain select * from t ${CLAUSE} '-1s'`, 'time', "'-1s'"],
  ])('%s', (text, kind, expression) => {
    expect(clauseOf(text)).toEqual([kind, expression]);
  });

  it.each([
    `select 'from t ${CLAUSE} 1'`,
    `select E'\\' from t ${CLAUSE} 1'`,
    `select $x$ from t ${CLAUSE} 1 $x$`,
    `select 1 as "from t ${CLAUSE} 1"`,
    `select 1 -- from t ${CLAUSE} 1`,
    `select 1 /* from /* t */ ${CLAUSE} 1 */`,
    'select a as of from system',
  ])('is not found in %s', (text) => {
    expect(clauseOf(text)).toBeUndefined();
  });

  it('belongs to the statement that it stands in', () => {
    const statements = parse(`select 1; select * from t ${CLAUSE} slot 3; select 2`);
    expect(statements.map(({ asOf }) => asOf?.text)).toEqual([undefined, '3', undefined]);
  });

  it('leaves positions as they were, behind letters of any size', () => {
    const before = `select 'é' from größe ${CLAUSE} '-1s' where `;
    expect(failure(`${before}a = = 1`)).toEqual(['42601', before.length + 5]);
    const head = `select 'é' from größe ${CLAUSE} now() `;
    expect(failure(`${head}) + 1`)).toEqual(['42601', head.length + 1]);
    const odd = `select 'é' from größe ${CLAUSE} 'ß' where `;
    expect(failure(`${odd}a = = 1`)).toEqual(['42601', odd.length + 5]);
    expect(failure(`select * from größe ${CLAUSE} 1 1 where a`)).toEqual(['42601', `select * from größe ${CLAUSE} 1 1`.length]);
  });

  it('is refused in a subquery, without a time, and when two differ', () => {
    expect(failure(`select * from (select * from t ${CLAUSE} '-1s') s`)).toEqual(['42601', 32]);
    expect(failure(`select * from t ${CLAUSE}`)).toEqual(['42601', 30]);
    expect(failure(`select * from t ${CLAUSE} '-1s' union select * from u ${CLAUSE} '-2s'`)[0]).toBe('0A000');
    expect(clauseOf(`select * from t ${CLAUSE} '-1s' union select * from u ${CLAUSE} '-1s'`)).toEqual(['time', "'-1s'"]);
  });
});
