import { startFakeServer, type FakeServer, type HttpRequest } from './fake-server.ts';
import { GcsBucket, gcsFailure } from './gcs-bucket.ts';

export interface GcsServer extends FakeServer<HttpRequest> {
  readonly bucket: GcsBucket;
  /** What `openStore` takes for a prefix in its bucket. */
  storeUrl(prefix: string): string;
}

/** Starts the GCS fake on a free port of 127.0.0.1. */
export async function startGcsServer(): Promise<GcsServer> {
  const bucket = new GcsBucket('velocidb');
  const server = await startFakeServer<HttpRequest>({
    requestOf: (request) => request,
    answer: (request) => bucket.answer(request),
    failure: (status, reason) => gcsFailure(status, reason, 'injected'),
  });
  return Object.assign(server, {
    bucket,
    storeUrl: (prefix: string) => `gs://${bucket.name}/${prefix}?endpoint=${encodeURIComponent(server.url)}`,
  });
}
