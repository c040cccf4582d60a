import { afterAll, beforeAll, expect, test } from 'vitest';
import { open } from '../../src/index.ts';

let database: Awaited<ReturnType<typeof open>>;

beforeAll(async () => {
  database = await open('memory:', { checkpoints: 'manual' });
  await database.query('create table t (id int primary key, a int)');
  await database.query('create table u (id int primary key, t int)');
  await database.query('insert into t select g, g % 5 from generate_series(1, 50) g');
  await database.query('insert into u select g, g from generate_series(1, 20) g');
});

afterAll(() => database.close());

interface Explained {
  readonly 'Node Type': string;
  readonly Plans?: readonly Explained[];
  readonly [name: string]: unknown;
}

async function explained(options: string, sql: string): Promise<{ readonly Plan: Explained; readonly [name: string]: unknown }> {
  const { rows, fields } = await database.query(`explain (${options}) ${sql}`);
  expect(fields.map(({ name, type }) => [name, type.oid])).toEqual([['QUERY PLAN', 114]]);
  const [{ 'QUERY PLAN': answer }] = rows as { readonly 'QUERY PLAN': unknown }[];
  const parsed = (typeof answer === 'string' ? JSON.parse(answer) : answer) as { readonly Plan: Explained }[];
  expect(parsed).toHaveLength(1);
  return parsed[0];
}

test('a plan is nested objects in one row of type json', async () => {
  const { Plan } = await explained('format json', 'select t.a, count(*) from t join u on u.t = t.id where t.a = 1 group by t.a order by 1');
  expect(Plan['Node Type']).toBe('Sort');
  expect(Plan['Sort Key']).toEqual(['t.a']);
  const [aggregate] = Plan.Plans ?? [];
  expect(aggregate).toMatchObject({ 'Node Type': 'Aggregate', Strategy: 'Hashed', 'Parent Relationship': 'Outer', 'Group Key': ['t.a'] });
  expect(aggregate['Plan Rows']).toBeTypeOf('number');
  expect(aggregate['Total Cost']).toBeTypeOf('number');
  expect(aggregate['Actual Rows']).toBeUndefined();
});

test('estimates may be left out', async () => {
  const { Plan } = await explained('format json, costs off', 'select * from t where id = 7');
  expect(Plan).toEqual({
    'Node Type': 'Index Scan',
    'Scan Direction': 'Forward',
    'Index Name': 't_pkey',
    'Relation Name': 't',
    Alias: 't',
    'Index Cond': '(id = 7)',
  });
});

test('with ANALYZE, rows and loops of every node, and the times', async () => {
  const answer = await explained('analyze, format json', 'select * from t where a = 1');
  expect(answer.Plan).toMatchObject({ 'Node Type': 'Seq Scan', 'Actual Rows': 10, 'Actual Loops': 1 });
  expect(answer['Execution Time']).toBeTypeOf('number');
  expect(answer['Planning Time']).toBeTypeOf('number');
});

test('definitions of WITH and subqueries are plans of their own', async () => {
  const sql = 'with x as materialized (select a from t) select * from x where a > (select max(t) from u) and a in (select a from x)';
  const { Plan } = await explained('format json', sql);
  const names: unknown[] = [];
  const visit = (plan: Explained): void => {
    if (plan['Subplan Name'] !== undefined) names.push([plan['Parent Relationship'], plan['Subplan Name']]);
    for (const child of plan.Plans ?? []) visit(child);
  };
  visit(Plan);
  expect(names).toEqual(
    expect.arrayContaining([
      ['InitPlan', 'CTE x'],
      ['InitPlan', 'InitPlan 1'],
    ]),
  );
});

test('other formats are refused by name', async () => {
  await expect(database.query('explain (format yaml) select 1')).rejects.toMatchObject({ code: '0A000' });
  await expect(database.query('explain (format nonsense) select 1')).rejects.toMatchObject({ code: '22023' });
});
