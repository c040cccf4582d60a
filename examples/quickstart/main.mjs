// A guest book in a bucket: node main.mjs URL [NAME TEXT]
import { open } from 'velocidb';

const [url = 'file:./guests', name, text] = process.argv.slice(2);
const db = await open(url);

try {
  await db.query('CREATE TABLE IF NOT EXISTS guests (name text PRIMARY KEY, visits int NOT NULL)');
  await db.query(`
    CREATE TABLE IF NOT EXISTS entries (
      id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      name text NOT NULL REFERENCES guests,
      text text NOT NULL CHECK (text <> ''),
      written_at timestamptz NOT NULL DEFAULT now()
    )`);
  if (name !== undefined && text !== undefined) await sign(name, text);
  await show();
} catch (error) {
  console.error(`${error.code}: ${error.message}`); // an SqlError has PostgreSQL's SQLSTATE
  process.exitCode = 1;
} finally {
  await db.close();
}

/** Two tables, one transaction: strictly serializable, and run again by itself when another process gets in between. */
async function sign(name, text) {
  await db.transaction(async (tx) => {
    await tx.sql`
      INSERT INTO guests (name, visits) VALUES (${name}, 1)
      ON CONFLICT (name) DO UPDATE SET visits = guests.visits + 1`;
    await tx.sql`INSERT INTO entries (name, text) VALUES (${name}, ${text})`;
  });
}

/** The newest entries, row by row. */
async function show() {
  const newest = db.iterate(
    `SELECT e.name, e.text, g.visits FROM entries e JOIN guests g USING (name) ORDER BY e.written_at DESC, e.id DESC LIMIT $1`,
    [10],
  );
  for await (const { name, text, visits } of newest) console.log(`${name} (${visits}): ${text}`);
}
