/**
 * The bundled functions, a new process for every request, several at a time, some killed in the middle of what they do. Every
 * acknowledged transfer is found by processes that know of nothing but the bucket, and no other; see ledger.ts.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SeededRandom } from '../../vfs/wrappers/seeded-random.ts';
import type { Fault } from '../fakes/fake-server.ts';
import { startS3Server, type S3Server } from '../fakes/s3-server.ts';
import { sqlEvent } from './event.ts';
import { Ledger } from './ledger.ts';
import { bundleFunctions, invoke, type Bundles } from './process.ts';
import { answerOf, rowsOf, storm, type StormReport } from './storm.ts';

const SEED = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
const LANES = 3;

let bundles: Bundles;
let folder: string;

beforeAll(() => {
  bundles = bundleFunctions();
  folder = mkdtempSync(join(tmpdir(), 'velocidb-stateless-'));
});

afterAll(() => {
  rmSync(bundles.folder, { recursive: true, force: true });
  rmSync(folder, { recursive: true, force: true });
});

describe(`functions that die keep what they acknowledged (SEED=${SEED})`, () => {
  it('over a directory, killed before a chosen system call or after a while', async () => {
    const random = new SeededRandom(SEED);
    const url = `file:${join(folder, 'storm')}`;
    const calls = await callsOfOneTransfer(`file:${join(folder, 'rehearsal')}`);
    const report = await storm({
      bundles,
      url,
      random,
      kills: 26,
      invocationsMax: 150,
      lanes: LANES,
      doom: (_number, what) => {
        if (random.uint32() % 4 === 0) return { killAfterMs: 100 + (random.uint32() % 900) };
        return { killBeforeCall: 1 + (random.uint32() % (what === 'transfer' ? calls : 3 * calls)) };
      },
    });
    check(report, 26);
  });

  it('over S3, killed as a write arrives, has landed, lands later, or is answered', async () => {
    const random = new SeededRandom(SEED + 1);
    const server = await startS3Server();
    try {
      const executioner = new Executioner(server, random);
      const report = await storm({
        bundles,
        url: server.storeUrl('storm'),
        random,
        kills: 16,
        invocationsMax: 120,
        lanes: LANES,
        environment: (number) => ({ AWS_ACCESS_KEY_ID: accessKey(number), AWS_SECRET_ACCESS_KEY: 'secret' }),
        doom: (number) => ({ started: (child) => executioner.await(accessKey(number), () => child.kill('SIGKILL')) }),
      });
      check(report, 16);
    } finally {
      await server.close();
    }
  });
});

describe('a database is created whole', () => {
  it('by the next process, wherever the first one died', async () => {
    const rehearsal = `file:${join(folder, 'created')}`;
    const calls = await callsOf(rehearsal, sqlEvent({ query: 'SELECT 1 AS one' }));
    expect(calls).toBeGreaterThan(20);
    const random = new SeededRandom(SEED + 2);
    const moments = new Set([
      calls,
      calls - 1,
      calls - 2,
      calls - 4,
      calls - 6,
      calls - 8,
      1 + (random.uint32() % calls),
      1 + (random.uint32() % calls),
    ]);
    for (const killBeforeCall of moments) {
      const environment = { VELOCIDB_URL: `file:${join(folder, `created-${killBeforeCall}`)}` };
      const first = await invoke({ bundle: bundles.query, event: sqlEvent({ query: 'SELECT 1 AS one' }), environment, killBeforeCall });
      expect(first.kind, `killed before call ${killBeforeCall} of ${calls}`).toBe('killed');
      const second = await invoke({ bundle: bundles.query, event: sqlEvent({ query: 'CREATE TABLE t (a int PRIMARY KEY)' }), environment });
      expect(second, `killed before call ${killBeforeCall} of ${calls}`).toMatchObject({ kind: 'answered', result: { statusCode: 200 } });
    }
  });

  it('once, by processes that start together', async () => {
    const environment = { VELOCIDB_URL: `file:${join(folder, 'together')}` };
    const event = sqlEvent({ query: 'CREATE TABLE IF NOT EXISTS t (a int PRIMARY KEY)' });
    const ends = await Promise.all(Array.from({ length: 4 }, () => invoke({ bundle: bundles.query, event, environment })));
    for (const end of ends) expect(end).toMatchObject({ kind: 'answered', result: { statusCode: 200 } });
  });
});

describe('the ledger sees', () => {
  const asked = new Ledger();
  for (const id of [1, 2, 3]) asked.begin({ id, account: 1, amount: 10 * id });
  asked.acknowledge(1);
  asked.refuse(2);
  const [first, second, third] = [1, 2, 3].map((id) => ({ id, account: 1, amount: 10 * id }));
  const balances = (one: number) =>
    new Map([
      [1, one],
      [2, 0],
      [3, 0],
    ]);

  it('that all is well, with the unanswered row or without', () => {
    expect(asked.faultsOfState([first], balances(10))).toEqual([]);
    expect(asked.faultsOfState([first, third], balances(40))).toEqual([]);
  });
  it('a lost row', () => expect(asked.faultsOfState([third], balances(30))).toHaveLength(1));
  it('a refused row', () => expect(asked.faultsOfState([first, second], balances(30))).toHaveLength(1));
  it('a row twice', () => expect(asked.faultsOfState([first, first], balances(20))).toHaveLength(1));
  it('a row of nobody', () => expect(asked.faultsOfState([first, { ...first, id: 9 }], balances(20)).length).toBeGreaterThan(0));
  it('half a transaction', () => expect(asked.faultsOfState([first, third], balances(10))).toHaveLength(1));
});

/** Kills a process at one of its writes, which it knows by the access key that signs the request. */
class Executioner {
  readonly #victims = new Map<string, { left: number; readonly kill: () => void }>();

