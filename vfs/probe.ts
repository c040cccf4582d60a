import { equalBytes, hexOf, utf8 } from '../src/base/bytes.ts';
import type { Runtime } from '../src/base/runtime.ts';
import { SqlError } from '../src/base/sql-error.ts';
import { StoreError } from './object-store.ts';
import type { CreateOutcome, ObjectStore, ReplaceOutcome, Undecided } from './object-store.ts';

const RACERS = 8;
const ATTEMPTS_MAX = 10;
const PAUSE_MS = 100;
/** What an ETag might look like that no object of the bucket has. */
const STRANGE_VALIDATOR = '"00000000000000000000000000000000"';

/**
 * Proves that a bucket can hold a database, before one is created in it: writes under `probe/`, and removes what it wrote.
 * Several stores accept If-None-Match or If-Match and ignore them, which would lose commits silently; such a bucket is
 * refused with SQLSTATE 0A000 and the name of what it lacks. Failures to reach the bucket are StoreErrors.
 */
export async function probeStore(store: ObjectStore, runtime: Runtime): Promise<void> {
  const id = hexOf(runtime.random.bytes(8));
  const names = { one: `probe/${id}-one`, absent: `probe/${id}-absent`, race: `probe/${id}-race` };
  const bytes = (text: string) => utf8(`${text} ${hexOf(runtime.random.bytes(16))}`);
  try {
    await probeCreate(store, runtime, names.one, bytes);
    await probeReplace(store, runtime, names.one, names.absent, bytes);
    await probeReads(store, names.one);
    await probeRace(store, names.race, bytes);
    await store.delete(names.one);
    demand((await store.get(names.one)).kind === 'absent', 'deleted objects are still there');
  } finally {
    await Promise.allSettled(Object.values(names).map((name) => store.delete(name)));
  }
}

async function probeCreate(store: ObjectStore, runtime: Runtime, name: string, bytes: (text: string) => Uint8Array): Promise<void> {
  const first = bytes('first');
  const created = await decided(runtime, name, () => store.createIfAbsent(name, first));
  demand(created.kind === 'created', 'creating a new object fails as if it existed');
  const again = await decided(runtime, name, () => store.createIfAbsent(name, bytes('second')));
  const found = await store.get(name);
  const intact = found.kind === 'found' && equalBytes(found.bytes, first);
  demand(again.kind === 'exists' && intact, 'create-if-absent (If-None-Match: *) is ignored: an existing object was overwritten');
}

async function probeReplace(
  store: ObjectStore,
  runtime: Runtime,
  name: string,
  absent: string,
  bytes: (text: string) => Uint8Array,
): Promise<void> {
  const reason = 'replace-if-match (If-Match) is ignored: an object was overwritten under a validator that is not its own';
  const strange = await decided(runtime, name, () => store.replaceIfMatch(name, bytes('strange'), STRANGE_VALIDATOR));
  demand(strange.kind === 'mismatch', reason);
  const nothing = await decided(runtime, name, () => store.replaceIfMatch(absent, bytes('nothing'), STRANGE_VALIDATOR));
  demand(nothing.kind === 'mismatch', 'replace-if-match (If-Match) creates an object that does not exist');
  const found = await store.get(name);
  demand(found.kind === 'found', 'a written object is not there to read');
  const replacement = bytes('replacement');
  const replaced = await decided(runtime, name, () => store.replaceIfMatch(name, replacement, found.validator));
  demand(replaced.kind === 'replaced', 'replace-if-match (If-Match) refuses the validator that the bucket itself gave');
  demand(replaced.validator !== found.validator, 'different bytes have the same validator (ETag)');
  const late = await decided(runtime, name, () => store.replaceIfMatch(name, bytes('late'), found.validator));
  demand(late.kind === 'mismatch', reason);
  const now = await store.get(name);
  demand(
    now.kind === 'found' && equalBytes(now.bytes, replacement) && now.validator === replaced.validator,
    'a read does not see the write before it',
  );
}

async function probeReads(store: ObjectStore, name: string): Promise<void> {
  const whole = await store.get(name);
  demand(whole.kind === 'found', 'a written object is not there to read');
  const middle = await store.get(name, { range: { offset: 2, length: 5 } });
  const isRanged = middle.kind === 'found' && middle.size === whole.size && equalBytes(middle.bytes, whole.bytes.subarray(2, 7));
  demand(isRanged, 'ranged reads (Range) are ignored');
  const unchanged = await store.get(name, { unlessMatch: whole.validator });
  demand(unchanged.kind === 'unmodified', 'conditional reads (If-None-Match on GET) are ignored');
  const listed = await store.list(name);
  demand(listed.objects.length === 1 && listed.objects[0].name === name, 'a written object is missing from listings');
}

async function probeRace(store: ObjectStore, name: string, bytes: (text: string) => Uint8Array): Promise<void> {
  const outcomes = await Promise.all(Array.from({ length: RACERS }, (_, racer) => store.createIfAbsent(name, bytes(`racer ${racer}`))));
  const created = outcomes.filter((outcome) => outcome.kind === 'created').length;
  const doubtful = outcomes.filter((outcome) => outcome.kind === 'unknown' || outcome.kind === 'undecided').length;
  demand(
    created === 1 || (created === 0 && doubtful > 0),
    `create-if-absent is not atomic: ${created} of ${RACERS} concurrent creates of one object succeeded`,
  );
}

type Decided<T> = Exclude<T, Undecided | { readonly kind: 'unknown' }>;

/** Sends a write until its outcome is known; the probe's names are its own, so an unknown one is a failure, not a hazard. */
async function decided<T extends CreateOutcome | ReplaceOutcome>(
  runtime: Runtime,
  name: string,
  send: () => Promise<T>,
): Promise<Decided<T>> {
  let reason = '';
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const outcome = await refusing(send);
    if (outcome.kind !== 'undecided' && outcome.kind !== 'unknown') return outcome as Decided<T>;
    reason = outcome.reason;
    if (outcome.kind === 'unknown') break;
    await runtime.clock.sleep(PAUSE_MS * (attempt + 1));
  }
  throw new StoreError('transient', name, `the bucket cannot be probed: ${reason}`);
}

/** A store that says it does not implement conditional writes is refused in the same words as one that ignores them. */
async function refusing<T>(send: () => Promise<T>): Promise<T> {
  try {
    return await send();
  } catch (error) {
    demand(
      !(error instanceof StoreError && error.message.includes('NotImplemented')),
      'conditional writes (If-None-Match, If-Match) are not implemented',
    );
    throw error;
  }
}

function demand(holds: boolean, reason: string): asserts holds {
  if (holds) return;
  throw new SqlError('feature_not_supported', 'this object store cannot hold a database', {
    detail: `Probing it showed: ${reason}.`,
    hint: 'Use a store that honours conditional writes, such as Amazon S3 or a local directory.',
  });
}
