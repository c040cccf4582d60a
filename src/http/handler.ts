/**
 * The fetch handler: `(Request) → Promise<Response>`, mounted by Lambda, Workers, Node and Deno adapters alike. Holds no state of a
 * conversation between requests.
 */
import type { Runtime } from '../base/runtime.ts';
import { clientError } from '../session/client-error.ts';
import type { Session, SessionOptions } from '../session/session.ts';
import { authorize, type PasswordCheck } from './authorization.ts';
import { errorResponse } from './error-response.ts';
import { Metrics } from './metrics.ts';
import { parseSqlRequest } from './sql-request.ts';
import { runSqlRequest } from './sql-response.ts';

export interface HandlerOptions {
  readonly runtime: Runtime;
  /** A fresh session; the handler closes it. Opening the database may wait for the bucket. */
  readonly session: (options: SessionOptions) => Promise<Session>;
  /** Absent: whoever reaches the handler is let in. */
  readonly password?: PasswordCheck | undefined;
  /** Bytes of a request's body and of a response's; more is 54000. */
  readonly bodyBytesMax?: number | undefined;
  /** Extra lines for /metrics, in Prometheus' text format. */
  readonly metrics?: (() => string) | undefined;
  /** Milliseconds of a statement before 57014, unless the session's settings say otherwise. */
  readonly statementTimeoutMs?: number | undefined;
  /** Told of failures of ours, whose words the client never sees. */
  readonly onInternalError?: ((error: unknown) => void) | undefined;
}

export type Handler = (request: Request) => Promise<Response>;

const BODY_BYTES_MAX = 64 * 1024 * 1024;

const CORS: Readonly<Record<string, string>> = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': '*',
};

const PREFLIGHT: Readonly<Record<string, string>> = {
  ...CORS,
  'access-control-allow-methods': 'POST, GET, OPTIONS',
  'access-control-allow-headers':
    'authorization, content-type, neon-connection-string, neon-raw-text-output, neon-array-mode, neon-pool-opt-in, neon-batch-isolation-level, neon-batch-read-only, neon-batch-deferrable',
  'access-control-max-age': '86400',
};

export function createHandler(options: HandlerOptions): Handler {
  const metrics = new Metrics(options.runtime.clock);
  const bodyBytesMax = options.bodyBytesMax ?? BODY_BYTES_MAX;

  return async (request) => {
    const { pathname } = new URL(request.url);
    if (request.method === 'OPTIONS') return new Response(null, { status: 204, headers: { ...PREFLIGHT } });
    if (pathname === '/v1/health' && request.method === 'GET') return json(200, { status: 'ok' });
    if (pathname === '/metrics' && request.method === 'GET') {
      return new Response(metrics.text() + (options.metrics?.() ?? ''), {
        status: 200,
        headers: { 'content-type': 'text/plain; version=0.0.4' },
      });
    }
    if (pathname !== '/sql') return json(404, { message: `no such path: ${pathname}` });
    if (request.method !== 'POST') return json(405, { message: 'use POST' });
    return metrics.measure(() => sql(request));
  };

  async function sql(request: Request): Promise<Response> {
    let session: Session | undefined;
    const stop = () => session?.cancel();
    try {
      const identity = await authorize(request.headers, options.password);
      const wanted = await parseSqlRequest(request, bodyBytesMax);
      const settings =
        options.statementTimeoutMs === undefined
          ? identity.settings
          : { statement_timeout: String(options.statementTimeoutMs), ...identity.settings };
      session = await options.session({ user: identity.user, database: identity.database, settings });
      request.signal.addEventListener('abort', stop, { once: true });
      const { body, headers } = await runSqlRequest(session, wanted, bodyBytesMax);
      return new Response(body, { status: 200, headers: { ...CORS, ...headers, 'content-type': 'application/json' } });
    } catch (error) {
      metrics.failed();
      if (clientError(error) === undefined) options.onInternalError?.(error);
      return errorResponse(error, CORS);
    } finally {
      request.signal.removeEventListener('abort', stop);
      await session?.close();
    }
  }
}

function json(status: number, body: unknown): Response {
  return new Response(JSON.stringify(body), { status, headers: { ...CORS, 'content-type': 'application/json' } });
}
