/**
 * Mounts a fetch handler on node:http.
 *
 * A handler that asks for no password is open to whatever runs on this machine, and that includes scripts of web pages in a browser.
 * So without a password a request must name a loopback host (a page's own name, pointed here by its DNS, does not) and must not come
 * from a page of another origin.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { SqlError } from '../base/sql-error.ts';
import { errorResponse } from '../http/error-response.ts';
import type { Handler } from '../http/handler.ts';
import { isLoopback } from './bind-address.ts';
import { listen } from './listen.ts';

export interface HttpServerOptions {
  readonly handler: Handler;
  readonly host: string;
  readonly port: number;
  /** Whether the handler asks for a password; see above. */
  readonly guarded: boolean;
  readonly bodyBytesMax: number;
  /** A failure of ours while answering; the client was told "internal error". */
  readonly onInternalError: (error: unknown) => void;
}

export class HttpServer {
  readonly port: number;
  readonly #server: Server;
  readonly #work: Work;

  private constructor(server: Server, port: number, work: Work) {
    this.#server = server;
    this.port = port;
    this.#work = work;
  }

  static async start(options: HttpServerOptions): Promise<HttpServer> {
    const work: Work = { running: new Set(), draining: false };
    const server = createServer((request, response) => {
      void answer(options, request, response, work).catch((error: unknown) => {
        options.onInternalError(error);
        response.destroy();
      });
    });
    return new HttpServer(server, await listen(server, options.host, options.port), work);
  }

  /** Accepts nothing more; waits `drainMs` for what runs, then cancels it. */
  async close(drainMs: number): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#work.draining = true;
    this.#server.close();
    this.#server.closeIdleConnections();
    const timer = setTimeout(() => {
      for (const controller of this.#work.running) controller.abort();
      setTimeout(() => this.#server.closeAllConnections(), CANCEL_GRACE_MS).unref();
    }, drainMs);
    await closed;
    clearTimeout(timer);
  }
}

interface Work {
  readonly running: Set<AbortController>;
  /** From now on an answer ends its connection. */
  draining: boolean;
}

/** How long a canceled statement may take to say so before its connection is cut. */
const CANCEL_GRACE_MS = 1000;

async function answer(options: HttpServerOptions, request: IncomingMessage, response: ServerResponse, work: Work): Promise<void> {
  const controller = new AbortController();
  work.running.add(controller);
  response.once('close', () => {
    if (!response.writableFinished) controller.abort();
  });
  try {
    const answered = await responseTo(options, request, controller.signal);
    if (work.draining) response.setHeader('connection', 'close');
    await send(response, answered);
  } finally {
    work.running.delete(controller);
  }
}

async function responseTo(options: HttpServerOptions, request: IncomingMessage, signal: AbortSignal): Promise<Response> {
  if (!options.guarded && !isFromThisMachine(request)) {
    return Response.json({ message: 'without a password this server answers only to programs and pages of this machine' }, { status: 403 });
  }
  const body = await bodyOf(request, options.bodyBytesMax);
  if (body === undefined) {
    return errorResponse(new SqlError('program_limit_exceeded', `request is too large (max is ${options.bodyBytesMax} bytes)`), {
      connection: 'close',
    });
  }
  const method = request.method ?? 'GET';
  const bodyless = method === 'GET' || method === 'HEAD';
  const url = URL.canParse(request.url ?? '/', 'http://localhost')
    ? new URL(request.url ?? '/', 'http://localhost')
    : new URL('http://localhost/');
  return options.handler(new Request(url, { method, headers: headersOf(request), signal, ...(bodyless ? {} : { body }) }));
}

function isFromThisMachine(request: IncomingMessage): boolean {
  const { host, origin } = request.headers;
  if (host !== undefined && !isLoopback(nameOf(`http://${host}`))) return false;
  return origin === undefined || isLoopback(nameOf(origin));
}

function nameOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : '';
}

/** The whole body; undefined as soon as it is known to exceed `bytesMax`. */
async function bodyOf(request: IncomingMessage, bytesMax: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const declared = Number(request.headers['content-length'] ?? 0);
  if (declared > bytesMax) return undefined;
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > bytesMax) return undefined;
    chunks.push(chunk);
  }
  const body = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.length;
  }
  return body;
}

function headersOf(request: IncomingMessage): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    for (const one of Array.isArray(value) ? value : [value ?? '']) headers.append(name, one);
  }
  return headers;
}

async function send(response: ServerResponse, answered: Response): Promise<void> {
  response.writeHead(answered.status, Object.fromEntries(answered.headers));
  if (answered.body === null) {
    response.end();
    return;
  }
  const body = Buffer.from(await answered.arrayBuffer());
  response.end(body);
}
