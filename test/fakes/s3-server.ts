import { S3Buckets, failure, type FakeRequest } from './s3-bucket.ts';
import { startFakeServer, type FakeServer, type HttpRequest } from './fake-server.ts';
import { signatureFailure, type SigningKey } from './s3-signature.ts';

export interface S3ServerOptions {
  readonly port?: number | undefined;
  readonly buckets?: readonly string[] | undefined;
  /** A store that takes conditional headers and ignores them, as several do. */
  readonly ignoreConditions?: boolean | undefined;
  /** Whose signature requests must bear; none is looked at when not given. */
  readonly key?: SigningKey | undefined;
}

export interface S3Server extends FakeServer<FakeRequest> {
  /** What `openStore` takes for a prefix in the first bucket. */
  storeUrl(prefix: string): string;
  readonly buckets: S3Buckets;
}

/** Starts the S3 fake on 127.0.0.1; port 0 takes any free one. */
export async function startS3Server(options: S3ServerOptions = {}): Promise<S3Server> {
  const names = options.buckets ?? ['velocidb'];
  const buckets = new S3Buckets(names);
  buckets.ignoreConditions = options.ignoreConditions ?? false;
  const server = await startFakeServer<FakeRequest>(
    {
      requestOf,
      answer(request) {
        const wrong = options.key === undefined ? undefined : signatureFailure(request, options.key);
        return wrong === undefined ? buckets.answer(request) : failure(403, 'SignatureDoesNotMatch', wrong, request);
      },
      failure: (status, code, request) => failure(status, code, 'injected', request),
    },
    options.port,
  );
  return Object.assign(server, {
    buckets,
    storeUrl: (prefix: string) => `s3://${names[0]}/${prefix}?endpoint=${encodeURIComponent(server.url)}&region=us-east-1&pathStyle=1`,
  });
}

function requestOf(request: HttpRequest): FakeRequest {
  const [, bucket = '', ...key] = request.path.split('/').map(decodeURIComponent);
  const body = request.headers['content-encoding']?.includes('aws-chunked') === true ? unchunked(Buffer.from(request.body)) : request.body;
  return { ...request, bucket, key: key.join('/'), body };
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
