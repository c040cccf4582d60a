/**
 * Commits of one host: clients in a closed loop, each with one transaction at a time and no thinking in between, over a bucket as slow as S3
 * (`LatencyStore`), in real time on a real processor. A transaction is one prepared INSERT by key that commits by itself; the peer puts a key.
 */
import { utf8 } from '../../src/base/bytes.ts';
import { open } from '../../src/index.ts';
import { nodeRuntime } from '../../src/platform/node-runtime.ts';
import { MemoryStore } from '../../vfs/drivers/memory.ts';
import { LatencyStore } from '../../vfs/wrappers/latency.ts';
import { isWanted, type BenchOptions } from '../options.ts';
import { openSlate, SLATEDB } from '../peers/slatedb.ts';
import { profiled } from '../profile.ts';
import { figure, type Figure } from '../report.ts';

const CLIENTS = [1, 1_000, 5_000];
/** Time before what is measured, and of it. */
const WARM_MS = 4_000;
const MEASURED_MS = 6_000;
const TEXT = 'a row of some length';

const PROMISED = { suite: 'groupcommit', consistency: 'strictly serializable', durability: 'object' } as const;

/** Something that takes in rows, each durable when its promise resolves. */
interface Contestant {
  write(id: number): Promise<unknown>;
  close(): Promise<void>;
}

export async function* groupcommit(options: BenchOptions): AsyncIterable<Figure> {
  const { profileFolder } = options;
  for (const clients of CLIENTS) {
    const name = `clients_${clients}`;
    const wanted = MEASURES.filter(({ suffix }) => isWanted(options, name) || isWanted(options, name + suffix));
    if (wanted.length === 0) continue;
    const profile =
      profileFolder === undefined ? undefined : (work: () => Promise<unknown>) => profiled(profileFolder, `groupcommit-${name}`, work);
    const ours = await run(await openOurs(), clients, profile);
    const slate = options.isAlone ? undefined : await openSlate();
    const theirs = slate === undefined ? undefined : await run(ofSlate(slate), clients);
    for (const { suffix, unit, of } of wanted) {
      const peer = theirs === undefined ? {} : { peer: of(theirs), peerName: SLATEDB };
      yield figure({ ...PROMISED, case: name + suffix, ours: of(ours), ...peer, unit });
    }
  }
}

interface Result {
  readonly perSecond: number;
  /** The process's processor time per transaction, everything included. */
  readonly cpuMicroseconds: number;
}

const MEASURES: readonly { readonly suffix: string; readonly unit: string; readonly of: (result: Result) => number }[] = [
  { suffix: '', unit: 'tx/s', of: ({ perSecond }) => perSecond },
  { suffix: '_cpu', unit: 'µs', of: ({ cpuMicroseconds }) => cpuMicroseconds },
];

async function openOurs(): Promise<Contestant> {
  const { clock, random } = nodeRuntime();
  const database = await open('memory:', { store: new LatencyStore(new MemoryStore({ clock }), clock, random) });
  await database.query('create table t (id bigint primary key, a integer, b text)');
  const statement = await database.prepare('insert into t values ($1, $2, $3)');
  return { write: (id) => statement.query([id, id % 100, TEXT]), close: () => database.close() };
}

function ofSlate(database: Awaited<ReturnType<typeof openSlate>> & object): Contestant {
  return { write: (id) => database.put(utf8(`t/${id}`), utf8(`${id % 100} ${TEXT}`)), close: () => database.close() };
}

async function run(
  contestant: Contestant,
  clients: number,
  profile: (work: () => Promise<unknown>) => Promise<void> = async (work) => void (await work()),
): Promise<Result> {
  const { clock } = nodeRuntime();
  let next = 0;
  let committed = 0;
  let isOver = false;
  const loops = Array.from({ length: clients }, client);
  await Promise.race([clock.sleep(WARM_MS), ...loops]);
  const began = { committed, ms: performance.now(), cpu: process.cpuUsage() };
  await profile(() => Promise.race([clock.sleep(MEASURED_MS), ...loops]));
  const { user, system } = process.cpuUsage(began.cpu);
  const done = committed - began.committed;
  const perSecond = (done * 1_000) / (performance.now() - began.ms);
  isOver = true;
  await Promise.all(loops);
  await contestant.close();
  return { perSecond, cpuMicroseconds: (user + system) / done };

  async function client(): Promise<void> {
    while (!isOver) {
      await contestant.write(next++);
      committed++;
    }
  }
}
