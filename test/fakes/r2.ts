/** R2 as workerd plays it, through miniflare, in this process's memory. */
import { Miniflare } from 'miniflare';
import type { R2Bucket } from '../../vfs/drivers/r2-binding.ts';

export interface R2 {
  /** What `openStore` takes as `buckets`: one bucket, bound as BUCKET. */
  readonly buckets: { readonly BUCKET: R2Bucket };
  close(): Promise<void>;
}

/** Starts a Worker that does nothing but hold a bucket. */
export async function startR2(): Promise<R2> {
  const worker = new Miniflare({
    script: 'addEventListener("fetch", (event) => event.respondWith(new Response("")))',
    r2Buckets: ['BUCKET'],
    compatibilityDate: '2026-04-01',
  });
  return { buckets: { BUCKET: (await worker.getR2Bucket('BUCKET')) as unknown as R2Bucket }, close: () => worker.dispose() };
}
