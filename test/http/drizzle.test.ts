/** drizzle-orm's neon-http, unmodified, against the bare handler: no socket, its fetch is ours. */
import { neon, neonConfig } from '@neondatabase/serverless';
import { and, count, desc, eq, gt, relations, sql as raw } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/neon-http';
import { boolean, integer, jsonb, numeric, pgTable, serial, text, timestamp, uuid } from 'drizzle-orm/pg-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createHandler } from '../../src/http/handler.ts';
import { openEngine, type OpenedEngine } from '../../src/platform/open-engine.ts';

const author = pgTable('author', {
  id: serial('id').primaryKey(),
  name: text('name').notNull().unique(),
  active: boolean('active').default(true),
  joined: timestamp('joined', { withTimezone: true }),
});
const post = pgTable('post', {
  id: uuid('id').primaryKey().defaultRandom(),
  authorId: integer('author_id')
    .notNull()
    .references(() => author.id),
  title: text('title').notNull(),
  price: numeric('price', { precision: 8, scale: 2 }),
  meta: jsonb('meta').$type<{ tags: string[] }>(),
});
const schema = {
  author,
  post,
  authorRelations: relations(author, ({ many }) => ({ posts: many(post) })),
  postRelations: relations(post, ({ one }) => ({ author: one(author, { fields: [post.authorId], references: [author.id] }) })),
};

let opened: OpenedEngine;
const client = neon('postgresql://app:pw@db.example.com/postgres');
const db = drizzle(client, { schema });

beforeAll(async () => {
  opened = await openEngine('memory:');
  const handler = createHandler({ runtime: opened.runtime, session: async (options) => opened.engine.session(options) });
  neonConfig.fetchEndpoint = 'http://localhost/sql';
  neonConfig.fetchFunction = (url: string, init: RequestInit) => handler(new Request(url, init));
  await db.execute(
    raw`CREATE TABLE author (id serial PRIMARY KEY, name text NOT NULL UNIQUE, active boolean DEFAULT true, joined timestamptz)`,
  );
  await db.execute(
    raw`CREATE TABLE post (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), author_id int NOT NULL REFERENCES author, title text NOT NULL, price numeric(8,2), meta jsonb)`,
  );
});

afterAll(async () => {
  neonConfig.fetchFunction = undefined;
  await opened.close();
});

test('inserts return what they made', async () => {
  const joined = new Date('2024-05-06T07:08:09.010Z');
  expect(
    await db
      .insert(author)
      .values([{ name: 'Ada', joined }, { name: 'Bob' }])
      .returning(),
  ).toEqual([
    { id: 1, name: 'Ada', active: true, joined },
    { id: 2, name: 'Bob', active: true, joined: null },
  ]);
  const made = await db
    .insert(post)
    .values({ authorId: 1, title: 'On engines', price: '12.50', meta: { tags: ['x'] } })
    .returning();
  expect(made).toEqual([
    { id: expect.stringMatching(/^[0-9a-f-]{36}$/), authorId: 1, title: 'On engines', price: '12.50', meta: { tags: ['x'] } },
  ]);
});

test('an upsert updates', async () => {
  await db
    .insert(author)
    .values({ name: 'Bob', active: false })
    .onConflictDoUpdate({ target: author.name, set: { active: false } });
  expect(await db.select({ active: author.active }).from(author).where(eq(author.name, 'Bob'))).toEqual([{ active: false }]);
});

test('joins, groups and orders', async () => {
  await db.insert(post).values([
    { authorId: 1, title: 'A', price: '1' },
    { authorId: 2, title: 'B', price: '3' },
  ]);
  const rows = await db
    .select({ name: author.name, posts: count(post.id), total: raw<string>`sum(${post.price})` })
    .from(author)
    .leftJoin(post, and(eq(post.authorId, author.id), gt(post.price, '2')))
    .groupBy(author.name)
    .orderBy(desc(author.name));
  expect(rows).toEqual([
    { name: 'Bob', posts: 1, total: '3.00' },
    { name: 'Ada', posts: 1, total: '12.50' },
  ]);
});

test('relational queries nest rows', async () => {
  const found = await db.query.author.findMany({
    with: { posts: { columns: { title: true }, orderBy: (columns, { asc }) => [asc(columns.title)] } },
    orderBy: (columns, { asc }) => [asc(columns.id)],
  });
  expect(found.map(({ name, posts }) => ({ name, posts }))).toEqual([
    { name: 'Ada', posts: [{ title: 'A' }, { title: 'On engines' }] },
    { name: 'Bob', posts: [{ title: 'B' }] },
  ]);
});

test('a batch is one transaction', async () => {
  const [made, rows] = await db.batch([
    db.insert(author).values({ name: 'Cy' }).returning({ id: author.id }),
    db.select({ n: count() }).from(author),
  ]);
  expect(rows).toEqual([{ n: 3 }]);
  expect(made[0].id).toBeGreaterThan(2);
  await expect(db.batch([db.insert(author).values({ name: 'Di' }), db.insert(author).values({ name: 'Ada' })])).rejects.toMatchObject({
    code: '23505',
  });
  expect(await db.select({ n: count() }).from(author)).toEqual([{ n: 3 }]);
});

test('a prepared statement takes placeholders', async () => {
  const byName = db
    .select()
    .from(author)
    .where(eq(author.name, raw.placeholder('name')))
    .prepare('by name');
  expect(await byName.execute({ name: 'Cy' })).toMatchObject([{ name: 'Cy' }]);
});
