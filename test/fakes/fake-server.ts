/** An HTTP server that stands in for a cloud's, and the things that go wrong with requests to it. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { URL, type URLSearchParams } from 'node:url';

export interface HttpRequest {
  readonly method: string;
  /** As it was sent: encoded, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
}

export interface FakeResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** What goes wrong with one request. "Before" and "after" are before and after it took effect in the bucket. */
export type Fault =
  | { readonly kind: 'drop-before' }
  | { readonly kind: 'drop-after' }
  | { readonly kind: 'error-before'; readonly status: number; readonly code: string }
  | { readonly kind: 'error-after'; readonly status: number; readonly code: string }
  /** Takes effect and is answered only after a while. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** The connection drops at once, the request takes effect later. */
  | { readonly kind: 'late'; readonly ms: number }
  /** Status 200 with an error in the body. */
  | { readonly kind: 'ok-with-error'; readonly code: string; readonly applied: boolean }
  /** The body ends after so many bytes, the connection with it. */
  | { readonly kind: 'truncate'; readonly bytes: number }
  /** One bit of the body at this byte is wrong. */
  | { readonly kind: 'flip'; readonly byte: number }
  /** Takes effect, is never answered. */
  | { readonly kind: 'hang' };

/** A provider's protocol. Each request takes effect when it is answered. */
export interface Protocol<R extends HttpRequest> {
  requestOf(request: HttpRequest): R;
  answer(request: R): FakeResponse;
  /** An error as the provider words it. */
  failure(status: number, code: string, request: R): FakeResponse;
}

export interface FakeServer<R extends HttpRequest> {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** Every request received, whatever became of it. */
  readonly requests: R[];
  /** Decides what goes wrong with a request; nothing when undefined. */
  fault: ((request: R) => Fault | undefined) | undefined;
  close(): Promise<void>;
}

/** Starts a server of `protocol` on 127.0.0.1; port 0 takes any free one. */
export async function startFakeServer<R extends HttpRequest>(protocol: Protocol<R>, port = 0): Promise<FakeServer<R>> {
  const sockets = new Set<Socket>();
  const timers = new Set<NodeJS.Timeout>();
  const later = (ms: number, run: () => void) => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      run();
    }, ms);
    timers.add(timer);
  };
  const server = createServer((incoming, outgoing) => {
    receive(incoming).then(
      (received) => {
        const request = protocol.requestOf(received);
        fake.requests.push(request);
        serve(protocol, request, outgoing, fake.fault?.(request), later);
      },
      () => incoming.destroy(),
    );
  });
  server.keepAliveTimeout = 60_000;
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const taken = await listen(server, port);
  const fake: FakeServer<R> = {
    url: `http://127.0.0.1:${taken}`,
    requests: [],
    fault: undefined,
    async close() {
      for (const timer of timers) clearTimeout(timer);
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return fake;
}

function serve<R extends HttpRequest>(
  protocol: Protocol<R>,
  request: R,
  outgoing: ServerResponse,
  fault: Fault | undefined,
  later: (ms: number, run: () => void) => void,
): void {
  switch (fault?.kind) {
    case undefined:
      send(outgoing, protocol.answer(request), request);
      return;
    case 'drop-before':
      outgoing.destroy();
      return;
    case 'drop-after':
      protocol.answer(request);
      outgoing.destroy();
      return;
    case 'error-before':
      send(outgoing, protocol.failure(fault.status, fault.code, request), request);
      return;
    case 'error-after':
      protocol.answer(request);
      send(outgoing, protocol.failure(fault.status, fault.code, request), request);
      return;
    case 'delay':
      later(fault.ms, () => send(outgoing, protocol.answer(request), request));
      return;
    case 'late':
      later(fault.ms, () => protocol.answer(request));
      outgoing.destroy();
      return;
    case 'ok-with-error':
      if (fault.applied) protocol.answer(request);
      send(outgoing, protocol.failure(200, fault.code, request), request);
      return;
    case 'truncate':
      truncate(outgoing, protocol.answer(request), fault.bytes);
      return;
    case 'flip':
      send(outgoing, flipped(protocol.answer(request), fault.byte), request);
      return;
    case 'hang':
      protocol.answer(request);
      return;
  }
}

function send(outgoing: ServerResponse, response: FakeResponse, request: HttpRequest): void {
  const bodyless = response.status === 204 || response.status === 304;
  const headers = {
    ...response.headers,
    ...(bodyless ? {} : { 'content-length': String(response.body.length) }),
  };
  outgoing.writeHead(response.status, headers);
  outgoing.end(bodyless || request.method === 'HEAD' ? undefined : response.body);
}

function truncate(outgoing: ServerResponse, response: FakeResponse, bytes: number): void {
  outgoing.writeHead(response.status, { ...response.headers, 'content-length': String(response.body.length) });
  outgoing.write(response.body.subarray(0, bytes), () => setTimeout(() => outgoing.destroy(), 5));
}

function flipped(response: FakeResponse, byte: number): FakeResponse {
  const body = Uint8Array.from(response.body);
  if (body.length > 0) body[byte % body.length] ^= 1;
  return { ...response, body };
}

async function receive(incoming: IncomingMessage): Promise<HttpRequest> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Uint8Array);
  const url = new URL(incoming.url ?? '/', 'http://fake');
  const headers: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(incoming.headers)) headers[name] = Array.isArray(value) ? value.join(',') : value;
  return { method: incoming.method ?? '', path: url.pathname, query: url.searchParams, headers, body: Buffer.concat(chunks) };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}
