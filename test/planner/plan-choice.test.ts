import { describe, expect, test } from 'vitest';
import { open } from '../../src/index.ts';
import type { PhysicalQuery } from '../../src/planner/physical.ts';
import { isStillCold, type PlannedQuery } from '../../src/session/plan-cache.ts';
import { PlanChoice } from '../../src/session/plan-choice.ts';
import { treeId, type TreeId } from '../../src/storage/tree.ts';

const costing = (cost: number): PhysicalQuery => ({
  root: { kind: 'values', tuples: [[]], output: [], rows: 1, cost },
  subplans: new Map(),
  writesInWith: false,
});

/** How many of `runs` made a plan of their own, each of this cost. */
function customPlans(general: number, custom: number, runs: number): number {
  const choice = new PlanChoice(costing(general), 1);
  let made = 0;
  for (let run = 0; run < runs; run++)
    choice.choose(() => {
      made++;
      return costing(custom);
    });
  return made;
}

describe('one plan for all parameters or one for each', () => {
  test('five are made for their values, then the general one is kept when they were no cheaper', () => {
    expect(customPlans(50_000, 50_000, 20)).toBe(5);
  });

  test('plans for values go on while they save more than making them costs', () => {
    expect(customPlans(50_000, 1000, 20)).toBe(20);
  });

  test('planning counts: what saves less than it is not made again', () => {
    expect(customPlans(5000, 4900, 20)).toBe(5);
  });

  test('a cheap general plan is never improved on', () => {
    expect(customPlans(100, 1, 20)).toBe(0);
  });

  test('answers are those of the values, whichever plan runs', async () => {
    const database = await open('memory:', { checkpoints: 'manual' });
    await database.query('create table t (id int primary key, kind int, note text)');
    await database.query('create index t_kind on t (kind)');
    await database.query("insert into t select g, case when g % 400 = 0 then g % 7 else 99 end, 'n' || g from generate_series(1, 20000) g");
    await database.query('analyze');
    const statement = await database.prepare('select count(*)::int as n, min(note) as note from t where kind = $1 and id <> $2');
    const seen: unknown[] = [];
    for (const kind of [99, 3, 99, 1, 0, 99, 4, 99, 2]) seen.push((await statement.query([kind, 5])).rows[0]);
    const expected: unknown[] = [];
    for (const kind of [99, 3, 99, 1, 0, 99, 4, 99, 2])
      expected.push((await database.query(`select count(*)::int as n, min(note) as note from t where kind = ${kind} and id <> 5`)).rows[0]);
    expect(seen).toEqual(expected);
    await database.close();
  });
});

describe('a plan made while a tree was cold', () => {
  const tree = treeId(7);
  const planned = (cold: ReadonlyMap<TreeId, number>): PlannedQuery => ({ cold, uses: { count: 0 } }) as unknown as PlannedQuery;
  const usesUntilMadeAnew = (sharesNow: (use: number) => number): number => {
    const made = planned(new Map([[tree, 0.1]]));
    for (let use = 1; use <= 1000; use++) if (!isStillCold(made, () => sharesNow(use))) return use;
    return Infinity;
  };

  test('is made anew at the next use when the tree is in memory', () => {
    expect(usesUntilMadeAnew(() => 1)).toBe(1);
  });

  test('is kept while it stays cold', () => {
    expect(usesUntilMadeAnew(() => 0.2)).toBe(Infinity);
  });

  test('is made anew within 64 uses of the tree being warm', () => {
    expect(usesUntilMadeAnew((use) => (use > 300 ? 1 : 0.1))).toBe(320);
  });

  test('costs nothing to ask about when nothing was cold', () => {
    expect(isStillCold(planned(new Map()), () => 1)).toBe(true);
  });
});
