/** A database with one of everything, and its answers as text. */
import { open } from '../../src/index.ts';

export interface Described {
  rows(sql: string): Promise<(string | null)[][]>;
  close(): Promise<void>;
}

const SETUP = `
  CREATE SCHEMA app;
  CREATE TYPE app.mood AS ENUM ('sad', 'ok', 'happy');
  CREATE DOMAIN app.posint AS integer CHECK (VALUE > 0);
  CREATE SEQUENCE app.seq1;
  CREATE TABLE app.users (id serial PRIMARY KEY, email varchar(255) NOT NULL UNIQUE, name text DEFAULT 'anon', m app.mood,
    created timestamptz DEFAULT now(), balance numeric(12,2) CHECK (balance >= 0), tags text[], data jsonb, age app.posint);
  CREATE TABLE app.posts (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id integer NOT NULL REFERENCES app.users(id) ON DELETE CASCADE,
    title text NOT NULL, body text, len integer GENERATED ALWAYS AS (length(title)) STORED);
  CREATE INDEX posts_user_idx ON app.posts (user_id, title DESC) WHERE body IS NOT NULL;
  CREATE VIEW app.v AS SELECT u.email, count(*) AS n FROM app.users u JOIN app.posts p ON p.user_id = u.id GROUP BY u.email;
  CREATE MATERIALIZED VIEW app.mv AS SELECT * FROM app.v;
  COMMENT ON TABLE app.users IS 'the users';
  COMMENT ON COLUMN app.users.email IS 'the e-mail';
  CREATE TABLE t (a int, b text)`;

export async function described(): Promise<Described> {
  const database = await open('memory:');
  const session = database.session();
  const rows = async (sql: string): Promise<(string | null)[][]> => {
    let last: (string | null)[][] = [];
    for await (const result of session.run(sql)) {
      const fields = result.fields ?? [];
      last = result.rows.map((row) => row.map((value, at) => (value === null ? null : session.textOfValue(fields[at].type.oid, value))));
    }
    return last;
  };
  await rows(SETUP);
  return {
    rows,
    async close() {
      await session.close();
      await database.close();
    },
  };
}
