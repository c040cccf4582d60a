/**
 * The database that is damaged: small, with every kind of object in its bucket, and the answers it gave after each of its commits.
 *
 *     tables in leaves, an index, large values, rows without a key, a bulk load ── checkpoint ── changes ── checkpoint ── a tail
 *     besides them: a branch that went its own way, an intent that was never decided, a backup in another bucket
 */
import { createHash } from 'node:crypto';
import { backUp } from '../../../src/maintenance/backup.ts';
import { createBranch, openBranch } from '../../../src/maintenance/branch.ts';
import { checkpoint } from '../../../src/maintenance/checkpoint.ts';
import { nodeRuntime } from '../../../src/platform/node-runtime.ts';
import { openEngine, type OpenedEngine } from '../../../src/platform/open-engine.ts';
import { slot } from '../../../src/storage/tree.ts';
import type { Session } from '../../../src/session/session.ts';
import { encodeIntent } from '../../../src/transaction/intent-codec.ts';
import { intentName } from '../../../src/transaction/names.ts';
import type { Runtime } from '../../../src/base/runtime.ts';
import { MemoryStore } from '../../../vfs/drivers/memory.ts';
import type { ObjectStore } from '../../../vfs/object-store.ts';
import { BranchStore } from '../../../vfs/wrappers/branch.ts';
import { SeededRandom } from '../../../vfs/wrappers/seeded-random.ts';
import { VirtualClock } from '../../../vfs/wrappers/virtual-clock.ts';

/** Objects by name. */
export type Objects = ReadonlyMap<string, Uint8Array>;

export interface Specimen {
  readonly objects: Objects;
  /** The bucket as it lay at earlier moments, oldest first. */
  readonly earlier: readonly Objects[];
  readonly backup: Objects;
  /** What a reader says after each slot. */
  readonly answers: ReadonlyMap<string, number>;
  readonly newest: { readonly slot: number; readonly answer: string };
  /** What a reader of the branch says, the newest last. */
  readonly branchAnswers: readonly string[];
  /** A slot of the past that is read, and what it says. */
  readonly past: { readonly slot: number; readonly answer: string };
}

export const BRANCH = 'side';

const TABLES = `
  CREATE TABLE items (id int PRIMARY KEY, name text NOT NULL, amount numeric(12, 2) NOT NULL, words text);
  CREATE INDEX items_name ON items (name);
  CREATE TABLE documents (id int PRIMARY KEY, body text NOT NULL);
  CREATE TABLE events (at timestamptz NOT NULL, what text NOT NULL)`;

/** Every table in full, and rows found by an index. */
const QUESTIONS: readonly string[] = [
  'SELECT * FROM items ORDER BY id',
  'SELECT id, body FROM documents ORDER BY id',
  'SELECT what, count(*), max(at) FROM events GROUP BY what ORDER BY what',
  "SELECT id, amount FROM items WHERE name = 'name 7' ORDER BY id",
];

/** Time stands still unless everybody waits, so that the engine's pauses cost nothing. */
export function virtualRuntime(clock: VirtualClock, seed: number): Runtime {
  return { clock, random: new SeededRandom(seed), crypto: nodeRuntime().crypto };
}

/** `folder`: of a disk cache. */
export function openOver(store: ObjectStore, runtime: Runtime, folder?: string): Promise<OpenedEngine> {
  const diskCache = folder === undefined ? 'off' : { path: folder };
  return openEngine('memory:', { store, runtime, diskCache, create: false, checkpoints: 'manual' });
}

export function storeOf(objects: Objects, clock: VirtualClock): MemoryStore {
  const store = new MemoryStore({ clock });
  for (const [name, bytes] of objects) store.plant(name, bytes);
  return store;
}

/** What a reader says: a digest of all rows of all questions. `asOf` names a slot of the past. */
export async function answerOf(session: Session, asOf?: number): Promise<string> {
  const digest = createHash('sha256');
  for (const question of QUESTIONS) {
    const text = asOf === undefined ? question : question.replace(/ FROM \w+/, (from) => `${from} AS OF SYSTEM TIME slot ${asOf}`);
    const { rows } = await session.query(text);
    for (const row of rows)
      for (const value of row) digest.update(`${typeof value === 'object' ? JSON.stringify(value) : String(value)}\n`);
  }
  return digest.digest('hex').slice(0, 16);
}

