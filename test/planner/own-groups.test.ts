import { describe, expect, test } from 'vitest';
import { TestDatabase } from '../executor/database.ts';

const SCHEMA = `
  create table part (p int primary key, brand int);
  create table line (id int primary key, p int, quantity int, cost int);
`;
const TOLD = new Map([
  ['part', 200_000],
  ['line', 6_000_000],
]);

/** Whether the plan reads `line` once, the aggregate being over what was joined. */
function readsOnce(sql: string): boolean {
  const plan = new TestDatabase(SCHEMA, false, TOLD).explain(sql);
  return plan.match(/Scan on line/g)?.length === 1 && plan.includes('CTE Scan on outer');
}

const select = (where: string, inner: string, value = 'avg(quantity)'): string =>
  `select l.cost from part, line l where part.p = l.p and ${where} and l.quantity < (select ${value} from line where ${inner})`;

describe('a correlated aggregate over the rows that are joined already', () => {
  test('is made over groups of them', () => {
    expect(readsOnce(select('brand = 3', 'line.p = part.p'))).toBe(true);
  });

  test('may have conditions that the enclosing query has too', () => {
    expect(readsOnce(select('brand = 3 and l.cost > 5', 'line.p = part.p and cost > 5'))).toBe(true);
  });

  test('is not when the enclosing query leaves out rows of a group', () => {
    expect(readsOnce(select('brand = 3 and l.cost > 5', 'line.p = part.p'))).toBe(false);
  });

  test('is not when the subquery leaves out rows that the enclosing query has', () => {
    expect(readsOnce(select('brand = 3', 'line.p = part.p and cost > 5'))).toBe(false);
  });

  test('is not when the further table is not joined by a key', () => {
    const sql = select('part.p > 3', 'line.p = part.brand').replace('part.p = l.p', 'part.brand = l.p');
    expect(readsOnce(sql)).toBe(false);
  });

  test('may be correlated with its own table', () => {
    const sql = 'select o.id from line o where o.quantity > (select max(i.quantity) - 3 from line i where i.p = o.p) and o.p < 5';
    expect(readsOnce(sql)).toBe(true);
  });
});
