/** S3 through the AWS SDK: credentials from anywhere AWS keeps them, at the price of its size. */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { S3ClientConfig } from '@aws-sdk/client-s3';
import type { StoreTimeMs } from '../object-store.ts';
import { headersPastCaches, httpDateMs, loadPeer, plain, systemCodeOf } from './http.ts';
import { S3Failure, type S3Object, type S3Transport } from './s3-transport.ts';
import type { S3Location } from './s3-url.ts';

const CONNECT_TIMEOUT_MS = 5_000;
const SOCKETS_MAX = 256;

/** A transport through `@aws-sdk/client-s3`, an optional peer. The SDK's own retries are off. */
export async function sdkTransport(location: S3Location): Promise<S3Transport> {
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true'; // advice for developers, printed to users' terminals
  const sdk = await loadPeer('s3:', '@aws-sdk/client-s3', () => import('@aws-sdk/client-s3'));
  const client = new sdk.S3Client(clientConfig(location));
  const Bucket = location.bucket;

  /** Sends a command, and gives what it says and when. */
  const send = async <T>(command: Watchable, run: () => Promise<T>): Promise<{ readonly output: T; readonly dateMs: StoreTimeMs }> => {
    const date = dateOf(command);
    try {
      const output = await run();
      return { output, dateMs: date() };
    } catch (error) {
      throw new S3Failure(factsOf(error), date(), error);
    }
  };

  return {
    async get(Key, { range, ifNoneMatch }, signal) {
      const command = new sdk.GetObjectCommand({
        Bucket,
        Key,
        ...(range !== undefined && { Range: range }),
        ...(ifNoneMatch !== undefined && { IfNoneMatch: ifNoneMatch }),
      });
      const { output, dateMs } = await send(command, async () => {
        const answer = await client.send(command, { ...abortable(signal) });
        return { answer, bytes: plain((await answer.Body?.transformToByteArray()) ?? new Uint8Array(0)) };
      });
      return objectOf(output.answer, output.bytes, dateMs);
    },

    async head(Key, signal) {
      const command = new sdk.HeadObjectCommand({ Bucket, Key });
      const { output, dateMs } = await send(command, () => client.send(command, { ...abortable(signal) }));
      return objectOf(output, new Uint8Array(0), dateMs);
    },

    async put(Key, bytes, condition, signal) {
      const command = new sdk.PutObjectCommand({
        Bucket,
        Key,
        Body: bytes,
        ContentLength: bytes.length,
        ...('ifMatch' in condition ? { IfMatch: condition.ifMatch } : { IfNoneMatch: condition.ifNoneMatch }),
      });
      const { output, dateMs } = await send(command, () => client.send(command, { ...abortable(signal) }));
      return { etag: output.ETag, dateMs };
    },

    async delete(Key) {
      const command = new sdk.DeleteObjectCommand({ Bucket, Key });
      await send(command, () => client.send(command));
    },

    async list(Prefix, after, limit) {
      const input = { Bucket, Prefix, MaxKeys: limit };
      const command = new sdk.ListObjectsV2Command(after === undefined ? input : { ...input, StartAfter: after });
      const { output, dateMs } = await send(command, () => client.send(command));
      const objects = (output.Contents ?? []).map((object) => ({
        key: object.Key ?? '',
        size: object.Size ?? 0,
        modifiedMs: object.LastModified?.getTime(),
      }));
      return { objects, isTruncated: output.IsTruncated === true, dateMs };
    },

    close() {
      client.destroy();
    },
  };
}

interface Described {
  readonly ETag?: string | undefined;
  readonly ContentLength?: number | undefined;
  readonly ContentRange?: string | undefined;
  readonly LastModified?: Date | undefined;
}

function objectOf({ ETag, ContentLength, ContentRange, LastModified }: Described, bytes: Uint8Array, dateMs: StoreTimeMs): S3Object {
  return {
    bytes,
    etag: ETag,
    contentLength: ContentLength,
    contentRange: ContentRange,
    modifiedMs: LastModified?.getTime(),
    dateMs,
  };
}

interface Watchable {
  readonly middlewareStack: object;
}

interface WatchableStack {
  add(
    middleware: (next: (args: never) => Promise<{ response: unknown }>) => (args: never) => Promise<{ response: unknown }>,
    options: { step: 'deserialize'; priority: 'low'; name: string },
  ): void;
}

/**
 * Watches a command's answer for its Date header, which the SDK keeps to itself; also for answers that become errors. Sends reads past
 * caches: after the request was signed, since a proxy on the way may change that header.
 */
function dateOf(command: Watchable): () => StoreTimeMs {
  let dateMs: StoreTimeMs;
  (command.middlewareStack as WatchableStack).add(
    (next) => async (args) => {
      const { request } = args as { readonly request: { readonly method: string; readonly headers: Record<string, string> } };
      Object.assign(request.headers, headersPastCaches(request.method));
      const result = await next(args);
      const headers = (result.response as { headers?: Record<string, string> } | undefined)?.headers;
      dateMs = httpDateMs(headers?.['date']);
      return result;
    },
    { step: 'deserialize', priority: 'low', name: 'storeDate' },
  );
  return () => dateMs;
}

function factsOf(error: unknown): { code: string; systemCode: string; status: number; message: string } {
  if (!(error instanceof Error)) return { code: '', systemCode: '', status: 0, message: String(error) };
  const metadata: unknown = '$metadata' in error ? error.$metadata : undefined;
  const status: unknown =
    typeof metadata === 'object' && metadata !== null && 'httpStatusCode' in metadata ? metadata.httpStatusCode : undefined;
  return {
    code: error.name,
    systemCode: systemCodeOf(error),
    status: typeof status === 'number' ? status : 0,
    message: error.message,
  };
}

function abortable(signal: AbortSignal | undefined): { abortSignal?: globalThis.AbortSignal } {
  return signal === undefined ? {} : { abortSignal: signal as globalThis.AbortSignal };
}

function clientConfig(location: S3Location): S3ClientConfig {
  return {
    maxAttempts: 1,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: location.timeoutMs,
      throwOnRequestTimeout: true,
      httpAgent: { keepAlive: true, maxSockets: SOCKETS_MAX },
      httpsAgent: { keepAlive: true, maxSockets: SOCKETS_MAX },
    },
    ...(location.region !== undefined && { region: location.region }),
    ...(location.endpoint !== undefined && { endpoint: location.endpoint, forcePathStyle: location.pathStyle }),
    ...(location.endpoint !== undefined &&
      !hasCredentials() && { credentials: { accessKeyId: 'anonymous', secretAccessKey: 'anonymous' } }),
  };
}

/** Whether the SDK's own chain would find credentials without asking the network: emulators behind an endpoint take any. */
function hasCredentials(): boolean {
  const sources = [
    'AWS_ACCESS_KEY_ID',
    'AWS_PROFILE',
    'AWS_WEB_IDENTITY_TOKEN_FILE',
    'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
    'AWS_CONTAINER_CREDENTIALS_FULL_URI',
  ];
  if (sources.some((name) => (process.env[name] ?? '') !== '')) return true;
  return existsSync(process.env['AWS_SHARED_CREDENTIALS_FILE'] ?? join(homedir(), '.aws', 'credentials'));
}
