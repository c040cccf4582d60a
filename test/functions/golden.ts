import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';

/** One call of a golden file: the line as written, what is called, and the answer of PostgreSQL. */
export interface GoldenCase {
  readonly line: string;
  readonly kind: 'scalar' | 'aggregate' | 'set';
  readonly name: string;
  readonly args: readonly { readonly text: string | null; readonly type: string }[];
  /** Of an ordered-set aggregate. */
  readonly direct: readonly { readonly text: string | null; readonly type: string }[];
  /** `type: text`, `null`, or `! SQLSTATE message`. */
  readonly expected: string;
}

const CALL = /^(?:(agg|set) )?([a-z_0-9]+)\((.*?)\)(?: within \((.*)\))?$/s;
const ARGUMENT = /\s*(?:'((?:[^']|'')*)'|(null))::([a-z_0-9]+(?:\[\])?)\s*(?:,|$)/gsy;

/**
 * The cases of `golden/<name>.txt`. A case is a line with a call and a line with its answer behind `→`. Arguments are
 * literals with their types. `agg` calls an aggregate over arrays of its arguments; `within (…)` gives the values of an
 * ordered-set aggregate; `set` calls a set-returning function and answers with an array of rows.
 */
export async function goldenCases(name: string): Promise<GoldenCase[]> {
  const path = join(import.meta.dirname, 'golden', `${name}.txt`);
  if (process.env['RECORD'] !== undefined) await record(path);
  const lines = readFileSync(path, 'utf8').split('\n');
  const cases: GoldenCase[] = [];
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at];
    if (line === '' || line.startsWith('#') || line.startsWith('  →')) continue;
    const answer = lines[at + 1] ?? '';
    cases.push({ ...parse(line), expected: answer.startsWith('  → ') ? unescape(answer.slice(4)) : '(not recorded)' });
  }
  return cases;
}

function parse(line: string): Omit<GoldenCase, 'expected'> {
  const call = CALL.exec(unescape(line));
  if (call === null) throw new Error(`not a call: ${line}`);
  const kind = call[1] === 'agg' ? 'aggregate' : call[1] === 'set' ? 'set' : 'scalar';
  const inner = parseArguments(call[3], line);
  return call[4] === undefined
    ? { line, kind, name: call[2], args: inner, direct: [] }
    : { line, kind, name: call[2], args: parseArguments(call[4], line), direct: inner };
}

function parseArguments(text: string, line: string): { text: string | null; type: string }[] {
  const found = Array.from(text.matchAll(ARGUMENT), (match) => ({
    text: match[2] === undefined ? (match[1] ?? '').replaceAll("''", "'") : null,
    type: match[3],
  }));
  const written = (text.match(/::/g) ?? []).length;
  if (written > 0 && found.length === 0) throw new Error(`arguments are literals with a type: ${line}`);
  return found;
}

function unescape(text: string): string {
  return text.replaceAll('\\n', '\n');
}

async function record(path: string): Promise<void> {
  const client = new Client({ connectionString: process.env['VELOCIDB_ORACLE'] });
  await client.connect();
  await client.query("set timezone = 'UTC'");
  const output: string[] = [];
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    if (line.startsWith('  →')) continue;
    output.push(line);
    if (line !== '' && !line.startsWith('#')) output.push(`  → ${(await ask(client, parse(line))).replaceAll('\n', '\\n')}`);
  }
  await client.end();
  writeFileSync(path, output.join('\n'));
}

async function ask(client: Client, wanted: Omit<GoldenCase, 'expected'>): Promise<string> {
  try {
    const { rows } = await client.query<{ type: string | null; value: string | null }>(query(wanted));
    const row = rows[0];
    return row.value === null || row.value === undefined ? 'null' : `${row.type}: ${row.value}`;
  } catch (error) {
    if (error instanceof Error && 'code' in error) return `! ${String(error.code)} ${error.message}`;
    throw error;
  }
}

function query(wanted: Omit<GoldenCase, 'expected'>): string {
  const literal = (arg: GoldenCase['args'][number]): string =>
    `${arg.text === null ? 'null' : `'${arg.text.replaceAll("'", "''")}'`}::${arg.type}`;
  const args = wanted.args.map(literal);
  switch (wanted.kind) {
    case 'scalar':
      return `select pg_typeof(v)::text as type, v::text as value from (select pg_catalog.${wanted.name}(${args.join(', ')}) as v offset 0) s`;
    case 'set':
      return `select (select pg_typeof(s)::text from ${wanted.name}(${args.join(', ')}) s limit 1) as type, array_agg(s::text)::text as value from ${wanted.name}(${args.join(', ')}) s`;
    case 'aggregate': {
      const names = args.map((_, at) => `c${at}`);
      const source = args.length === 0 ? '(values (1), (2)) t(c0)' : `unnest(${args.join(', ')}) t(${names.join(', ')})`;
      const call = wanted.line.includes(' within ')
        ? `${wanted.name}(${wanted.direct.map(literal).join(', ')}) within group (order by ${names.join(', ')})`
        : `${wanted.name}(${args.length === 0 ? '*' : names.join(', ')})`;
      return `select pg_typeof(v)::text as type, v::text as value from (select ${call} as v from ${source} offset 0) s`;
    }
  }
}
