import { describe, expect, it } from 'vitest';
import { openEngine, type OpenedEngine } from '../../src/platform/open-engine.ts';

const ROWS = 20_000;
/** Few enough that no commit here is the sixteenth, after which root's hint is refreshed off the path. */
const OTHER_TABLES = 5;
const READ = 'select * from big where id = 4242';

async function filled(name: string): Promise<string> {
  const url = `memory:${name}`;
  const opened = await openEngine(url, { checkpoints: 'manual' });
  const session = opened.engine.session();
  await session.query('create table big (id int primary key, a int, b text)');
  for (let table = 0; table < OTHER_TABLES; table++) await session.query(`create table other_${table} (id int primary key)`);
  await session.query(`insert into big select g, g, 'value ' || g from generate_series(1, ${ROWS}) g`);
  await opened.engine.checkpoint?.();
  await opened.close();
  return url;
}

async function depthOf({ store }: OpenedEngine, work: () => Promise<unknown>): Promise<number> {
  const measurement = store.begin();
  await work();
  return measurement.end().depth;
}

describe('sequential round trips over a checkpointed table', () => {
  it('are two for a cold point read, one for a warm one, none with a bookmark', async () => {
    const cold = await openEngine(await filled('reads'), { checkpoints: 'manual' });
    const session = cold.engine.session();
    await session.query(READ);
    expect(cold.store.total.depth).toBe(2);
    expect(await depthOf(cold, () => session.query(READ))).toBe(1);
    const bookmarked = cold.engine.session({ consistency: { kind: 'bookmark', slot: session.bookmark } });
    expect(await depthOf(cold, () => bookmarked.query(READ))).toBe(0);
    await cold.close();
  });

  it('are one for a transaction that reads and writes, at most three when a disjoint one was quicker', async () => {
    const url = await filled('writes');
    const opened = await openEngine(url, { checkpoints: 'manual' });
    const session = opened.engine.session();
    await session.query(READ);
    const work = () =>
      session.transaction({}, async () => {
        await session.query(READ);
        await session.query('update big set a = a + 1 where id = 4242');
      });
    expect(await depthOf(opened, work)).toBe(1);
    const other = await openEngine(url, { checkpoints: 'manual' });
    await other.engine.session().query('update big set a = a + 1 where id = 7');
    expect(await depthOf(opened, work)).toBeLessThanOrEqual(3);
    await other.close();
    await opened.close();
  });
});
