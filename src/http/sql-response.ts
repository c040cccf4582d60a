/** Runs the queries of one request and writes the answer as Neon's proxy does. */
import { SqlError } from '../base/sql-error.ts';
import type { Session, StatementResult } from '../session/session.ts';
import { OID, type Oid } from '../types/oid.ts';
import { typeDefinition } from '../types/types.ts';
import type { Value } from '../types/value.ts';
import { jsonValue } from './json-value.ts';
import type { SqlQuery, SqlRequest } from './sql-request.ts';

export async function runSqlRequest(
  session: Session,
  request: SqlRequest,
  bodyBytesMax: number,
): Promise<{ readonly body: string; readonly headers: Record<string, string> }> {
  const results = request.batch ? await runBatch(session, request) : [await runOne(session, request.queries[0])];
  const answers = results.map((result, at) => answerOf(session, result, request.queries[at].arrayMode, request.rawText));
  const body = JSON.stringify(request.batch ? { results: answers } : answers[0]);
  if (body.length > bodyBytesMax) throw new SqlError('program_limit_exceeded', `response is too large (max is ${bodyBytesMax} bytes)`);
  return { body, headers: { ...request.echo, 'velocidb-bookmark': String(session.bookmark) } };
}

/** All or nothing, as one transaction; run again when another one got in between, since no result has been sent. */
async function runBatch(session: Session, request: SqlRequest): Promise<StatementResult[]> {
  return session.transaction({ isolation: request.isolation, readOnly: request.readOnly }, async () => {
    const results: StatementResult[] = [];
    for (const query of request.queries) results.push(await runOne(session, query));
    return results;
  });
}

async function runOne(session: Session, { query, parameters }: SqlQuery): Promise<StatementResult> {
  const prepared = parameters.length === 0 ? undefined : await session.prepare(query);
  const values = parameters.map((text, at) => valueOf(session, prepared?.parameterTypes[at], text));
  return session.query(query, values, prepared?.parameterTypes ?? []);
}

function valueOf(session: Session, type: Oid | undefined, text: string | null): Value {
  return text === null ? null : session.valueOfText(type ?? OID.text, text);
}

function answerOf(session: Session, result: StatementResult, arrayMode: boolean, rawText: boolean): object {
  const fields = result.fields ?? [];
  const cell = (value: Value, at: number): unknown => {
    if (value === null) return null;
    const text = session.textOfValue(fields[at].type.oid, value);
    return rawText ? text : jsonValue(fields[at].type.oid, value, text);
  };
  return {
    fields: fields.map((field) => ({
      name: field.name,
      dataTypeID: field.type.oid,
      tableID: field.table,
      columnID: field.attribute,
      dataTypeSize: typeDefinition(field.type.oid).length,
      dataTypeModifier: field.type.modifier,
      format: 'text',
    })),
    rows: arrayMode
      ? result.rows.map((row) => row.map(cell))
      : result.rows.map((row) => Object.fromEntries(row.map((value, at) => [fields[at].name, cell(value, at)]))),
    command: result.tag.split(' ')[0],
    rowCount: result.rowCount ?? null,
    rowAsArray: arrayMode,
  };
}
