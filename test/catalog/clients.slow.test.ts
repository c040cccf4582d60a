/** Every query that clients sent PostgreSQL 15 about its catalogs runs here too. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { described, type Described } from './database.ts';

const FOLDER = join(process.env['VELOCIDB_SHARED'] ?? '../shared', 'data/catalog-queries');
const CLIENTS = ['psql15-catalog-queries', 'drizzle_kit', 'kysely', 'knex', 'typeorm', 'pgjdbc'];
/** What the recordings hold that asks nothing of a catalog, or needs objects that are not there. */
const ELSEWHERE =
  /^(?:insert|update|delete|create|alter|drop|copy|begin|start|commit|rollback|savepoint|release|listen|notify|unlisten|set|lock|truncate|call|do|declare|fetch|close)\b|\$\d|app\.add|1\s*\/\s*0|\bj[12]\b|pg_sleep/i;

let database: Described;
beforeAll(async () => {
  database = await described();
});
afterAll(() => database.close());

describe.skipIf(!existsSync(FOLDER)).each(CLIENTS)('%s', (client) => {
  const queries = existsSync(FOLDER) ? queriesOf(join(FOLDER, `${client}.sql`)) : [];
  test('sent queries', () => expect(queries.length).toBeGreaterThan(0));
  test.each(queries.map((query, at) => [`${at + 1}: ${query.replaceAll(/\s+/g, ' ').slice(0, 100)}`, query] as const))(
    '%s',
    async (_, query) => {
      await database.rows(query);
    },
  );
});

function queriesOf(path: string): string[] {
  return readFileSync(path, 'utf8')
    .split(/;+\s*(?:\n|$)/)
    .map((text) => text.replaceAll(/^\s*--.*$/gm, '').trim())
    .filter((text) => text !== '' && !ELSEWHERE.test(text));
}