  constructor(server: S3Server, random: SeededRandom) {
    server.fault = (request): Fault | undefined => {
      if (request.method !== 'PUT') return undefined;
      const key = /Credential=([^/]+)\//.exec(request.headers['authorization'] ?? '')?.[1] ?? '';
      const victim = this.#victims.get(key);
      if (victim === undefined || --victim.left > 0) return undefined;
      this.#victims.delete(key);
      const ms = random.uint32() % 60;
      switch (random.uint32() % 4) {
        case 0:
          victim.kill();
          return { kind: 'drop-before' };
        case 1:
          victim.kill();
          return { kind: 'drop-after' };
        case 2:
          victim.kill();
          return { kind: 'late', ms };
        default:
          setTimeout(victim.kill, ms / 4);
          return undefined;
      }
    };
    this.await = (key, kill) => {
      this.#victims.set(key, { left: random.uint32() % 4 === 0 ? 2 : 1, kill });
    };
  }

  /** Condemns whoever signs with `key`: at its first write, or sometimes its second. */
  readonly await: (key: string, kill: () => void) => void;
}

function accessKey(number: number): string {
  return `AKIATEST${String(number).padStart(12, '0')}`;
}

function check(report: StormReport, kills: number): void {
  console.log(JSON.stringify({ ...report, seed: SEED }));
  expect(report.faults).toEqual([]);
  expect(report.kills).toBeGreaterThanOrEqual(kills);
  expect(report.acknowledged).toBeGreaterThan(5);
}

/** How many changing system calls a transfer takes that nobody disturbs. */
async function callsOfOneTransfer(url: string): Promise<number> {
  const environment = { VELOCIDB_URL: url };
  await invoke({ bundle: bundles.query, event: sqlEvent({ query: 'CREATE TABLE t (a int PRIMARY KEY, b int)' }), environment });
  return callsOf(url, sqlEvent({ query: 'INSERT INTO t VALUES (1, 1)' }));
}

async function callsOf(url: string, event: unknown): Promise<number> {
  const count = join(folder, `calls-${Math.random()}`);
  const ended = await invoke({ bundle: bundles.query, event, environment: { VELOCIDB_URL: url, CALLS_FILE: count } });
  expect(answerOf(ended).status).toBe(200);
  rowsOf(answerOf(ended).body);
  return Number(readFileSync(count, 'utf8'));
}
