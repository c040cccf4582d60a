/**
 * Whether a bucket keeps the promises that a database rests on. A store is trusted when no check failed; one that could not be carried out
 * to its end has failed.
 */
import { hexOf } from '../../src/base/bytes.ts';
import type { Runtime } from '../../src/base/runtime.ts';
import type { ObjectStore } from '../object-store.ts';
import { CountingStore, type RequestTally } from '../wrappers/counting.ts';
import { tellsTime } from './clock-check.ts';
import type { Check, Finding, Subject } from './finding.ts';
import { latencies, type Latency } from './latency.ts';
import { allListed, listsAll, readsRanges, seesWrites } from './read-checks.ts';
import { createsOnce, losesNoIncrement, mayDoAll, refusesOldValidators, replacesOnce } from './write-checks.ts';

export interface ExaminationOptions {
  /** Concurrent writers in every race. */
  readonly racers: number;
  /** Times every race is run. */
  readonly rounds: number;
  /** Requests of every kind that are timed. */
  readonly samples: number;
  /** Told before every check, for people who wait. */
  readonly onCheck?: ((check: string) => void) | undefined;
}

export interface Examination {
  readonly trusted: boolean;
  readonly findings: readonly Finding[];
  /** Empty when a check before them failed. */
  readonly latencies: readonly Latency[];
  /** Whether answers carry the store's time. */
  readonly hasClock: boolean;
  /** What all this asked of the store. */
  readonly requests: RequestTally;
}

/** In order: without permission there is nothing to look at. */
const CHECKS: readonly (readonly [string, Check])[] = [
  ['permissions', mayDoAll],
  ['create race', createsOnce],
  ['replace race', replacesOnce],
  ['validators', refusesOldValidators],
  ['counter', losesNoIncrement],
  ['read after write', seesWrites],
  ['ranges', readsRanges],
  ['listing', listsAll],
  ['clock', tellsTime],
];

const FOLDER = 'doctor';

/** Examines the bucket of two clients, `store` and `other`; both stay open. What it writes it removes, whatever happens. */
export async function examine(store: ObjectStore, other: ObjectStore, runtime: Runtime, options: ExaminationOptions): Promise<Examination> {
  const counted = [new CountingStore(store), new CountingStore(other)];
  const base = `${FOLDER}/${hexOf(runtime.random.bytes(8))}`;
  const written = new Set<string>();
  const subject: Subject = {
    store: counted[0],
    other: counted[1],
    runtime,
    racers: options.racers,
    rounds: options.rounds,
    fresh(label) {
      const name = `${base}/${label}/${String(written.size).padStart(4, '0')}`;
      written.add(name);
      return name;
    },
  };
  const findings: Finding[] = [];
  let timed: readonly Latency[] = [];
  for (const [check, run] of CHECKS) {
    options.onCheck?.(check);
    findings.push(await findingOf(check, () => run(subject)));
    if (check === 'permissions' && findings[0].verdict === 'failed') break;
  }
  const isSound = findings.every(({ verdict }) => verdict !== 'failed');
  if (isSound) {
    options.onCheck?.('latency');
    const finding = await findingOf('latency', async () => {
      timed = await latencies(subject, options.samples);
      return latencyWords(timed);
    });
    findings.push(finding);
  }
  options.onCheck?.('cleaning up');
  findings.push(await findingOf('cleaning up', () => cleanUp(subject, base, written)));
  const { dateMs } = await subject.store.get(`${base}/none`).catch(() => ({ dateMs: undefined }));
  return {
    trusted: findings.every(({ verdict }) => verdict !== 'failed'),
    findings,
    latencies: timed,
    hasClock: dateMs !== undefined,
    requests: sum(counted.map(({ total }) => total)),
  };
}

async function findingOf(check: string, run: () => ReturnType<Check>): Promise<Finding> {
  try {
    const seen = await run();
    return typeof seen === 'string' ? { check, verdict: 'ok', detail: seen } : { check, verdict: 'warning', detail: seen.warning };
  } catch (error) {
    return { check, verdict: 'failed', detail: error instanceof Error ? error.message : String(error) };
  }
}

/** Deletes what was written, by its names and by what the bucket still lists. Leftovers are a warning: they harm nothing. */
async function cleanUp({ store }: Subject, base: string, written: ReadonlySet<string>): ReturnType<Check> {
  const removed = async (names: Iterable<string>) => {
    const results = await Promise.allSettled([...names].map((name) => store.delete(name)));
    return results.filter(({ status }) => status === 'rejected').length;
  };
  const listed = await allListed(store, `${base}/`).catch(() => []);
  const failed = await removed(listed.length === 0 ? written : listed.map(({ name }) => name));
  const left = await allListed(store, `${base}/`).catch(() => undefined);
  if (left === undefined || left.length > 0 || failed > 0) return { warning: `objects may be left under ${base}/: delete them` };
  return 'nothing is left behind';
}

function latencyWords(timed: readonly Latency[]): string {
  const create = timed.find(({ operation }) => operation === 'create');
  return create === undefined || create.medianMs <= 0
    ? 'measured'
    : `a commit is one create: ${perSecond(1000 / create.medianMs)} commits a second by one writer, one at a time`;
}

function perSecond(rate: number): string {
  return rate >= 10 ? String(Math.round(rate)) : rate.toFixed(1);
}

function sum(tallies: readonly RequestTally[]): RequestTally {
  return tallies.reduce((a, b) => ({
    get: a.get + b.get,
    create: a.create + b.create,
    replace: a.replace + b.replace,
    delete: a.delete + b.delete,
    list: a.list + b.list,
    requests: a.requests + b.requests,
    depth: Math.max(a.depth, b.depth),
    readBytes: a.readBytes + b.readBytes,
    writtenBytes: a.writtenBytes + b.writtenBytes,
  }));
}