export async function makeSpecimen(seed: number): Promise<Specimen> {
  const clock = new VirtualClock(() => new Promise((resolve) => setImmediate(resolve)));
  return clock.run(() => build(clock, seed));
}

async function build(clock: VirtualClock, seed: number): Promise<Specimen> {
  const runtime = virtualRuntime(clock, seed);
  const random = new SeededRandom(seed);
  const store = new MemoryStore({ clock });
  const opened = await openEngine('memory:', { store, runtime, checkpoints: 'manual' });
  const { database } = opened;
  const session = opened.engine.session();
  const answers = new Map<string, number>();
  const earlier: Objects[] = [];
  const say = async (text: string): Promise<void> => {
    await session.query(text);
    await clock.sleep(1_000);
    answers.set(await answerOf(session), database.slot);
  };

  for (const text of TABLES.split(';')) await session.query(text);
  await say(`INSERT INTO items SELECT id, 'name ' || id % 50, id * 1.25, repeat(md5(id::text), 7) FROM generate_series(1, 700) AS id`);
  await say(`INSERT INTO documents SELECT id, repeat(md5(id::text), 200) FROM generate_series(1, 3) AS id`);
  await say(
    `INSERT INTO events SELECT '2030-01-01'::timestamptz + id * interval '1 s', 'event ' || id % 7 FROM generate_series(1, 300) AS id`,
  );
  earlier.push(objectsOf(store));
  await checkpoint(database);
  await say(`CREATE TABLE copies AS SELECT id, words FROM items WHERE id <= 400`);
  await say(`DELETE FROM items WHERE id % 11 = 0`);
  await say(`UPDATE items SET amount = amount + 1 WHERE id < 40`);
  earlier.push(objectsOf(store));
  await checkpoint(database);
  const past = { slot: database.slot, answer: await answerOf(session) };
  await createBranch(database, BRANCH, { kind: 'slot', slot: database.slot });
  const branchAnswers = await liveInBranch(opened, runtime);
  await say(`INSERT INTO items VALUES (2000, 'name 7', 20, 'late')`);
  await say(`UPDATE documents SET body = repeat('changed ', 900) WHERE id = 3`);
  earlier.push(objectsOf(store));
  await checkpoint(database);
  for (let round = 0; round < 12; round++) {
    const id = 3000 + round;
    await say(
      round % 3 === 0
        ? `INSERT INTO events VALUES ('2030-02-01', 'event ${random.uint32() % 7}')`
        : `INSERT INTO items VALUES (${id}, 'name ${id % 50}', ${round}, 'tail ${round}')`,
    );
    if (round === 5) earlier.push(objectsOf(store));
  }
  const target = new MemoryStore({ clock });
  await backUp(database, target);
  const answer = await answerOf(session);
  plantIntent(store, runtime, opened);
  return {
    objects: objectsOf(store),
    earlier,
    backup: objectsOf(target),
    answers,
    newest: { slot: database.slot, answer },
    branchAnswers,
    past,
  };
}

/** Commits in the branch, of which some end in a checkpoint of its own. */
async function liveInBranch({ database, store }: OpenedEngine, runtime: Runtime): Promise<readonly string[]> {
  const pin = await openBranch(database, BRANCH);
  const branch = await openOver(new BranchStore(store, (await pin.root.read()).root.databaseId), runtime);
  const session = branch.engine.session();
  const said = [await answerOf(session)];
  for (const text of [`UPDATE items SET words = 'in the branch' WHERE id BETWEEN 400 AND 500`, `DELETE FROM documents WHERE id = 2`]) {
    await session.query(text);
    said.push(await answerOf(session));
    if (said.length === 2) await checkpoint(branch.database);
  }
  return said;
}

/** Somebody announced a transaction and died: nobody ordered it, and nobody has to. */
function plantIntent(store: MemoryStore, runtime: Runtime, { database }: OpenedEngine): void {
  const { fence } = database.root;
  if (fence === undefined) throw new Error('an open database has read root');
  const { databaseId } = fence;
  const voidAfter = slot(database.slot + 64);
  const bytes = encodeIntent({ databaseId, seen: database.slot, voidAfter, transactions: [] }, runtime.crypto);
  store.plant(intentName(voidAfter, runtime.random), bytes);
}

function objectsOf(store: MemoryStore): Map<string, Uint8Array> {
  return new Map(store.names().map((name) => [name, store.peek(name) ?? new Uint8Array(0)]));
}
