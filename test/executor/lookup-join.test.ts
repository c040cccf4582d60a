import { expect, test } from 'vitest';
import { openEngine } from '../../src/platform/open-engine.ts';
import { nodeRuntime } from '../../src/platform/node-runtime.ts';
import { MemoryStore } from '../../vfs/drivers/memory.ts';

const JOIN = 'select sum(u.c) from t join u on u.a = t.a';
const CLOCK_READS_MAX = 12;

test('a lookup join that its timeout ends leaves no read behind that fails unheard', async () => {
  const store = new MemoryStore({ clock: Date });
  const filled = await openEngine('memory:', { store, checkpoints: 'manual' });
  const session = filled.engine.session();
  await session.query('create table t (a int primary key)');
  await session.query('create table u (a int, b int, c int, d text, primary key (a, b))');
  await session.query('insert into t select g * 1400 from generate_series(0, 49) g');
  await session.query("insert into u select g, 1, g, 'some text ' || g from generate_series(0, 69999) g");
  await session.query('analyze');
  await filled.engine.checkpoint?.();
  const plan = (await session.query(`explain ${JOIN}`)).rows.join('\n');
  expect(plan).toMatch(/Lookup Join/);
  await filled.close();
  const codes = new Set<unknown>();
  for (let readsLeft = 0; readsLeft < CLOCK_READS_MAX; readsLeft++) {
    const runtime = nodeRuntime();
    let left = Infinity;
    const clock = { ...runtime.clock, monotonic: () => (left-- > 0 ? 0 : 1e9) };
    const cold = await openEngine('memory:', { store, checkpoints: 'manual', runtime: { ...runtime, clock } });
    const impatient = cold.engine.session({ settings: { statement_timeout: '1000' } });
    await impatient.query('select 1');
    left = readsLeft + 1;
    codes.add(await impatient.query(JOIN).then(String, (error: unknown) => (error as { code: string }).code));
    await cold.close();
  }
  expect(codes).toContain('57014');
});
