import { assert } from '../../src/base/assert.ts';
import type { Runtime } from '../../src/base/runtime.ts';
import { StoreError, type GetOptions, type GetOutcome, type ListOptions, type ListPage, type ObjectStore } from '../object-store.ts';
import { PassThroughStore } from './pass-through.ts';
import { fractionFrom } from './seeded-random.ts';

export interface RetryPolicy {
  /** Attempts in all, the first included. */
  readonly attemptsMax: number;
  /** The first pause lasts up to this long, each later one up to twice the one before, never more than `pauseMsMax`. */
  readonly pauseMs: number;
  readonly pauseMsMax: number;
}

const PATIENT: RetryPolicy = { attemptsMax: 5, pauseMs: 50, pauseMsMax: 2_000 };

/**
 * Sends reads, lists and deletes again when they fail with a transient StoreError, after a pause drawn evenly from nothing to
 * its bound ("full jitter"). Writes pass through untouched: what became of one is for the commit protocol to find out.
 */
export class RetryingStore extends PassThroughStore {
  readonly #runtime: Pick<Runtime, 'clock' | 'random'>;
  readonly #policy: RetryPolicy;

  constructor(inner: ObjectStore, runtime: Pick<Runtime, 'clock' | 'random'>, policy: RetryPolicy = PATIENT) {
    assert(policy.attemptsMax >= 1, 'there is a first attempt', { ...policy });
    super(inner);
    this.#runtime = runtime;
    this.#policy = policy;
  }

  override get(name: string, options?: GetOptions): Promise<GetOutcome> {
    return this.#patiently(() => this.inner.get(name, options), options?.signal);
  }

  override delete(name: string): Promise<void> {
    return this.#patiently(() => this.inner.delete(name), undefined);
  }

  override list(prefix: string, options?: ListOptions): Promise<ListPage> {
    return this.#patiently(() => this.inner.list(prefix, options), undefined);
  }

  async #patiently<T>(send: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    let pauseMs = this.#policy.pauseMs;
    for (let attempt = 1; ; attempt++) {
      try {
        return await send();
      } catch (error) {
        if (!(error instanceof StoreError) || error.kind !== 'transient' || attempt >= this.#policy.attemptsMax) throw error;
      }
      await this.#runtime.clock.sleep(pauseMs * fractionFrom(this.#runtime.random), signal);
      pauseMs = Math.min(pauseMs * 2, this.#policy.pauseMsMax);
    }
  }
}
