import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { URL, URLSearchParams } from 'node:url';
import type { AddressInfo, Socket } from 'node:net';
import { S3Buckets, failure, type FakeRequest, type FakeResponse } from './s3-bucket.ts';

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

export interface S3ServerOptions {
  readonly port?: number | undefined;
  readonly buckets?: readonly string[] | undefined;
  /** A store that takes conditional headers and ignores them, as several do. */
  readonly ignoreConditions?: boolean | undefined;
}

export interface S3Server {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** What `openStore` takes for a prefix in the first bucket. */
  storeUrl(prefix: string): string;
  readonly buckets: S3Buckets;
  /** Every request received, whatever became of it. */
  readonly requests: FakeRequest[];
  /** Decides what goes wrong with a request; nothing when undefined. */
  fault: ((request: FakeRequest) => Fault | undefined) | undefined;
  close(): Promise<void>;
}

/** Starts the S3 fake on 127.0.0.1; port 0 takes any free one. */
export async function startS3Server(options: S3ServerOptions = {}): Promise<S3Server> {
  const names = options.buckets ?? ['velocidb'];
  const buckets = new S3Buckets(names);
  buckets.ignoreConditions = options.ignoreConditions ?? false;
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
      (request) => {
        fake.requests.push(request);
        serve(request, outgoing, fake, later);
      },
      () => incoming.destroy(),
    );
  });
  server.keepAliveTimeout = 60_000;
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const port = await listen(server, options.port ?? 0);
  const url = `http://127.0.0.1:${port}`;
  const fake: S3Server = {
    url,
    storeUrl: (prefix) => `s3://${names[0]}/${prefix}?endpoint=${encodeURIComponent(url)}&region=us-east-1&pathStyle=1`,
    buckets,
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

function serve(request: FakeRequest, outgoing: ServerResponse, fake: S3Server, later: (ms: number, run: () => void) => void): void {
  const fault = fake.fault?.(request);
  switch (fault?.kind) {
    case undefined:
      send(outgoing, fake.buckets.answer(request), request);
      return;
    case 'drop-before':
      outgoing.destroy();
      return;
    case 'drop-after':
      fake.buckets.answer(request);
      outgoing.destroy();
      return;
    case 'error-before':
      send(outgoing, failure(fault.status, fault.code, 'injected', request), request);
      return;
    case 'error-after':
      fake.buckets.answer(request);
      send(outgoing, failure(fault.status, fault.code, 'injected', request), request);
      return;
    case 'delay':
      later(fault.ms, () => send(outgoing, fake.buckets.answer(request), request));
      return;
    case 'late':
      later(fault.ms, () => fake.buckets.answer(request));
      outgoing.destroy();
      return;
    case 'ok-with-error':
      if (fault.applied) fake.buckets.answer(request);
      send(outgoing, { ...failure(200, fault.code, 'injected', request) }, request);
      return;
    case 'truncate':
      truncate(outgoing, fake.buckets.answer(request), fault.bytes);
      return;
    case 'flip':
      send(outgoing, flipped(fake.buckets.answer(request), fault.byte), request);
      return;
    case 'hang':
      fake.buckets.answer(request);
      return;
  }
}

function send(outgoing: ServerResponse, response: FakeResponse, request: FakeRequest): void {
  const bodyless = response.status === 204 || response.status === 304;
  const headers = {
    'x-amz-request-id': 'fake',
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

async function receive(incoming: IncomingMessage): Promise<FakeRequest> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Uint8Array);
  const url = new URL(incoming.url ?? '/', 'http://fake');
  const [, bucket = '', ...key] = url.pathname.split('/').map(decodeURIComponent);
  const headers: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(incoming.headers)) headers[name] = Array.isArray(value) ? value.join(',') : value;
  const raw = Buffer.concat(chunks);
  const body = headers['content-encoding']?.includes('aws-chunked') === true ? unchunked(raw) : raw;
  return { method: incoming.method ?? '', bucket, key: key.join('/'), query: new URLSearchParams(url.search), headers, body };
}

/** The payload of an aws-chunked body: `<hex size>[;extension]\r\n<bytes>\r\n`, ended by a chunk of size 0 and trailers. */
function unchunked(raw: Buffer): Uint8Array {
  const parts: Buffer[] = [];
  for (let at = 0; at < raw.length;) {
    const lineEnd = raw.indexOf('\r\n', at);
    const size = Number.parseInt(raw.toString('latin1', at, lineEnd), 16);
    if (!(size > 0)) break;
    parts.push(raw.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
  }
  return Buffer.concat(parts);
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}
