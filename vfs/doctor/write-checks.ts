import { equalBytes, textOf } from '../../src/base/bytes.ts';
import { StoreError, type CreateOutcome, type ReplaceOutcome } from '../object-store.ts';
import { decided, demand, uniqueBytes, type Check, type Subject } from './finding.ts';

/** What an ETag might look like that no object of the bucket has. */
const STRANGE_VALIDATOR = '"00000000000000000000000000000000"';
const LARGE_BYTES = 256 * 1024;
const INCREMENTERS = 4;
const INCREMENTS = 5;
const INCREMENT_ATTEMPTS_MAX = 500;
/** Times a race is run again that the store threw out as a whole. */
const REMATCHES_MAX = 5;
const PAUSE_MS = 300;

/** Everything a database does to a bucket, once. */
export const mayDoAll: Check = async (subject) => {
  const { store } = subject;
  const name = subject.fresh('permissions');
  const steps: [string, () => Promise<unknown>][] = [
    ['read what is absent', async () => demand((await store.get(name)).kind === 'absent', 'what was never written is there')],
    ['create', () => decided(subject, name, () => store.createIfAbsent(name, uniqueBytes(subject, 'created')))],
    [
      'replace',
      async () => {
        const found = await store.get(name);
        demand(found.kind === 'found', 'a created object is not there');
        const replaced = await decided(subject, name, () => store.replaceIfMatch(name, uniqueBytes(subject, 'new'), found.validator));
        demand(replaced.kind === 'replaced', 'replacing refuses the validator that the bucket itself gave');
        demand(replaced.validator !== found.validator, 'different bytes have the same validator');
      },
    ],
    ['list', () => store.list(name)],
    ['delete', () => store.delete(name)],
  ];
  for (const [what, run] of steps) {
    await run().catch((error: unknown) => {
      demand(
        !(error instanceof StoreError && error.kind === 'denied'),
        `not allowed to ${what}: ${error instanceof Error ? error.message : ''}`,
      );
      throw error;
    });
  }
  return 'read, create, replace, list and delete are allowed';
};

export const createsOnce: Check = async (subject) => {
  let undecided = 0;
  for (let round = 0; round < subject.rounds; round++) {
    const size = round === subject.rounds - 1 ? LARGE_BYTES : 0; // one round of bodies that stores handle in pieces
    undecided += await race(
      subject,
      'create',
      async () => {
        const name = subject.fresh('create');
        return { name, send: (client, bytes) => client.createIfAbsent(name, bytes) };
      },
      size,
    );
  }
  return `of ${subject.racers} racers one won, ${subject.rounds} times${throttled(undecided)}`;
};

export const replacesOnce: Check = async (subject) => {
  let undecided = 0;
  for (let round = 0; round < subject.rounds; round++) {
    undecided += await race(
      subject,
      'replace',
      async () => {
        const name = subject.fresh('replace');
        const created = await decided(subject, name, () => subject.store.createIfAbsent(name, uniqueBytes(subject, 'before')));
        demand(created.kind === 'created', 'creating a new object fails as if it existed');
        return { name, send: (client, bytes) => client.replaceIfMatch(name, bytes, created.validator) };
      },
      0,
    );
  }
  return `of ${subject.racers} racers one won, ${subject.rounds} times${throttled(undecided)}`;
};

export const refusesOldValidators: Check = async (subject) => {
  const { store, other } = subject;
  const name = subject.fresh('validator');
  const created = await decided(subject, name, () => store.createIfAbsent(name, uniqueBytes(subject, 'one')));
  demand(created.kind === 'created', 'creating a new object fails as if it existed');
  const bytes = uniqueBytes(subject, 'two');
  const replace = (validator: string, with_: Uint8Array) => decided(subject, name, () => other.replaceIfMatch(name, with_, validator));
  demand(
    (await replace(STRANGE_VALIDATOR, uniqueBytes(subject, 'x'))).kind === 'mismatch',
    'a validator that is no version’s replaced one',
  );
  const replaced = await replace(created.validator, bytes);
  demand(replaced.kind === 'replaced', 'replacing refuses the validator that the bucket itself gave');
  demand((await replace(created.validator, uniqueBytes(subject, 'x'))).kind === 'mismatch', 'an old validator replaced a newer version');
  const now = await store.get(name);
  demand(now.kind === 'found' && equalBytes(now.bytes, bytes), 'a refused replacement took effect');
  await store.delete(name);
  demand((await replace(replaced.validator, uniqueBytes(subject, 'x'))).kind === 'mismatch', 'replacing creates what was deleted');
  demand((await store.get(name)).kind === 'absent', 'a refused replacement created its object');
  return 'old, strange and deleted versions are refused';
};

