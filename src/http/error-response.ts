import { clientError } from '../session/client-error.ts';

/**
 * An error as the driver expects it: HTTP 400 with PostgreSQL's fields for everything a SQL client can handle. What is no client's
 * business is 500, without its words, since they might quote a secret.
 */
export function errorResponse(error: unknown, headers: Readonly<Record<string, string>>): Response {
  const known = clientError(error);
  const body = {
    message: known?.message ?? 'internal error',
    code: known?.code ?? 'XX000',
    detail: known?.detail ?? null,
    hint: known?.hint ?? null,
    position: known?.position === undefined ? null : String(known.position),
    internalPosition: null,
    internalQuery: null,
    severity: 'ERROR',
    where: known?.where ?? null,
    table: known?.table ?? null,
    column: known?.column ?? null,
    schema: known?.schema ?? null,
    dataType: known?.dataType ?? null,
    constraint: known?.constraint ?? null,
    file: null,
    line: null,
    routine: null,
  };
  return new Response(JSON.stringify(body), {
    status: known === undefined ? 500 : 400,
    headers: { ...headers, 'content-type': 'application/json' },
  });
}
