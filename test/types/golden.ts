import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, DatabaseError } from 'pg';

/** An expression, the settings it is evaluated under, and PostgreSQL's answer. */
export interface GoldenCase {
  readonly expression: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly expected: string;
}

/**
 * The cases of `golden/<name>.txt`: a line with an expression, then its answer behind `→`. `set name = value` lines hold for
 * what follows. Line breaks within an expression or answer are written `\n`.
 */
export async function goldenCases(name: string): Promise<GoldenCase[]> {
  const path = join(import.meta.dirname, 'golden', `${name}.txt`);
  if (process.env['RECORD'] !== undefined) await record(path);
  const cases: GoldenCase[] = [];
  let settings: Record<string, string> = {};
  const lines = readFileSync(path, 'utf8').split('\n');
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at];
    const setting = /^set ([a-z]+) = (.*)$/.exec(line);
    if (setting !== null) settings = { ...settings, [setting[1]]: setting[2] };
    if (line === '' || line.startsWith('#') || line.startsWith('  →') || setting !== null) continue;
    const answer = lines[at + 1] ?? '';
    cases.push({
      expression: unescape(line),
      settings,
      expected: answer.startsWith('  → ') ? unescape(answer.slice(4)) : '(not recorded)',
    });
  }
  return cases;
}

function unescape(text: string): string {
  return text.replaceAll('\\n', '\n');
}

async function record(path: string): Promise<void> {
  const client = new Client({
    connectionString: process.env['VELOCIDB_ORACLE'],
    types: { getTypeParser: () => (value: unknown) => value },
  });
  await client.connect();
  await client.query("set timezone = 'America/New_York'");
  const output: string[] = [];
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    if (line.startsWith('  →')) continue;
    output.push(line);
    const setting = /^set ([a-z]+) = (.*)$/.exec(line);
    if (setting !== null) await client.query(`set ${setting[1]} = '${setting[2]}'`);
    else if (line !== '' && !line.startsWith('#')) output.push(`  → ${(await ask(client, unescape(line))).replaceAll('\n', '\\n')}`);
  }
  await client.end();
  writeFileSync(path, output.join('\n'));
}

async function ask(client: Client, expression: string): Promise<string> {
  try {
    const result = await client.query({ text: `select pg_typeof(x), x::text from (select ${expression} as x) as t`, rowMode: 'array' });
    const type = String(result.rows[0][0]);
    const { rows } = await client.query({ text: `select ${expression}`, rowMode: 'array' });
    return `${type}: ${rows[0][0] === null ? 'null' : String(rows[0][0])}`;
  } catch (error) {
    if (error instanceof DatabaseError) return `! ${error.code} ${error.message}${error.detail === undefined ? '' : ` -- ${error.detail}`}`;
    throw error;
  }
}
