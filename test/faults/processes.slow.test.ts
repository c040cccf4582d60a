/** Writers that are killed and frozen over a network that fails: what they were told is so. And the judges see. */
import { describe, expect, it } from 'vitest';
import { nodeRuntime } from '../../src/platform/node-runtime.ts';
import { openStore } from '../../src/platform/store-url.ts';
import { SeededRandom } from '../../vfs/wrappers/seeded-random.ts';
import { CachingProxy } from './processes/caching-proxy.ts';
import { ednOf } from './processes/edn.ts';
import { FaultProxy, PROXY_FAULTS } from './processes/fault-proxy.ts';
import type { Transaction } from './processes/history.ts';
import { judge } from './processes/judge.ts';
import { storm } from './processes/storm.ts';
import { startS3Server } from '../fakes/s3-server.ts';

const SEED = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
const KILLS = Number(process.env['KILLS'] ?? 40);

describe('writers under fire', () => {
  it(`lose nothing and see one order, through ${KILLS} kills and ${KILLS / 4} freezes (SEED=${SEED})`, { timeout: 900_000 }, async () => {
    const report = await storm({ seed: SEED, writers: 8, kills: KILLS, freezes: KILLS / 4, faults: 0.08 });
    expect(report.faults).toEqual([]);
    expect(report.kills).toBe(KILLS);
    expect(report.killsBeforeAnswer).toBeGreaterThan(0);
    expect(report.longFreezes).toBeGreaterThan(0);
    expect(PROXY_FAULTS.filter((fault) => (report.requests.get(fault) ?? 0) === 0)).toEqual([]);
    expect(report.cache.asked).toBeGreaterThan(0);
    expect(report.transactions.filter(({ outcome }) => outcome === 'committed').length).toBeGreaterThan(KILLS / 2);
  });
});

describe('the caching proxy', () => {
  it('answers with what is stale, unless it is told to ask', async () => {
    const server = await startS3Server();
    const proxy = new CachingProxy(server.url);
    const url = `${await proxy.start()}/velocidb/a`;
    const read = async (headers: Record<string, string> = {}): Promise<number> => (await fetch(url, { headers })).status;
    expect(await read()).toBe(404);
    server.buckets.plant('velocidb', 'a', Uint8Array.of(1));
    expect(await read()).toBe(404);
    expect(await read({ 'cache-control': 'no-cache' })).toBe(200);
    expect(await read()).toBe(200);
    await proxy.close();
    await server.close();
  });
});

describe('a cache on the way', () => {
  it.each(['sdk', 'http'])('does not fool a store that speaks through %s', async (transport) => {
    const server = await startS3Server();
    const proxy = new CachingProxy(server.url);
    const endpoint = encodeURIComponent(await proxy.start());
    const store = await openStore(`s3://velocidb?endpoint=${endpoint}&transport=${transport}`, nodeRuntime());
    expect((await store.get('a')).kind).toBe('absent');
    expect((await store.list('')).objects).toEqual([]);
    server.buckets.plant('velocidb', 'a', Uint8Array.of(1));
    expect((await store.get('a')).kind).toBe('found');
    expect((await store.list('')).objects).toHaveLength(1);
    expect(proxy.counts.kept).toBe(0);
    await store.close();
    await proxy.close();
    await server.close();
  });
});

describe('the fault proxy', () => {
  it('lets a write land whose answer is lost', async () => {
    const server = await startS3Server();
    const proxy = new FaultProxy(server.url, new SeededRandom(1));
    const url = await proxy.start();
    proxy.share = 1;
    const written = async (key: string): Promise<boolean> =>
      fetch(`${url}/velocidb/${key}`, { method: 'PUT', body: 'x' }).then(
        () => true,
        () => false,
      );
    const keys = Array.from({ length: 60 }, (_, number) => String(number));
    const answered = await Promise.all(keys.map(written));
    const lost = keys.filter((key, at) => !answered[at] && server.buckets.peek('velocidb', key) !== undefined);
    expect(lost.length).toBeGreaterThan(0);
    await proxy.close();
    await server.close();
  });
});

describe('the judge', () => {
  const append = (id: string, startedMs: number, value: number, outcome: Transaction['outcome'] = 'committed'): Transaction => ({
    id,
    startedMs,
    endedMs: outcome === 'unknown' ? Infinity : startedMs + 1,
    outcome,
    operations: [{ kind: 'append', key: 1, value }],
  });

  it('accepts what is whole, with what nobody knows of or without', () => {
    const history = [append('a', 0, 1), append('b', 2, 2, 'unknown'), append('c', 4, 3)];
    expect(judge(history, new Map([[1, [1, 3]]]))).toEqual([]);
    expect(judge(history, new Map([[1, [1, 2, 3]]]))).toEqual([]);
  });
  it('sees what was lost', () => expect(judge([append('a', 0, 1), append('b', 2, 2)], new Map([[1, [2]]]))).toHaveLength(1));
  it('sees what was refused and is there', () => expect(judge([append('a', 0, 1, 'failed')], new Map([[1, [1]]]))[0]).toMatch(/^G1a/));
  it('sees an order against time', () =>
    expect(judge([append('a', 0, 1), append('b', 2, 2)], new Map([[1, [2, 1]]]))[0]).toMatch(/^G0-realtime/));
});

describe('a history as EDN', () => {
  it('has every event, and a process ends with an unknown outcome', () => {
    const read: Transaction = {
      id: '0.1.0.0',
      startedMs: 1,
      endedMs: 2,
      outcome: 'committed',
      operations: [{ kind: 'read', key: 7, values: [1, 2] }],
    };
    const lost: Transaction = { ...read, id: '0.1.0.1', startedMs: 3, endedMs: Infinity, outcome: 'unknown', operations: [] };
    const next: Transaction = { ...read, id: '0.1.0.2', startedMs: 4, endedMs: 5, operations: [{ kind: 'append', key: 7, value: 3 }] };
    expect(ednOf([read, lost, next]).split('\n')).toEqual([
      '{:index 0, :type :invoke, :f :txn, :process 0, :time 1000000, :value [[:r 7 nil]]}',
      '{:index 1, :type :ok, :f :txn, :process 0, :time 2000000, :value [[:r 7 [1 2]]]}',
      '{:index 2, :type :invoke, :f :txn, :process 0, :time 3000000, :value []}',
      '{:index 3, :type :info, :f :txn, :process 0, :time 3000000, :value []}',
      '{:index 4, :type :invoke, :f :txn, :process 1, :time 4000000, :value [[:append 7 3]]}',
      '{:index 5, :type :ok, :f :txn, :process 1, :time 5000000, :value [[:append 7 3]]}',
      '',
    ]);
  });
});
