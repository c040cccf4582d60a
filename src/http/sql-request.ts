/** The body and headers of `POST /sql`, parsed once. */
import { SqlError } from '../base/sql-error.ts';
import type { Isolation } from '../transaction/transaction.ts';
import { parameterText } from './parameter-text.ts';

export interface SqlQuery {
  readonly query: string;
  /** In PostgreSQL's text format; null is NULL. */
  readonly parameters: readonly (string | null)[];
  readonly arrayMode: boolean;
}

export interface SqlRequest {
  readonly queries: readonly SqlQuery[];
  /** Whether the body was a batch, run as one transaction and answered as `{results}`. */
  readonly batch: boolean;
  readonly rawText: boolean;
  readonly isolation: Isolation | undefined;
  readonly readOnly: boolean;
  /** Batch headers to be echoed. */
  readonly echo: Readonly<Record<string, string>>;
}

const ISOLATIONS: Readonly<Record<string, Isolation>> = {
  ReadUncommitted: 'read committed',
  ReadCommitted: 'read committed',
  RepeatableRead: 'repeatable read',
  Serializable: 'serializable',
};

const QUERIES_MAX = 10_000;

/** SQLSTATE 54000 for a body too large, 08P01 for one that is not what the driver sends. */
export async function parseSqlRequest(request: Request, bodyBytesMax: number): Promise<SqlRequest> {
  const body = parseBody(await bodyText(request, bodyBytesMax));
  const arrayMode = request.headers.get('neon-array-mode') === 'true';
  const batch = Array.isArray(body) || ('queries' in body && Array.isArray(body.queries));
  const items: readonly unknown[] = Array.isArray(body) ? body : 'queries' in body && Array.isArray(body.queries) ? body.queries : [body];
  if (items.length > QUERIES_MAX) throw new SqlError('program_limit_exceeded', `a batch holds at most ${QUERIES_MAX} queries`);
  return {
    queries: items.map((item) => queryOf(item, arrayMode)),
    batch,
    rawText: request.headers.get('neon-raw-text-output') === 'true',
    isolation: batch ? isolationOf(request.headers) : undefined,
    readOnly: batch && request.headers.get('neon-batch-read-only') === 'true',
    echo: batch ? echoed(request.headers) : {},
  };
}

const decoder = new TextDecoder('utf-8', { fatal: true });

async function bodyText(request: Request, bytesMax: number): Promise<string> {
  const bytes = await request.arrayBuffer();
  if (bytes.byteLength > bytesMax) throw new SqlError('program_limit_exceeded', `request is too large (max is ${bytesMax} bytes)`);
  try {
    return decoder.decode(bytes);
  } catch {
    throw new SqlError('character_not_in_repertoire', 'invalid byte sequence for encoding "UTF8"');
  }
}

function parseBody(text: string): object {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === 'object' && body !== null) return body;
  } catch {
    // said below
  }
  throw new SqlError('protocol_violation', 'the request body is not a JSON object');
}

function queryOf(item: unknown, arrayMode: boolean): SqlQuery {
  if (typeof item !== 'object' || item === null || !('query' in item) || typeof item.query !== 'string') {
    throw new SqlError('protocol_violation', 'a query is an object {"query": text, "params": [...]}');
  }
  const given: unknown = 'params' in item ? item.params : [];
  if (given !== undefined && given !== null && !Array.isArray(given)) throw new SqlError('protocol_violation', '"params" is an array');
  checkText(item.query);
  const parameters = (Array.isArray(given) ? given : []).map(parameterText);
  for (const text of parameters) if (text !== null) checkText(text);
  const own = 'arrayMode' in item && typeof item.arrayMode === 'boolean' ? item.arrayMode : arrayMode;
  return { query: item.query, parameters, arrayMode: own };
}

/** JSON can spell what PostgreSQL's text cannot hold: the character zero, and halves of surrogate pairs. */
function checkText(text: string): void {
  if (text.includes('\0')) throw new SqlError('character_not_in_repertoire', 'invalid byte sequence for encoding "UTF8": 0x00');
  if (/\p{Surrogate}/u.test(text)) throw new SqlError('character_not_in_repertoire', 'invalid byte sequence for encoding "UTF8"');
}

function isolationOf(headers: Headers): Isolation | undefined {
  const text = headers.get('neon-batch-isolation-level');
  if (text === null) return undefined;
  const isolation = ISOLATIONS[text];
  if (isolation === undefined) throw new SqlError('invalid_parameter_value', 'invalid isolation level');
  return isolation;
}

function echoed(headers: Headers): Record<string, string> {
  const echo: Record<string, string> = {};
  for (const name of ['neon-batch-isolation-level', 'neon-batch-read-only', 'neon-batch-deferrable']) {
    const value = headers.get(name);
    if (value !== null) echo[name] = value;
  }
  return echo;
}
