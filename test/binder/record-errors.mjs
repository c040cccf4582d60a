/** Records PostgreSQL's answers to errors.sql into errors.txt: `node test/binder/record-errors.mjs postgres://…` (an empty database). */
import { readFileSync, writeFileSync } from 'node:fs';
import pg from 'pg';

const here = (name) => new URL(`./${name}`, import.meta.url);
const client = new pg.Client(process.argv[2]);
await client.connect();
await client.query('drop schema public cascade; create schema public');
await client.query(readFileSync(here('schema.sql'), 'utf8'));
const lines = [];
for (const sql of readFileSync(here('errors.sql'), 'utf8')
  .split('\n')
  .filter((line) => line !== '')) {
  lines.push(sql);
  try {
    await client.query({ text: `PREPARE probe AS ${sql}` });
    await client.query('DEALLOCATE probe');
    lines.push('-- ok');
  } catch (error) {
    const { code, position, message, hint, detail } = error;
    lines.push(`-- ${code} ${position === undefined ? '-' : Number(position) - 'PREPARE probe AS '.length} ${message}`);
    if (detail !== undefined) lines.push(`--   detail: ${detail}`);
    if (hint !== undefined) lines.push(`--   hint: ${hint}`);
  }
  lines.push('');
}
await client.end();
writeFileSync(here('errors.txt'), lines.join('\n'));
