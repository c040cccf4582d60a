import { SqlError } from '../base/sql-error.ts';

/**
 * An error as the driver expects it: HTTP 400 with PostgreSQL's fields for everything a SQL client can handle. What is not an
 * `SqlError` is a fault of ours: 500, without its words, since they might quote a secret.
 */
export function errorResponse(error: unknown, headers: Readonly<Record<string, string>>): Response {
  const known = error instanceof SqlError;
  const body = {
    message: known ? error.message : 'internal error',
    code: known ? error.code : 'XX000',
    detail: known ? (error.detail ?? null) : null,
    hint: known ? (error.hint ?? null) : null,
    position: known && error.position !== undefined ? String(error.position) : null,
    internalPosition: null,
    internalQuery: null,
    severity: 'ERROR',
    where: known ? (error.where ?? null) : null,
    table: known ? (error.table ?? null) : null,
    column: known ? (error.column ?? null) : null,
    schema: known ? (error.schema ?? null) : null,
    dataType: known ? (error.dataType ?? null) : null,
    constraint: known ? (error.constraint ?? null) : null,
    file: null,
    line: null,
    routine: null,
  };
  return new Response(JSON.stringify(body), { status: known ? 400 : 500, headers: { ...headers, 'content-type': 'application/json' } });
}
