/** SlateDB, as much of it as the suites use, over the S3 fake with latencies of the model that our side has. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeRuntime } from '../../src/platform/node-runtime.ts';
import { startS3Server } from '../../test/fakes/s3-server.ts';
import { S3_STANDARD, spreadOf } from '../../vfs/wrappers/latency.ts';
import { loadPeer } from './install.ts';

export const SLATEDB = '@slatedb/uniffi';

/** How often SlateDB flushes what was written; its default of 100 ms is slower here. */
const FLUSH_INTERVAL = '10ms';

export interface SlateDatabase {
  /** Resolves when it is durable in the bucket. */
  put(key: Uint8Array, value: Uint8Array): Promise<unknown>;
  close(): Promise<void>;
}

interface SlateModule {
  readonly ObjectStore: { from_env(file: string): unknown };
  readonly Settings: { default(): { set(key: string, json: string): void } };
  readonly DbBuilder: new (
    path: string,
    store: unknown,
  ) => { with_settings(settings: unknown): void; build(): Promise<SlateDatabase & { shutdown(): Promise<void> }> };
}

/** Of the first fake: SlateDB takes its store from the environment, which a later file does not change. */
let port = 0;

/** An empty database; undefined when the peer is absent. */
export async function openSlate(): Promise<SlateDatabase | undefined> {
  const module = (await loadPeer(SLATEDB)) as SlateModule | undefined;
  if (module === undefined) return undefined;
  const { random } = nodeRuntime();
  const server = await startS3Server({ port });
  port = Number(new URL(server.url).port);
  server.fault = ({ method }) => ({ kind: 'delay', ms: medianMs(method) * spreadOf(random, S3_STANDARD.spread) });
  const folder = mkdtempSync(join(tmpdir(), 'velocidb-slate-'));
  const file = join(folder, 'store');
  const store = { PROVIDER: 'aws', ACCESS_KEY_ID: 'key', SECRET_ACCESS_KEY: 'secret', BUCKET: 'velocidb', REGION: 'us-east-1' };
  const lines = Object.entries({ ...store, ENDPOINT: server.url, ALLOW_HTTP: 'true' }).map(
    ([name, value]) => `${name === 'PROVIDER' ? 'CLOUD' : 'AWS'}_${name}=${value}\n`,
  );
  writeFileSync(file, lines.join(''));
  const settings = module.Settings.default();
  settings.set('flush_interval', JSON.stringify(FLUSH_INTERVAL));
  const builder = new module.DbBuilder('bench', module.ObjectStore.from_env(file));
  builder.with_settings(settings);
  const database = await builder.build();
  return {
    put: (key, value) => database.put(key, value),
    async close() {
      await database.shutdown();
      await server.close();
      rmSync(folder, { recursive: true });
    },
  };
}

function medianMs(method: string): number {
  if (method === 'PUT' || method === 'POST') return S3_STANDARD.putMs;
  return method === 'DELETE' ? S3_STANDARD.deleteMs : S3_STANDARD.getMs;
}
