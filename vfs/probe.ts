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

const CREATE_IGNORED = 'create-if-absent (If-None-Match: *) is ignored: an existing object was overwritten';
const REPLACE_IGNORED = 'replace-if-match (If-Match) is ignored: an object was overwritten under a validator that is not its own';

/**
 * Proves that a bucket can hold a database, before one is created in it: writes two names under `probe/`, and removes them. Several stores
 * accept If-None-Match or If-Match and ignore them, which would lose commits silently; such a bucket is refused with SQLSTATE 0A000 and the
 * name of what it lacks. Failures to reach the bucket are StoreErrors. 19 requests in 7 round trips; `velocidb doctor` looks closer.
 */
export async function probeStore(store: ObjectStore, runtime: Runtime): Promise<void> {
  const probe = new Probe(store, runtime);
  try {
    const first = await probe.creates();
    await probe.refuses(first);
    await probe.replaces(first);
    await probe.reads();
  } finally {
    await Promise.allSettled(probe.names.map((name) => store.delete(name)));
  }
}

interface Version {
  readonly bytes: Uint8Array;
  readonly validator: string;
}

class Probe {
  readonly names: readonly [string, string];
  readonly #store: ObjectStore;
  readonly #runtime: Runtime;
  readonly #name: string;
  readonly #absent: string;

  constructor(store: ObjectStore, runtime: Runtime) {
    const id = hexOf(runtime.random.bytes(8));
    this.#store = store;
    this.#runtime = runtime;
    this.#name = `probe/${id}-one`;
    this.#absent = `probe/${id}-absent`;
    this.names = [this.#name, this.#absent];
  }

  /** One of several concurrent creates wins, and its bytes are there. */
  async creates(): Promise<Version> {
    const bodies = Array.from({ length: RACERS }, (_, racer) => this.#bytes(`racer ${racer}`));
    const outcomes = await refusing(() => Promise.all(bodies.map((bytes) => this.#store.createIfAbsent(this.#name, bytes))));
    const winners = outcomes.flatMap((outcome, racer) => (outcome.kind === 'created' ? [racer] : []));
    const doubtful = outcomes.filter(({ kind }) => kind === 'unknown' || kind === 'undecided').length;
    demand(
      winners.length <= 1,
      `create-if-absent (If-None-Match: *) is ignored, or not atomic: ${winners.length} of ${RACERS} concurrent creates of one object succeeded`,
    );
    demand(winners.length === 1 || doubtful > 0, 'creating a new object fails as if it existed');
    if (winners.length === 0) await this.#decided(() => this.#store.createIfAbsent(this.#name, bodies[0])); // none may have landed
    const found = await this.#store.get(this.#name);
    demand(found.kind === 'found', 'a written object is not there to read');
    demand(winners.length === 0 || equalBytes(found.bytes, bodies[winners[0]]), CREATE_IGNORED);
    return found;
  }

  /** What must lose loses, and changes nothing. */
  async refuses(first: Version): Promise<void> {
    const [again, strange, nothing] = await Promise.all([
      this.#decided(() => this.#store.createIfAbsent(this.#name, this.#bytes('again'))),
      this.#decided(() => this.#store.replaceIfMatch(this.#name, this.#bytes('strange'), STRANGE_VALIDATOR)),
      this.#decided(() => this.#store.replaceIfMatch(this.#absent, this.#bytes('nothing'), STRANGE_VALIDATOR)),
    ]);
    demand(again.kind === 'exists', CREATE_IGNORED);
    demand(strange.kind === 'mismatch', REPLACE_IGNORED);
    demand(nothing.kind === 'mismatch', 'replace-if-match (If-Match) creates an object that does not exist');
    const now = await this.#store.get(this.#name, { unlessMatch: first.validator });
    demand(now.kind === 'unmodified', 'conditional reads (If-None-Match on GET) are ignored, or a refused write took effect');
  }

  /** The right validator replaces, once. */
  async replaces(first: Version): Promise<void> {
    const bytes = this.#bytes('replacement');
    const replaced = await this.#decided(() => this.#store.replaceIfMatch(this.#name, bytes, first.validator));
    demand(replaced.kind === 'replaced', 'replace-if-match (If-Match) refuses the validator that the bucket itself gave');
    demand(replaced.validator !== first.validator, 'different bytes have the same validator (ETag)');
    const late = await this.#decided(() => this.#store.replaceIfMatch(this.#name, this.#bytes('late'), first.validator));
    demand(late.kind === 'mismatch', REPLACE_IGNORED);
    const now = await this.#store.get(this.#name);
    demand(
      now.kind === 'found' && equalBytes(now.bytes, bytes) && now.validator === replaced.validator,
      'a read does not see the write before it',
    );
  }

  async reads(): Promise<void> {
    const [whole, middle, listed] = await Promise.all([
      this.#store.get(this.#name),
      this.#store.get(this.#name, { range: { offset: 2, length: 5 } }),
      this.#store.list(this.#name),
    ]);
    demand(whole.kind === 'found', 'a written object is not there to read');
    const isRanged = middle.kind === 'found' && middle.size === whole.size && equalBytes(middle.bytes, whole.bytes.subarray(2, 7));
    demand(isRanged, 'ranged reads (Range) are ignored');
    demand(listed.objects.length === 1 && listed.objects[0].name === this.#name, 'a written object is missing from listings');
  }

  /** Bytes that no other call gives. */
  #bytes(text: string): Uint8Array {
    return utf8(`${text} ${hexOf(this.#runtime.random.bytes(16))}`);
  }

  /** Sends a write until its outcome is known; the probe's names are its own, so an unknown one is a failure, not a hazard. */
  async #decided<T extends CreateOutcome | ReplaceOutcome>(send: () => Promise<T>): Promise<Decided<T>> {
    let reason = '';
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      const outcome = await refusing(send);
      if (outcome.kind !== 'undecided' && outcome.kind !== 'unknown') return outcome as Decided<T>;
      reason = outcome.reason;
      if (outcome.kind === 'unknown') break;
      await this.#runtime.clock.sleep(PAUSE_MS * (attempt + 1));
    }
    throw new StoreError('transient', this.#name, `the bucket cannot be probed: ${reason}`);
  }
}

type Decided<T> = Exclude<T, Undecided | { readonly kind: 'unknown' }>;

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
    hint: 'Use a store that honours conditional writes, such as Amazon S3 or a local directory; "velocidb doctor" says more about this one.',
  });
}
