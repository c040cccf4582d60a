/** What seed systems promise for one core, and our figure beside each: in process, prepared, on a hundred thousand rows. */
import { open, type Statement, type VelociDatabase } from '../../src/index.ts';
import { interleaved } from '../measure.ts';
import { figure, type Figure } from '../report.ts';
import { OURS } from '../versus.ts';

const ROWS = 100_000;
const OPERATIONS = 20_000;
const PROMISE = 'promise of seed systems';

interface Seed {
  readonly name: string;
  readonly sql: string;
  readonly promised: number;
  readonly unit: 'op/s' | 'µs';
  readonly writes?: boolean;
  readonly parameters: (at: number) => readonly unknown[];
}

const key = (at: number) => ((at * 73_687) % ROWS) + 1;
let fresh = ROWS;

const SEEDS: readonly Seed[] = [
  { name: 'point_select', sql: 'select * from t where id = $1', promised: 50_000, unit: 'op/s', parameters: (at) => [key(at)] },
  {
    name: 'range',
    sql: 'select * from t where id between $1 and $2',
    promised: 30_000,
    unit: 'op/s',
    parameters: (at) => [key(at), key(at) + 9],
  },
  { name: 'insert', sql: `insert into t values ($1, 1, 'new')`, promised: 25_000, unit: 'op/s', writes: true, parameters: () => [++fresh] },
  {
    name: 'update',
    sql: 'update t set a = a + 1 where id = $1',
    promised: 20_000,
    unit: 'op/s',
    writes: true,
    parameters: (at) => [key(at)],
  },
  {
    name: 'join',
    sql: 'select t.b, u.c from t join u on u.id = t.a where t.id = $1',
    promised: 15_000,
    unit: 'op/s',
    parameters: (at) => [key(at)],
  },
  {
    name: 'aggregation',
    sql: 'select count(*), sum(a) from t where id between $1 and $2',
    promised: 10_000,
    unit: 'op/s',
    parameters: (at) => [key(at), key(at) + 99],
  },
  { name: 'read_latency', sql: 'select b from t where id = $1', promised: 5, unit: 'µs', parameters: (at) => [key(at)] },
  {
    name: 'write_latency',
    sql: 'update t set a = $2 where id = $1',
    promised: 10,
    unit: 'µs',
    writes: true,
    parameters: (at) => [key(at), at % 100],
  },
];

export async function seeds(): Promise<Figure[]> {
  const database = await open('memory:', { checkpoints: 'manual', session: { consistency: { kind: 'eventual' } } });
  await database.query('create table t (id integer primary key, a integer, b text)');
  await database.query('create table u (id integer primary key, c text)');
  await database.query(`insert into t select g, g % 100, 'row number ' || g from generate_series(1, ${ROWS}) g`);
  await database.query(`insert into u select g, 'side ' || g from generate_series(0, 99) g`);
  await database.checkpoint();
  const figures: Figure[] = [];
  for (const seed of SEEDS) {
    const seconds = (await interleaved([{ name: OURS, run: () => run(database, seed) }], 3)).get(OURS) ?? NaN;
    figures.push(
      figure({
        suite: 'seeds',
        case: seed.name,
        ours: seed.unit === 'µs' ? seconds * 1e6 : 1 / seconds,
        peer: seed.promised,
        peerName: PROMISE,
        unit: seed.unit,
        consistency: seed.writes === true ? 'strictly serializable, one transaction' : 'eventual',
        durability: seed.writes === true ? 'object (memory bucket)' : 'none',
      }),
    );
  }
  await database.close();
  return figures;
}

/** Writes share one transaction, as the promises' do. */
async function run(database: VelociDatabase, { sql, parameters, writes }: Seed): Promise<number> {
  if (writes === true) {
    await database.transaction(async (transaction) => {
      for (let at = 0; at < OPERATIONS; at++) {
        const given = parameters(at);
        if (transaction.now(sql, given) === undefined) await transaction.query(sql, given);
      }
    });
    return OPERATIONS;
  }
  const statement: Statement = await database.prepare(sql);
  for (let at = 0; at < OPERATIONS; at++) {
    const given = parameters(at);
    if (statement.now(given) === undefined) await statement.query(given);
  }
  return OPERATIONS;
}