export const losesNoIncrement: Check = async (subject) => {
  const name = subject.fresh('counter');
  await decided(subject, name, () => subject.store.createIfAbsent(name, numbered(subject, 0)));
  await Promise.all(Array.from({ length: INCREMENTERS }, (_, at) => increments(subject, at, name)));
  const found = await subject.store.get(name);
  const total = found.kind === 'found' ? Number.parseInt(textOf(found.bytes), 10) : Number.NaN;
  const expected = INCREMENTERS * INCREMENTS;
  demand(total === expected, `a counter stands at ${total} after ${expected} increments`);
  return `${expected} increments by ${INCREMENTERS} writers, none lost`;
};

async function increments(subject: Subject, writer: number, name: string): Promise<void> {
  const client = writer % 2 === 0 ? subject.store : subject.other;
  for (let done = 0, attempt = 0; done < INCREMENTS; attempt++) {
    if (attempt > INCREMENT_ATTEMPTS_MAX) throw new StoreError('transient', name, 'compare and swap makes no progress');
    const found = await client.get(name);
    demand(found.kind === 'found', 'a written object is not there');
    const next = numbered(subject, Number.parseInt(textOf(found.bytes), 10) + 1);
    const outcome = await client.replaceIfMatch(name, next, found.validator);
    if (outcome.kind === 'unknown') throw new StoreError('transient', name, outcome.reason);
    if (outcome.kind === 'undecided') await subject.runtime.clock.sleep(PAUSE_MS * (1 + (attempt % 4)));
    if (outcome.kind === 'replaced') done++;
  }
}

/** A number, and something unique: validators made of bytes must not come twice. */
function numbered(subject: Subject, value: number): Uint8Array {
  return uniqueBytes(subject, String(value));
}

interface Race {
  readonly name: string;
  readonly send: (client: Subject['store'], bytes: Uint8Array) => Promise<CreateOutcome | ReplaceOutcome>;
}

/** Racers at one name, of which exactly one may win; answers how many were sent away undecided. */
async function race(subject: Subject, what: string, prepare: () => Promise<Race>, sizeMin: number): Promise<number> {
  for (let match = 0; match < REMATCHES_MAX; match++) {
    const { name, send } = await prepare();
    const bodies = Array.from({ length: subject.racers }, (_, racer) => padded(uniqueBytes(subject, `racer ${racer}`), sizeMin));
    const outcomes = await Promise.all(bodies.map((bytes, racer) => send(racer % 2 === 0 ? subject.store : subject.other, bytes)));
    const of = (kind: string) => outcomes.flatMap((outcome, racer) => (outcome.kind === kind ? [racer] : []));
    const winners = [...of('created'), ...of('replaced')];
    demand(winners.length <= 1, `${winners.length} of ${subject.racers} concurrent ${what}s of one object succeeded`);
    const unknown = of('unknown');
    const undecided = of('undecided').length;
    if (winners.length === 0 && undecided === subject.racers) {
      await subject.runtime.clock.sleep(PAUSE_MS * (match + 1));
      continue;
    }
    const found = await subject.other.get(name);
    const owner = found.kind === 'found' ? bodies.findIndex((bytes) => equalBytes(bytes, found.bytes)) : -1;
    if (winners.length === 1) demand(owner === winners[0], `the ${what} that was told it won is not what is there`);
    else if (owner >= 0) demand(unknown.includes(owner), `a ${what} that was told it lost is what is there`);
    else demand(unknown.length > 0 || undecided > 0, `every ${what} was told it lost, and none is there`);
    return undecided;
  }
  throw new StoreError('transient', what, 'the store throws out every racer (429): too many requests at once');
}

function padded(bytes: Uint8Array, sizeMin: number): Uint8Array {
  if (bytes.length >= sizeMin) return bytes;
  const large = new Uint8Array(sizeMin);
  large.set(bytes);
  return large;
}

function throttled(undecided: number): string {
  return undecided === 0 ? '' : `; ${undecided} answers were 429 or 409, which is allowed`;
}
