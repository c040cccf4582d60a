import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { described, type Described } from './database.ts';

let database: Described;
beforeAll(async () => {
  database = await described();
});
afterAll(() => database.close());

const answers = (sql: string, rows: readonly (readonly (string | null)[])[]) => async () => expect(await database.rows(sql)).toEqual(rows);

describe('pg_class and pg_attribute', () => {
  test(
    'name every relation of a schema with its kind',
    answers(`SELECT relname, relkind FROM pg_class WHERE relnamespace = 'app'::regnamespace ORDER BY 1`, [
      ['mv', 'm'],
      ['posts', 'r'],
      ['posts_id_seq', 'S'],
      ['posts_pkey', 'i'],
      ['posts_user_idx', 'i'],
      ['seq1', 'S'],
      ['users', 'r'],
      ['users_email_key', 'i'],
      ['users_id_seq', 'S'],
      ['users_pkey', 'i'],
      ['v', 'v'],
    ]),
  );
  test(
    'describe columns as psql prints them',
    answers(
      `SELECT a.attname, format_type(a.atttypid, a.atttypmod), pg_get_expr(d.adbin, d.adrelid), a.attnotnull, a.attidentity, a.attgenerated
       FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
       WHERE a.attrelid IN ('app.posts'::regclass, 'app.users'::regclass) AND a.attname IN ('id', 'email', 'name', 'm', 'age', 'tags', 'len') AND a.attnum > 0
       ORDER BY a.attrelid, a.attnum`,
      [
        ['id', 'integer', `nextval('app.users_id_seq'::regclass)`, 't', '', ''],
        ['email', 'character varying(255)', null, 't', '', ''],
        ['name', 'text', `'anon'::text`, 'f', '', ''],
        ['m', 'app.mood', null, 'f', '', ''],
        ['tags', 'text[]', null, 'f', '', ''],
        ['age', 'app.posint', null, 'f', '', ''],
        ['id', 'bigint', null, 't', 'a', ''],
        ['len', 'integer', 'length(title)', 'f', '', 's'],
      ],
    ),
  );
  test(
    'know the system relations themselves',
    answers(`SELECT 'pg_class'::regclass::oid, 'information_schema.columns'::regclass::text`, [['1259', 'information_schema.columns']]),
  );
  test('have every relation of PostgreSQL 15, readable', async () => {
    const names = await database.rows(`SELECT oid::regclass::text FROM pg_class WHERE relnamespace IN (11, 13000) ORDER BY oid`);
    expect(names.length).toBeGreaterThan(200);
    for (const [name] of names) await database.rows(`SELECT * FROM ${name}`);
  });
});

describe('constraints and indexes', () => {
  test(
    'are written as PostgreSQL writes them',
    answers(`SELECT conname, contype, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'app.posts'::regclass ORDER BY 1`, [
      ['posts_pkey', 'p', 'PRIMARY KEY (id)'],
      ['posts_user_id_fkey', 'f', 'FOREIGN KEY (user_id) REFERENCES app.users(id) ON DELETE CASCADE'],
    ]),
  );
  test(
    'index definitions carry order and predicate',
    answers(`SELECT indexdef FROM pg_indexes WHERE indexname = 'posts_user_idx'`, [
      ['CREATE INDEX posts_user_idx ON app.posts USING btree (user_id, title DESC) WHERE (body IS NOT NULL)'],
    ]),
  );
  test(
    'index keys name columns, operator classes and options',
    answers(`SELECT indkey, indclass, indoption FROM pg_index WHERE indexrelid = 'app.posts_user_idx'::regclass`, [
      ['2 3', '1978 3126', '0 3'],
    ]),
  );
});

describe('information_schema', () => {
  test(
    'describes types with their sizes',
    answers(
      `SELECT column_name, data_type, udt_name, character_maximum_length, numeric_precision, numeric_scale, domain_name FROM information_schema.columns
       WHERE table_schema = 'app' AND table_name = 'users' AND column_name IN ('email', 'balance', 'm', 'tags', 'age') ORDER BY ordinal_position`,
      [
        ['email', 'character varying', 'varchar', '255', null, null, null],
        ['m', 'USER-DEFINED', 'mood', null, null, null, null],
        ['balance', 'numeric', 'numeric', null, '12', '2', null],
        ['tags', 'ARRAY', '_text', null, null, null, null],
        ['age', 'integer', 'int4', null, '32', '0', 'posint'],
      ],
    ),
  );
  test(
    'leaves materialized views out',
    answers(`SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = 'app' ORDER BY 1`, [
      ['posts', 'BASE TABLE'],
      ['users', 'BASE TABLE'],
      ['v', 'VIEW'],
    ]),
  );
  test(
    'names the key that a foreign key refers to',
    answers(`SELECT constraint_name, unique_constraint_name, delete_rule FROM information_schema.referential_constraints`, [
      ['posts_user_id_fkey', 'users_pkey', 'CASCADE'],
    ]),
  );
});

describe('types and comments', () => {
  test('arrays lead to their elements, as postgres.js asks at connect', async () => {
    const rows = await database.rows(
      `select b.oid, b.typarray from pg_catalog.pg_type a left join pg_catalog.pg_type b on b.oid = a.typelem where a.typcategory = 'A' group by b.oid, b.typarray order by b.oid`,
    );
    expect(rows).toContainEqual(['23', '1007']);
    expect(rows).toContainEqual(['25', '1009']);
  });
  test(
    'enums have their labels in order',
    answers(`SELECT enumlabel, enumsortorder FROM pg_enum ORDER BY enumsortorder`, [
      ['sad', '1'],
      ['ok', '2'],
      ['happy', '3'],
    ]),
  );
  test(
    'comments are kept of tables and columns',
    answers(`SELECT obj_description('app.users'::regclass, 'pg_class'), col_description('app.users'::regclass, 2)`, [
      ['the users', 'the e-mail'],
    ]),
  );
  test(
    'serial and identity columns know their sequence',
    answers(`SELECT pg_get_serial_sequence('app.users', 'id'), pg_get_serial_sequence('app.posts', 'id')`, [
      ['app.users_id_seq', 'app.posts_id_seq'],
    ]),
  );
});
