/** Databases that many tutorials use, by their scripts as they are. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { inDirectory, velocidb } from './command.ts';
import { HAS_SHARED_DATA, SHARED_DATA } from './shared-data.ts';

describe.skipIf(!HAS_SHARED_DATA)('scripts of other databases', () => {
  test('Chinook loads and answers', async () => {
    await inDirectory(async (path) => {
      const environment = { VELOCIDB_URL: `file:${path}` };
      const loaded = await velocidb(['sql', '-q', '-f', join(SHARED_DATA, 'databases/chinook/Chinook_PostgreSql_SerialPKs.sql')], {
        environment,
      });
      expect(loaded.code, loaded.err).toBe(0);
      const query = `select a.name, count(*) from artist a join album using (artist_id) join track using (album_id) group by a.name order by 2 desc, 1 limit 3`;
      expect((await velocidb(['sql', '-o', 'csv', query], { environment })).out).toBe(
        'name,count\nIron Maiden,213\nU2,135\nLed Zeppelin,114\n',
      );
      const check = await velocidb(['sql', "insert into album (title, artist_id) values ('x', 99999)"], { environment });
      expect(check).toMatchObject({ code: 1, err: expect.stringContaining('violates foreign key constraint') });
    });
  });

  test('Northwind loads in a single transaction and answers', async () => {
    await inDirectory(async (path) => {
      const environment = { VELOCIDB_URL: `file:${path}?sync=off` };
      const loaded = await velocidb(['sql', '-q', '-1', '-f', join(SHARED_DATA, 'databases/northwind/northwind.sql')], { environment });
      expect(loaded.code, loaded.err).toBe(0);
      const query = `select c.category_name, sum(d.quantity) from order_details d join products p using (product_id) join categories c using (category_id) group by 1 order by 2 desc limit 2`;
      expect((await velocidb(['sql', '-o', 'csv', query], { environment })).out).toBe(
        'category_name,sum\nBeverages,9532\nDairy Products,9149\n',
      );
    });
  });

  test('Sakila’s COPY data loads into the tables that exist; what fails is skipped with its data', async () => {
    await inDirectory(async (path) => {
      const environment = { VELOCIDB_URL: `file:${path}?sync=off` };
      const schema = `create table public.actor (actor_id int primary key, first_name text, last_name text, last_update timestamp)`;
      expect(await velocidb(['sql', schema], { environment })).toMatchObject({ code: 0 });
      const loaded = await velocidb(
        ['sql', '--continue', '-f', join(SHARED_DATA, 'databases/sakila/postgres-sakila-insert-data-using-copy.sql')],
        { environment },
      );
      expect(loaded.code).toBe(1);
      expect(loaded.out).toContain('COPY 200\n');
      expect(loaded.err).not.toContain('syntax error');
      expect((await velocidb(['sql', '-t', 'select count(*) from actor'], { environment })).out).toBe(' 200\n');
    });
  });
});
