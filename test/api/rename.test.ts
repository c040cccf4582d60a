/** What is stored as text says the new name after a renaming, or keeps the old one as an alias. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { open, type VelociDatabase } from '../../src/index.ts';

let db: VelociDatabase;

beforeEach(async () => {
  db = await open('memory:', { checkpoints: 'manual' });
  await db.query("CREATE TYPE mood AS ENUM ('sad', 'ok')");
  await db.query("CREATE TABLE t (id serial PRIMARY KEY, a int, b text, m mood DEFAULT 'sad'::mood CHECK (m <> 'ok'::mood))");
  await db.query("INSERT INTO t (a, b) VALUES (1, 'x'), (2, 'y')");
  await db.query("CREATE VIEW v AS SELECT t.*, length(b) AS n FROM t WHERE m = 'sad'::mood");
  await db.query('CREATE VIEW w AS SELECT v.id, q.b, n FROM v JOIN t AS q USING (id) WHERE EXISTS (SELECT 1 FROM t WHERE t.a = q.a)');
  await db.query('CREATE MATERIALIZED VIEW kept AS SELECT b FROM t ORDER BY b');
});
afterEach(() => db.close());

const IN_W = [
  { id: 1, b: 'x', n: 1 },
  { id: 2, b: 'y', n: 1 },
];
const rows = async (sql: string) => (await db.query(sql)).rows;
const expectUnchanged = async () => {
  expect(await rows('SELECT * FROM w ORDER BY id')).toEqual(IN_W);
  expect(Object.keys((await rows('SELECT * FROM v'))[0])).toEqual(['id', 'a', 'b', 'm', 'n']);
  await db.query('REFRESH MATERIALIZED VIEW kept');
  expect(await rows('SELECT * FROM kept')).toEqual([{ b: 'x' }, { b: 'y' }]);
};

test.each([
  ['ALTER TABLE t RENAME TO other'],
  ['ALTER TABLE t RENAME COLUMN b TO bb'],
  ['ALTER TABLE t RENAME COLUMN a TO b2', 'ALTER TABLE t RENAME COLUMN b TO a', 'ALTER TABLE t RENAME COLUMN b2 TO b'],
  ['ALTER TABLE t RENAME COLUMN id TO key', 'ALTER TABLE t RENAME TO "Other Name"', 'ALTER TABLE "Other Name" RENAME COLUMN a TO "A"'],
  ['CREATE SCHEMA s', 'ALTER TABLE t SET SCHEMA s', 'ALTER SCHEMA s RENAME TO s2'],
  ['ALTER TYPE mood RENAME TO feeling'],
  ['ALTER TABLE t ADD COLUMN z int', 'ALTER TABLE t RENAME COLUMN b TO bb', 'ALTER TABLE t DROP COLUMN z'],
])('views answer as before: %s %s %s', async (...statements) => {
  for (const sql of statements) await db.query(sql);
  await expectUnchanged();
});

test('a view of a view follows the renaming of either', async () => {
  await db.query('ALTER VIEW v RENAME TO v2');
  await db.query('ALTER VIEW v2 RENAME COLUMN n TO size');
  expect(await rows('SELECT * FROM w ORDER BY id')).toEqual(IN_W);
  expect(await rows('SELECT id, size FROM v2 ORDER BY id LIMIT 1')).toEqual([{ id: 1, size: 1 }]);
});

test('defaults and checks follow types and sequences', async () => {
  await db.query('ALTER TYPE mood RENAME TO feeling');
  await db.query('ALTER SEQUENCE t_id_seq RENAME TO "Numbers"');
  await db.query("INSERT INTO t (a, b) VALUES (3, 'z')");
  expect(await rows('SELECT count(*) AS n FROM t WHERE id > 2')).toEqual([{ n: 1 }]);
  await expect(db.query("INSERT INTO t (a, m) VALUES (4, 'ok')")).rejects.toMatchObject({ code: '23514' });
});

test('a dropped column is missed by those who read it, under whatever name, and by nobody else', async () => {
  await db.query('DROP MATERIALIZED VIEW kept');
  await db.query('DROP VIEW v CASCADE');
  await db.query('CREATE VIEW reads_b AS SELECT id, b FROM t');
  await db.query('ALTER TABLE t RENAME COLUMN b TO bb');
  await expect(db.query('ALTER TABLE t DROP COLUMN bb')).rejects.toMatchObject({ code: '2BP01' });
  await db.query('ALTER TABLE t DROP COLUMN a');
  expect(await rows('SELECT * FROM reads_b ORDER BY id')).toEqual([
    { id: 1, b: 'x' },
    { id: 2, b: 'y' },
  ]);
  await db.query('ALTER TABLE t DROP COLUMN bb CASCADE');
  await expect(db.query('SELECT * FROM reads_b')).rejects.toMatchObject({ code: '42P01' });
});
