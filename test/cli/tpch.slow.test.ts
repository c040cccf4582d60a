/** TPC-H at scale 0.01, end to end: schema, import and all 22 queries by the command. Timings here are not comparable to TPC results. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startS3Server } from '../fakes/s3-server.ts';
import { answerDifference, csvRows } from './answers.ts';
import { inDirectory, velocidb } from './command.ts';
import { HAS_SHARED_DATA, SHARED_DATA } from './shared-data.ts';

const TPCH = join(SHARED_DATA, 'tpch');
const TABLES: Readonly<Record<string, number>> = {
  region: 5,
  nation: 25,
  supplier: 100,
  customer: 1500,
  part: 2000,
  partsupp: 8000,
  orders: 15_000,
  lineitem: 60_175,
};
const QUERIES = Array.from({ length: 22 }, (_, at) => `q${String(at + 1).padStart(2, '0')}`);

async function loadAndQuery(environment: Record<string, string>): Promise<void> {
  const schema = await velocidb(['sql', '-f', join(TPCH, 'schema.sql')], { environment });
  expect(schema).toMatchObject({ code: 0, err: '' });
  for (const [table, rows] of Object.entries(TABLES)) {
    const imported = await velocidb(['import', join(TPCH, 'data/sf0.01', `${table}.tbl.gz`), '--table', table], { environment });
    expect(imported.code, imported.err).toBe(0);
    expect(imported.out).toContain(`imported into ${table}: ${String(rows).replace(/\B(?=(?:\d{3})+$)/g, ',')} rows`);
  }
  const wrong: string[] = [];
  const answers = await answersOfScript(environment);
  for (const [query, answer] of Object.entries(answers)) {
    const difference = answerDifference(readFileSync(join(TPCH, 'answers/pg15-sf0.01', `${query}.csv`), 'utf8'), csvRows(answer));
    if (difference !== undefined) wrong.push(`${query}: ${difference}`);
  }
  expect(wrong).toEqual([]);
}

/** The answers to all queries, by a script that includes them. */
async function answersOfScript(environment: Record<string, string>): Promise<Record<string, string>> {
  const input = QUERIES.map((query) => `\\echo --- ${query}\n\\i ${join(TPCH, 'queries', `${query}.sql`)}\n`).join('');
  const { code, out, err } = await velocidb(['sql', '-o', 'csv'], { environment, input });
  expect(code, err).toBe(0);
  const parts = out.split(/^--- (q\d\d)\n/m).slice(1);
  return Object.fromEntries(QUERIES.map((query) => [query, parts[parts.indexOf(query) + 1]]));
}

describe.skipIf(!HAS_SHARED_DATA)('TPC-H gives PostgreSQL’s answers through the command', () => {
  test('over a directory', async () => {
    await inDirectory((path) => loadAndQuery({ VELOCIDB_URL: `file:${join(path, 'bucket')}` }));
  });

  test('over S3', async () => {
    const server = await startS3Server({ buckets: ['tpch'] });
    try {
      await loadAndQuery({ VELOCIDB_URL: server.storeUrl('sf0.01'), AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' });
    } finally {
      await server.close();
    }
  });
});
