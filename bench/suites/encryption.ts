/**
 * What a sealed database costs beside the same one in the clear: processor time and bytes for each page, requests and bytes of a cold point read, and
 * processor time of commits and of a cold scan. The bucket is in memory, so that nothing but the engine and the ciphers takes time.
 */
import { openEngine, type OpenedEngine } from '../../src/platform/open-engine.ts';
import { nodeRuntime } from '../../src/platform/node-runtime.ts';
import { MemoryStore } from '../../vfs/drivers/memory.ts';
import { KeyringFile } from '../../vfs/encryption/keyring-file.ts';
import { LocalKey } from '../../vfs/encryption/local-key.ts';
import { SealedStore } from '../../vfs/encryption/sealed-store.ts';
import type { ObjectStore } from '../../vfs/object-store.ts';
import { CountingStore } from '../../vfs/wrappers/counting.ts';
import { cpuSeconds, interleaved, type Timed } from '../measure.ts';
import { figure, type Figure } from '../report.ts';

const KEY = new Uint8Array(32).fill(1);
const ROWS = 200_000;
const COMMITS = 300;
/** As large as a leaf of a wide table. */
const PAGE_BYTES = 80_000;
const PAGES = 500;
const ROUNDS = 7;

export async function encryption(): Promise<Figure[]> {
  return [...(await pages()), ...(await coldPointRead()), ...(await statements())];
}

/** A page read out of a segment of 8 MB, and one written as an object. */
async function pages(): Promise<Figure[]> {
  const runtime = nodeRuntime();
  const bytes = runtime.random.bytes(8 * 1024 * 1024);
  const bucket = new MemoryStore();
  const keyring = new KeyringFile(bucket, runtime, [new LocalKey(KEY, runtime)]);
  const sides = { sealed: new SealedStore(bucket, keyring, runtime), plain: new MemoryStore() };
  for (const store of Object.values(sides)) await store.createIfAbsent('segment/a', bytes);
  const reading = (store: ObjectStore) => async () => {
    for (let page = 0; page < PAGES; page++)
      await store.get('segment/a', { range: { offset: (page * 64 * 977) % (7 * 1024 * 1024), length: PAGE_BYTES } });
    return PAGES;
  };
  const writing = (store: ObjectStore) => async () => {
    for (let page = 0; page < PAGES; page++) {
      await store.createIfAbsent('page', bytes.subarray(page * 64, page * 64 + PAGE_BYTES));
      await store.delete('page');
    }
    return PAGES;
  };
  return [
    await compared('page_read_80k', { sealed: reading(sides.sealed), plain: reading(sides.plain) }, 1e6, 'µs'),
    await compared('page_write_80k', { sealed: writing(sides.sealed), plain: writing(sides.plain) }, 1e6, 'µs'),
  ];
}

async function coldPointRead(): Promise<Figure[]> {
  const tallies = [];
  for (const bucket of [await filled(KEY), await filled(false)]) {
    const counting = new CountingStore(bucket);
    const cold = await opened(counting, tallies.length === 0 ? KEY : false);
    await cold.engine.session().query('select * from big where id = 42424');
    await cold.close();
    tallies.push({ ...counting.total, stored: storedBytes(bucket) });
  }
  const [sealed, plain] = tallies;
  const of = (name: string, unit: string, ours: number, peer: number): Figure =>
    figure({ suite: 'encryption', case: name, ours, peer, peerName: 'plain', unit, consistency: 'linearizable', durability: 'none' });
  return [
    of('cold_point_read', 'round trips', sealed.depth, plain.depth),
    of('cold_point_read_requests', 'requests', sealed.requests, plain.requests),
    of('cold_point_read_bytes', 'bytes', sealed.readBytes, plain.readBytes),
    of('stored_bytes', 'bytes', sealed.stored, plain.stored),
  ];
}

async function statements(): Promise<Figure[]> {
  const buckets = { sealed: await filled(KEY), plain: await filled(false) };
  const keys = { sealed: KEY, plain: false } as const;
  const committing = async (side: 'sealed' | 'plain'): Promise<() => Promise<number>> => {
    const session = (await opened(buckets[side], keys[side])).engine.session();
    await session.query('create table notes (a int)');
    return async () => {
      for (let commit = 0; commit < COMMITS; commit++) await session.query('insert into notes values (1)');
      return COMMITS;
    };
  };
  const scanning = (side: 'sealed' | 'plain') => async () => {
    const cold = await opened(buckets[side], keys[side]);
    await cold.engine.session().query('select sum(a), max(b) from big');
    await cold.close();
    return 1;
  };
  return [
    await compared('cold_scan', { sealed: scanning('sealed'), plain: scanning('plain') }, 1e3, 'cpu ms'),
    await compared('commit', { sealed: await committing('sealed'), plain: await committing('plain') }, 1e6, 'µs'),
  ];
}

/** Processor time of an operation, sealed and plain, in turn. */
async function compared(
  name: string,
  sides: Readonly<Record<'sealed' | 'plain', Timed['run']>>,
  perSecond: number,
  unit: string,
): Promise<Figure> {
  const contestants = Object.entries(sides).map(([side, run]) => ({ name: side, run }));
  const measured = await interleaved(contestants, ROUNDS, 20, cpuSeconds);
  const best = (side: string) => (measured.get(side) ?? Number.NaN) * perSecond;
  const promises = { consistency: 'none', durability: 'none' } as const;
  return figure({
    suite: 'encryption',
    case: name,
    ours: best('sealed'),
    peer: best('plain'),
    peerName: 'plain',
    unit,
    rounds: measured.rounds,
    ...promises,
  });
}

async function filled(encryption: Uint8Array | false): Promise<MemoryStore> {
  const bucket = new MemoryStore({ clock: Date });
  const database = await opened(bucket, encryption);
  const session = database.engine.session();
  await session.query('create table big (id int primary key, a int, b text, c float8)');
  await session.query(`insert into big select g, g % 977, 'value ' || (g * 7919 % 1000003), g * 0.37 from generate_series(1, ${ROWS}) g`);
  await database.engine.checkpoint?.();
  await database.close();
  return bucket;
}

function opened(store: ObjectStore, encryption: Uint8Array | false): Promise<OpenedEngine> {
  return openEngine('memory:', { store, encryption, checkpoints: 'manual', diskCache: 'off' });
}

function storedBytes(bucket: MemoryStore): number {
  return bucket.names().reduce((sum, name) => sum + (bucket.peek(name)?.length ?? 0), 0);
}
