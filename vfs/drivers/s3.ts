import type { Runtime } from '../../src/base/runtime.ts';
import type { ObjectStore } from '../object-store.ts';
import { RetryingStore } from '../wrappers/retrying.ts';
import { S3Store } from './s3-store.ts';
import { parseS3Url, type S3TransportKind } from './s3-url.ts';

/**
 * The store an `s3:` URL names, reads retried (`vfs/wrappers/retrying.ts`). What speaks to it is the URL's `transport`, else `preferred`:
 * `sdk` loads `@aws-sdk/client-s3`, `http` loads `aws4`, both optional peers; SQLSTATE 0A000 says how to get what is not installed.
 */
export async function openS3Store(url: string, runtime: Runtime, preferred: S3TransportKind): Promise<ObjectStore> {
  const location = parseS3Url(url);
  const transport =
    (location.transport ?? preferred) === 'sdk'
      ? await (await import('./s3-sdk.ts')).sdkTransport(location)
      : await (await import('./s3-http.ts')).httpTransport(location);
  return new RetryingStore(new S3Store(transport, location.prefix), runtime);
}
