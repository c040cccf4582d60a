/** Loading lineitem from a .tbl file, the way `velocidb import` does, against DuckDB's COPY. Both in memory, both from the same file. */
import { join } from 'node:path';
import { importFile } from '../../src/cli/import-file.ts';
import { open } from '../../src/index.ts';
import { TBL_FORMAT } from '../../src/session/copy/copy-format.ts';
import { interleaved } from '../measure.ts';
import { textOfCell } from '../peers/answers.ts';
import { duckName, openDuck } from '../peers/duckdb.ts';
import { failed, type Figure } from '../report.ts';
import { tpchSchema, tpchShared, tpchTables } from '../tpch/data.ts';
import { duckSchema } from '../tpch/dialects.ts';
import { OURS, versus } from '../versus.ts';

const SCALE_DEFAULT = 0.1;
const SUM = 'select count(*), sum(l_extendedprice) from lineitem';

export async function importing(scale = SCALE_DEFAULT): Promise<Figure[]> {
  const shared = tpchShared();
  if (shared === undefined) {
    console.error('import is skipped: the shared data is absent');
    return [];
  }
  const create = tpchSchema(shared).find((statement) => /create table lineitem/i.test(statement)) ?? '';
  const file = join(tpchTables(scale), 'lineitem.tbl');
  const sums = new Map<string, string>();
  const contestants = [{ name: OURS, run: () => loadOurs(create, file, sums) }];
  for (const threads of [1, 2]) {
    const name = duckName(threads);
    const probe = await openDuck(threads);
    if (probe === undefined) continue;
    probe.close();
    contestants.push({ name, run: () => loadDuck(create, file, threads, sums) });
  }
  const seconds = await interleaved(contestants, 2);
  for (const [name, sum] of sums) if (sum !== sums.get(OURS)) failed(`import: ${name} has ${sum}, ours ${String(sums.get(OURS))}`);
  return versus(
    { suite: 'import', case: 'lineitem', scale, consistency: 'strictly serializable', durability: 'object (memory bucket)' },
    seconds,
    'rows/s',
  );
}

async function loadOurs(create: string, file: string, sums: Map<string, string>): Promise<number> {
  const database = await open('memory:', { checkpoints: 'manual' });
  await database.query(create);
  const session = database.session();
  const { rowCount } = await session.copyIn({ table: 'lineitem', format: TBL_FORMAT }, (await importFile(file, process.stdin)).chunks());
  if (!sums.has(OURS))
    sums.set(
      OURS,
      Object.values((await database.query(SUM)).rows[0])
        .map(textOfCell)
        .join(),
    ); // in the round that is not counted
  await session.close();
  await database.close();
  return rowCount ?? 0;
}

async function loadDuck(create: string, file: string, threads: number, sums: Map<string, string>): Promise<number> {
  const duck = await openDuck(threads);
  if (duck === undefined) throw new Error('DuckDB went away');
  await duck.run(duckSchema(create));
  await duck.run(`copy lineitem from '${file}' (format csv, delimiter '|', header false, quote '', escape '')`);
  const [row] = await duck.rows(SUM);
  sums.set(duckName(threads), row.map(textOfCell).join());
  duck.close();
  return Number(row[0]);
}
