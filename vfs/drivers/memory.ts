import { assert } from '../../src/base/assert.ts';
import type { Clock } from '../../src/base/runtime.ts';
import { checkedName, checkedPrefix } from '../names.ts';
import type {
  CreateOutcome,
  GetOptions,
  GetOutcome,
  ListPage,
  ObjectStore,
  ReplaceOutcome,
  StoreTimeMs,
  Validator,
  WriteOptions,
} from '../object-store.ts';
import { boundsOf, limitOf } from '../ranges.ts';

interface Version {
  readonly bytes: Uint8Array;
  readonly validator: Validator;
  readonly modifiedMs: StoreTimeMs;
}

export interface MemoryStoreOptions {
  /** The store's clock, reported in whole seconds as HTTP does. Without one no answer carries a time (as R2's binding). */
  readonly clock?: Pick<Clock, 'now'> | undefined;
}

/**
 * A bucket in this process's memory. Every call takes effect at once, when it is made, so a single-threaded caller sees a
 * linearizable store whose behaviour depends on nothing but the calls and the clock. Latency and faults come from wrappers.
 */
export class MemoryStore implements ObjectStore {
  readonly #objects = new Map<string, Version>();
  readonly #clock: Pick<Clock, 'now'> | undefined;
  /** All names in order; undefined when a write has made it stale. */
  #names: readonly string[] | undefined = [];
  #versions = 0;

  constructor(options: MemoryStoreOptions = {}) {
    this.#clock = options.clock;
  }

  async get(name: string, options: GetOptions = {}): Promise<GetOutcome> {
    options.signal?.throwIfAborted();
    const version = this.#objects.get(checkedName(name));
    const dateMs = this.#dateMs();
    if (version === undefined) return { kind: 'absent', dateMs };
    if (version.validator === options.unlessMatch) return { kind: 'unmodified', dateMs };
    const { start, end } = boundsOf(options.range, version.bytes.length);
    const { validator, modifiedMs } = version;
    return { kind: 'found', bytes: version.bytes.slice(start, end), validator, size: version.bytes.length, modifiedMs, dateMs };
  }

  async createIfAbsent(name: string, bytes: Uint8Array, options: WriteOptions = {}): Promise<CreateOutcome> {
    options.signal?.throwIfAborted();
    if (this.#objects.has(checkedName(name))) return { kind: 'exists', dateMs: this.#dateMs() };
    return { kind: 'created', ...this.#put(name, bytes) };
  }

  async replaceIfMatch(name: string, bytes: Uint8Array, validator: Validator, options: WriteOptions = {}): Promise<ReplaceOutcome> {
    options.signal?.throwIfAborted();
    if (this.#objects.get(checkedName(name))?.validator !== validator) return { kind: 'mismatch', dateMs: this.#dateMs() };
    return { kind: 'replaced', ...this.#put(name, bytes) };
  }

  async delete(name: string): Promise<void> {
    if (this.#objects.delete(checkedName(name))) this.#names = undefined;
  }

  async list(
    prefix: string,
    options: { readonly after?: string | undefined; readonly limit?: number | undefined } = {},
  ): Promise<ListPage> {
    checkedPrefix(prefix);
    const limit = limitOf(options.limit);
    this.#names ??= [...this.#objects.keys()].sort(); // names are ASCII: UTF-16 order is byte order
    const after = options.after;
    const matching = this.#names.filter((name) => name.startsWith(prefix) && (after === undefined || name > after));
    const objects = matching.slice(0, limit).map((name) => this.#listed(name));
    return { objects, next: matching.length > limit ? matching[limit - 1] : undefined, dateMs: this.#dateMs() };
  }

  async close(): Promise<void> {}

  /** Puts bytes whatever is there, as somebody with access to the bucket might: for tests that damage or restore objects. */
  plant(name: string, bytes: Uint8Array): void {
    this.#put(checkedName(name), bytes);
  }

  /** Takes an object away, as `plant` puts one. */
  remove(name: string): void {
    if (this.#objects.delete(name)) this.#names = undefined;
  }

  /** The bytes of an object as they lie, without a request; undefined when absent. */
  peek(name: string): Uint8Array | undefined {
    return this.#objects.get(name)?.bytes.slice();
  }

  /** Every name, in byte order. */
  names(): readonly string[] {
    return [...this.#objects.keys()].sort();
  }

  #put(name: string, bytes: Uint8Array): { validator: Validator; dateMs: StoreTimeMs } {
    const dateMs = this.#dateMs();
    const validator = `"${++this.#versions}"`;
    if (!this.#objects.has(name)) this.#names = undefined;
    this.#objects.set(name, { bytes: bytes.slice(), validator, modifiedMs: dateMs });
    return { validator, dateMs };
  }

  #listed(name: string): { name: string; size: number; modifiedMs: StoreTimeMs } {
    const version = this.#objects.get(name);
    assert(version !== undefined, 'every listed name has an object', { name });
    return { name, size: version.bytes.length, modifiedMs: version.modifiedMs };
  }

  #dateMs(): StoreTimeMs {
    return this.#clock === undefined ? undefined : Math.floor(this.#clock.now() / 1000) * 1000;
  }
}
