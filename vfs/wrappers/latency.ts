import type { Clock, Random } from '../../src/base/runtime.ts';
import type {
  CreateOutcome,
  GetOptions,
  GetOutcome,
  ListOptions,
  ListPage,
  ObjectStore,
  ReplaceOutcome,
  Validator,
  WriteOptions,
} from '../object-store.ts';
import { fractionFrom } from './seeded-random.ts';

/** Median milliseconds of each kind of request; a bucket's latencies spread around them lognormally. */
export interface LatencyModel {
  readonly getMs: number;
  readonly putMs: number;
  /** A conditional write that is refused. */
  readonly failedPutMs: number;
  readonly listMs: number;
  readonly deleteMs: number;
  /** Standard deviation of the logarithm: 0.25 puts the 99th percentile at 1.8 medians. */
  readonly spread: number;
  /** Added for each mebibyte of a body: the bandwidth. */
  readonly msPerMebibyte: number;
}

/** Amazon S3 Standard from the same region, as measured by others (conditional writes at p50 61 ms, p99 103 ms). */
export const S3_STANDARD: LatencyModel = {
  getMs: 27,
  putMs: 61,
  failedPutMs: 75,
  listMs: 43,
  deleteMs: 30,
  spread: 0.25,
  msPerMebibyte: 12,
};

/** Makes each request take as long as the model says: half of it passes before the request takes effect, half after. */
export class LatencyStore implements ObjectStore {
  readonly #inner: ObjectStore;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #model: LatencyModel;

  constructor(inner: ObjectStore, clock: Clock, random: Random, model: LatencyModel = S3_STANDARD) {
    this.#inner = inner;
    this.#clock = clock;
    this.#random = random;
    this.#model = model;
  }

  get(name: string, options?: GetOptions): Promise<GetOutcome> {
    const bytesOf = (outcome: GetOutcome) => (outcome.kind === 'found' ? outcome.bytes.length : 0);
    return this.#delayed(
      this.#model.getMs,
      () => this.#inner.get(name, options),
      (outcome) => this.#transferMs(bytesOf(outcome)),
      options?.signal,
    );
  }

  createIfAbsent(name: string, bytes: Uint8Array, options?: WriteOptions): Promise<CreateOutcome> {
    return this.#write(
      bytes,
      () => this.#inner.createIfAbsent(name, bytes, options),
      (outcome) => outcome.kind === 'created',
    );
  }

  replaceIfMatch(name: string, bytes: Uint8Array, validator: Validator, options?: WriteOptions): Promise<ReplaceOutcome> {
    return this.#write(
      bytes,
      () => this.#inner.replaceIfMatch(name, bytes, validator, options),
      (outcome) => outcome.kind === 'replaced',
    );
  }

  delete(name: string): Promise<void> {
    return this.#delayed(
      this.#model.deleteMs,
      () => this.#inner.delete(name),
      () => 0,
    );
  }

  list(prefix: string, options?: ListOptions): Promise<ListPage> {
    return this.#delayed(
      this.#model.listMs,
      () => this.#inner.list(prefix, options),
      () => 0,
    );
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  /** Not cancelled by a signal: a write under way cannot be called back. */
  async #write<T>(bytes: Uint8Array, send: () => Promise<T>, succeeded: (outcome: T) => boolean): Promise<T> {
    await this.#clock.sleep(this.#transferMs(bytes.length));
    return this.#delayed(this.#model.putMs, send, (outcome) => (succeeded(outcome) ? 0 : this.#model.failedPutMs - this.#model.putMs));
  }

  async #delayed<T>(medianMs: number, send: () => Promise<T>, extraMs: (outcome: T) => number, signal?: AbortSignal): Promise<T> {
    const half = (medianMs * spreadOf(this.#random, this.#model.spread)) / 2;
    await this.#clock.sleep(half, signal);
    const outcome = await send();
    await this.#clock.sleep(half + extraMs(outcome), signal);
    return outcome;
  }

  #transferMs(bytes: number): number {
    return (bytes / 2 ** 20) * this.#model.msPerMebibyte;
  }
}

/** A lognormal factor with median 1, by Box and Muller's transform. */
export function spreadOf(random: Random, spread: number): number {
  const radius = Math.sqrt(-2 * Math.log(1 - fractionFrom(random)));
  return Math.exp(spread * radius * Math.cos(2 * Math.PI * fractionFrom(random)));
}
