/**
 * Sequential round trips, counted: the promises of DESIGN.md section 1, on a table of a million rows of sixteen columns in a bucket with
 * fifty other tables. EXPLAIN ANALYZE must agree.
 */
import { open, type VelociDatabase } from '../../src/index.ts';
import { openEngine, type OpenedEngine } from '../../src/platform/open-engine.ts';
import { fixtureCopy } from '../fixtures.ts';
import { figure, type Figure } from '../report.ts';

const ROWS = 1_000_000;
const ROWS_PER_STATEMENT = 100_000;
const OTHER_TABLES = 50;

export async function roundtrips(): Promise<Figure[]> {
  const url = await fixtureCopy({ name: 'roundtrips', content: `${ROWS} ${OTHER_TABLES}`, fill });
  const figures: Figure[] = [];
  const add = (name: string, depth: number, requests: number, consistency: string, durability: string) => {
    figures.push(figure({ suite: 'roundtrips', case: name, ours: depth, unit: 'round trips', consistency, durability }));
    console.error(`  ${name}: ${requests} requests, ${depth} in sequence`);
  };

  const cold = await manual(url);
  const session = cold.engine.session();
  await session.query('select * from big where id = 424242');
  add('cold_point_read', cold.store.total.depth, cold.store.total.requests, 'linearizable', 'none');

  let tally = await counted(cold, () => session.query('select * from big where id = 424242'));
  add('warm_linearizable_read', tally.depth, tally.requests, 'linearizable', 'none');
  const explained = await session.query('explain analyze select * from big where id = 424242');
  const line =
    explained.rows.map(([cell]) => (typeof cell === 'string' ? cell : '')).find((text) => text.startsWith('Object Store:')) ?? '';
  if (!line.includes(`round trips=${tally.depth} `)) throw new Error(`EXPLAIN ANALYZE disagrees with the count of ${tally.depth}: ${line}`);

  const bookmarked = cold.engine.session({ consistency: { kind: 'bookmark', slot: session.bookmark } });
  tally = await counted(cold, () => bookmarked.query('select * from big where id = 424242'));
  add('bookmark_read', tally.depth, tally.requests, 'bookmark', 'none');

  tally = await counted(cold, () =>
    session.transaction({}, async () => {
      await session.query('select * from big where id = 424242');
      await session.query('update big set c1 = c1 + 1 where id = 424242');
    }),
  );
  add('commit_rw_txn', tally.depth, tally.requests, 'strictly serializable', 'object');

  const other = await open(url, { checkpoints: 'manual' });
  await other.query('update big set c1 = c1 + 1 where id = 7');
  tally = await counted(cold, () =>
    session.transaction({}, async () => {
      await session.query('update big set c1 = c1 + 1 where id = 424242');
    }),
  );
  add('commit_lost_race_disjoint', tally.depth, tally.requests, 'strictly serializable', 'object');
  await other.close();
  await cold.close();
  return figures;
}

async function fill(database: VelociDatabase): Promise<void> {
  const columns = Array.from({ length: 15 }, (_, at) => `c${at + 1} ${at % 3 === 0 ? 'int' : at % 3 === 1 ? 'text' : 'float8'}`);
  await database.query(`create table big (id int primary key, ${columns.join(', ')})`);
  for (let table = 1; table <= OTHER_TABLES; table++) await database.query(`create table other_${table} (id int primary key, note text)`);
  const values = Array.from({ length: 15 }, (_, at) =>
    at % 3 === 0 ? `g % ${at + 7}` : at % 3 === 1 ? `'value ' || (g % 1000)` : `g * 0.5`,
  );
  for (let from = 1; from <= ROWS; from += ROWS_PER_STATEMENT) {
    await database.query(
      `insert into big select g, ${values.join(', ')} from generate_series(${from}, ${from + ROWS_PER_STATEMENT - 1}) g`,
    );
    await database.checkpoint();
  }
}

function manual(url: string): Promise<OpenedEngine> {
  return openEngine(url, { checkpoints: 'manual' });
}

async function counted(opened: OpenedEngine, work: () => Promise<unknown>): Promise<{ readonly depth: number; readonly requests: number }> {
  const measurement = opened.store.begin();
  await work();
  return measurement.end();
}
