/** Prepared reads of a few rows by key, cached, in process, against better-sqlite3 in memory. */
import { open } from '../../src/index.ts';
import { interleaved } from '../measure.ts';
import { openSqlite, SQLITE } from '../peers/sqlite.ts';
import type { Figure } from '../report.ts';
import { OURS, versus } from '../versus.ts';
import { CREATE, fillOurs, fillSqlite, ROWS } from './million.ts';

const CASES = [
  { name: 'select_all', sql: 'select * from t where id = ?', rows: 1, operations: 100_000 },
  { name: 'select_one', sql: 'select b from t where id = ?', rows: 1, operations: 100_000 },
  { name: 'range_100', sql: 'select * from t where id between ? and ? + 99', rows: 100, operations: 10_000 },
  { name: 'secondary', sql: 'select * from t where k = ?', rows: 1, operations: 100_000 },
] as const;

export async function point(): Promise<Figure[]> {
  const ours = await open('memory:', { checkpoints: 'manual', session: { consistency: { kind: 'eventual' } } });
  await ours.query(CREATE);
  await fillOurs(ours);
  await ours.checkpoint();
  const sqlite = await openSqlite();
  sqlite?.exec(CREATE);
  if (sqlite !== undefined) fillSqlite(sqlite);
  const figures: Figure[] = [];
  for (const { name, sql, rows, operations } of CASES) {
    const statement = await ours.prepare(numbered(sql));
    const theirs = sqlite?.prepare(sql);
    const seconds = await interleaved([
      {
        name: OURS,
        async run() {
          for (let at = 0; at < operations; at++) {
            const parameters = parametersOf(rows, at);
            const { rows: got } = statement.now(parameters) ?? (await statement.query(parameters));
            if (got.length !== rows) throw new Error(`${name}: ${got.length} rows for ${rows}`);
          }
          return operations;
        },
      },
      ...(theirs === undefined
        ? []
        : [
            {
              name: SQLITE,
              run() {
                for (let at = 0; at < operations; at++) {
                  const parameters = parametersOf(rows, at);
                  const found = rows === 1 ? theirs.get(...parameters) !== undefined : theirs.all(...parameters).length === rows;
                  if (!found) throw new Error(`${name}: not ${rows} rows`);
                }
                return operations;
              },
            },
          ]),
    ]);
    figures.push(...versus({ suite: 'point', case: name, consistency: 'eventual', durability: 'none' }, seconds, 'op/s'));
  }
  sqlite?.close();
  await ours.close();
  return figures;
}

function parametersOf(rows: number, at: number): number[] {
  const key = keyAt(at);
  return rows === 1 ? [key] : [key % (ROWS - 100), key % (ROWS - 100)];
}

/** Keys in an order that visits pages at random, the same in every run. */
function keyAt(at: number): number {
  return ((at * 7_368_787) % ROWS) + 1;
}

function numbered(sql: string): string {
  let next = 1;
  const seen = sql.includes('? and ?') ? ['$1', '$2'] : undefined;
  return sql.replaceAll('?', () => seen?.shift() ?? `$${next++}`);
}
