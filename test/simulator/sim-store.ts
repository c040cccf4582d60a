/**
 * One bucket, seen by many processes over a network that delays, loses, repeats and damages. Below the network the bucket is
 * linearizable: a request takes effect at one moment between being sent and being answered, or not at all, or again later.
 */
import {
  StoreError,
  type CreateOutcome,
  type GetOptions,
  type GetOutcome,
  type ListPage,
  type ObjectStore,
  type ReplaceOutcome,
  type Validator,
} from '../../vfs/object-store.ts';
import type { Bucket } from './bucket.ts';
import type { Process } from './process.ts';

/** Probabilities of what happens to one request, and of what it costs. */
export interface NetworkFaults {
  readonly lostBefore: number;
  readonly lostAfter: number;
  /** The client hears of a timeout; the request lands up to `ghostMs` later. */
  readonly ghost: number;
  readonly ghostMs: number;
  /** Sent twice; either answer is heard. */
  readonly duplicate: number;
  readonly refused: number;
  readonly shortBody: number;
  readonly flippedBit: number;
  /** A response that takes `slowMs`. */
  readonly slow: number;
  readonly slowMs: number;
  /** A listing as the bucket was up to a minute ago. */
  readonly staleList: number;
}

export const NO_FAULTS: NetworkFaults = {
  lostBefore: 0,
  lostAfter: 0,
  ghost: 0,
  ghostMs: 0,
  duplicate: 0,
  refused: 0,
  shortBody: 0,
  flippedBit: 0,
  slow: 0,
  slowMs: 0,
  staleList: 0,
};

/** How long a client waits for an answer before it calls it lost, ms. */
const TIMEOUT_MS = 5_000;

type Fate = 'answered' | 'lostBefore' | 'lostAfter' | 'ghost' | 'duplicate' | 'refused';

const FATES: readonly Exclude<Fate, 'answered'>[] = ['lostBefore', 'lostAfter', 'ghost', 'duplicate', 'refused'];

export class SimStore implements ObjectStore {
  readonly #bucket: Bucket;
  readonly #process: Process;
  readonly #faults: () => NetworkFaults;

  /** `faults` is asked for every request, so that they can be stopped. */
  constructor(bucket: Bucket, process: Process, faults: () => NetworkFaults) {
    this.#bucket = bucket;
    this.#process = process;
    this.#faults = faults;
  }

  async get(name: string, options?: GetOptions): Promise<GetOutcome> {
    const outcome = await this.#read(`get ${name}`, name, () => this.#bucket.get(name, options));
    if (outcome.kind !== 'found' || outcome.bytes.length === 0) return outcome;
    const { world } = this.#process;
    const faults = this.#faults();
    if (world.chance(faults.shortBody)) throw new StoreError('transient', name, 'simulated: the body ended early');
    if (!world.chance(faults.flippedBit)) return outcome;
    world.note(`${this.#process.name} flipped bit in ${name}`);
    const bytes = outcome.bytes.slice();
    bytes[world.below(bytes.length)] ^= 1 << world.below(8);
    return { ...outcome, bytes };
  }

  createIfAbsent(name: string, bytes: Uint8Array): Promise<CreateOutcome> {
    const sent = bytes.slice();
    return this.#write(`create ${name}`, () => this.#bucket.createIfAbsent(name, sent));
  }

  replaceIfMatch(name: string, bytes: Uint8Array, validator: Validator): Promise<ReplaceOutcome> {
    const sent = bytes.slice();
    return this.#write(`replace ${name}`, () => this.#bucket.replaceIfMatch(name, sent, validator));
  }

  delete(name: string): Promise<void> {
    return this.#read(`delete ${name}`, name, () => this.#bucket.delete(name));
  }

  list(prefix: string, options?: { readonly after?: string | undefined; readonly limit?: number | undefined }): Promise<ListPage> {
    const isStale = this.#process.world.chance(this.#faults().staleList);
    return this.#read(`list ${prefix}`, prefix, () => this.#bucket.list(prefix, options, isStale));
  }

  async close(): Promise<void> {}

  #read<T>(what: string, name: string, apply: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const fail = (): void => reject(new StoreError('transient', name, 'simulated: no answer'));
      this.#send(what, apply, resolve, fail, fail);
    });
  }

  #write<T extends { readonly kind: string }>(
    what: string,
    apply: () => Promise<T>,
  ): Promise<T | { kind: 'undecided'; reason: string } | { kind: 'unknown'; reason: string }> {
    return new Promise((resolve) => {
      const unknown = (): void => resolve({ kind: 'unknown', reason: 'simulated: no answer' });
      const undecided = (): void => resolve({ kind: 'undecided', reason: 'simulated: 409 or 503' });
      this.#send(what, apply, resolve, unknown, undecided);
    });
  }

  #send<T>(what: string, apply: () => Promise<T>, answer: (value: T) => void, timeout: () => void, refuse: () => void): void {
    const process = this.#process;
    const { world } = process;
    const faults = this.#faults();
    const fate = this.#fate(faults);
    const there = this.#latencyMs();
    const back = world.chance(faults.slow) ? faults.slowMs * world.fraction() : this.#latencyMs();
    const land = (ms: number, landed: (value: T) => void, failed: () => void): void => {
      this.#bucket.requestsUnderWay++;
      world.after(ms, () => {
        this.#bucket.requestsUnderWay--;
        apply().then((value) => {
          world.note(`${process.name} ${what} -> ${kindOf(value)} (${fate})`);
          landed(value);
        }, failed);
      });
    };
    const hear = (ms: number, run: () => void): void => world.after(ms, () => process.deliver(run));
    const heard = (value: T): void => hear(back, () => answer(value));
    const lost = (): void => hear(back, timeout);
    const unheard = (): void => undefined;
    switch (fate) {
      case 'answered':
        return land(there, heard, lost);
      case 'lostBefore':
        return hear(TIMEOUT_MS, timeout);
      case 'lostAfter':
        land(there, unheard, unheard);
        return hear(world.chance(0.5) ? there + back : TIMEOUT_MS, timeout);
      case 'ghost':
        land(faults.ghostMs * world.fraction(), unheard, unheard);
        return hear(TIMEOUT_MS, timeout);
      case 'duplicate': {
        const firstIsHeard = world.chance(0.5);
        const again = there + (world.chance(0.2) ? faults.ghostMs : 2_000) * world.fraction();
        land(there, firstIsHeard ? heard : unheard, lost);
        return land(again, firstIsHeard ? unheard : heard, lost);
      }
      default:
        return hear(there + back, refuse);
    }
  }

  #fate(faults: NetworkFaults): Fate {
    const { world } = this.#process;
    for (const fate of FATES) if (faults[fate] > 0 && world.chance(faults[fate])) return fate;
    return 'answered';
  }

  #latencyMs(): number {
    const { world } = this.#process;
    return 3 + world.fraction() * 20 + (world.chance(0.02) ? world.fraction() * 500 : 0);
  }
}

function kindOf(value: unknown): string {
  return typeof value === 'object' && value !== null && 'kind' in value ? String(value.kind) : 'done';
}
