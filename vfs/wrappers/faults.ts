/**
 * Everything a bucket and a network do to a request, on demand and repeatable by seed.
 *
 *                        write                                  read, list, delete
 *     lost-before        unknown, nothing landed                transient StoreError
 *     lost-after         unknown, landed                        transient StoreError (a delete has happened)
 *     late               unknown at once, lands later           transient StoreError (a delete happens later)
 *     duplicate          sent twice, either answer              sent twice
 *     throttle           undecided (503 SlowDown)               transient StoreError
 *     conflict           undecided (409)                        transient StoreError
 *     ok-with-error      unknown, landed or not                 transient StoreError
 *     denied             StoreError `denied`                    StoreError `denied`
 *     short-body         -                                      fewer bytes than asked, as if whole
 *     flipped-bit        -                                      one bit wrong
 *
 * The last two break O4 on purpose: what the engine's own checksums are for.
 */
import { unreachable } from '../../src/base/assert.ts';
import type { Clock, Random } from '../../src/base/runtime.ts';
import { StoreError } from '../object-store.ts';
import type {
  CreateOutcome,
  GetOptions,
  GetOutcome,
  ListOptions,
  ListPage,
  ObjectStore,
  ReplaceOutcome,
  Undecided,
  Unknown,
  Validator,
  WriteOptions,
} from '../object-store.ts';
import { fractionFrom } from './seeded-random.ts';

export type FaultKind =
  | 'lost-before'
  | 'lost-after'
  | 'late'
  | 'duplicate'
  | 'throttle'
  | 'conflict'
  | 'ok-with-error'
  | 'denied'
  | 'short-body'
  | 'flipped-bit';

export type FaultyRequest = 'get' | 'create' | 'replace' | 'delete' | 'list';

/** One way in which requests fail. Without `nth` and `probability` every matching request does. */
export interface FaultRule {
  readonly kind: FaultKind;
  /** Only these kinds of request. */
  readonly on?: readonly FaultyRequest[] | undefined;
  /** Only names (for a list, prefixes) that begin with this. */
  readonly under?: string | undefined;
  readonly probability?: number | undefined;
  /** Only the n-th matching request, from 1. */
  readonly nth?: number | undefined;
  /** How much later a late request lands, at most; 60 s when not given. */
  readonly lateMs?: number | undefined;
}

/** An object store that fails as its rules say; the first rule that fires on a request decides. */
export class FaultyStore implements ObjectStore {
  readonly #inner: ObjectStore;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #rules: { readonly rule: FaultRule; seen: number }[];
  readonly #late = new Set<Promise<void>>();
  /** How many faults of each kind were injected: a test that wants one checks that it saw it. */
  readonly injected = new Map<FaultKind, number>();

  constructor(inner: ObjectStore, clock: Clock, random: Random, rules: readonly FaultRule[]) {
    this.#inner = inner;
    this.#clock = clock;
    this.#random = random;
    this.#rules = rules.map((rule) => ({ rule, seen: 0 }));
  }

  async get(name: string, options?: GetOptions): Promise<GetOutcome> {
    const fault = this.#draw('get', name);
    const outcome = await this.#read(fault, name, () => this.#inner.get(name, options));
    if (outcome.kind !== 'found' || outcome.bytes.length === 0) return outcome;
    if (fault?.kind === 'short-body') return { ...outcome, bytes: outcome.bytes.slice(0, this.#below(outcome.bytes.length)) };
    if (fault?.kind === 'flipped-bit') return { ...outcome, bytes: this.#flipped(outcome.bytes) };
    return outcome;
  }

  createIfAbsent(name: string, bytes: Uint8Array, options?: WriteOptions): Promise<CreateOutcome> {
    const sent = bytes.slice();
    return this.#write(this.#draw('create', name), name, () => this.#inner.createIfAbsent(name, sent, options));
  }

  replaceIfMatch(name: string, bytes: Uint8Array, validator: Validator, options?: WriteOptions): Promise<ReplaceOutcome> {
    const sent = bytes.slice();
    return this.#write(this.#draw('replace', name), name, () => this.#inner.replaceIfMatch(name, sent, validator, options));
  }

  delete(name: string): Promise<void> {
    return this.#read(this.#draw('delete', name), name, () => this.#inner.delete(name));
  }

  list(prefix: string, options?: ListOptions): Promise<ListPage> {
    return this.#read(this.#draw('list', prefix), prefix, () => this.#inner.list(prefix, options));
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  /** Resolves when every late request has landed. */
  async settled(): Promise<void> {
    while (this.#late.size > 0) await Promise.all(this.#late);
  }

  #draw(request: FaultyRequest, name: string): FaultRule | undefined {
    for (const entry of this.#rules) {
      const { on, under, nth, probability } = entry.rule;
      if (on !== undefined && !on.includes(request)) continue;
      if (under !== undefined && !name.startsWith(under)) continue;
      entry.seen++;
      if (nth !== undefined && entry.seen !== nth) continue;
      if (probability !== undefined && fractionFrom(this.#random) >= probability) continue;
      this.injected.set(entry.rule.kind, (this.injected.get(entry.rule.kind) ?? 0) + 1);
      return entry.rule;
    }
    return undefined;
  }

  async #write<T>(fault: FaultRule | undefined, name: string, send: () => Promise<T>): Promise<T | Undecided | Unknown> {
    if (fault === undefined) return send();
    switch (fault.kind) {
      case 'short-body':
      case 'flipped-bit':
        return send();
      case 'lost-before':
        return { kind: 'unknown', reason: 'injected: connection reset' };
      case 'lost-after':
        await send();
        return { kind: 'unknown', reason: 'injected: connection reset' };
      case 'late':
        this.#sendLate(fault, send);
        return { kind: 'unknown', reason: 'injected: timeout' };
      case 'duplicate': {
        const answers = [await send(), await send()];
        return answers[this.#below(2)];
      }
      case 'throttle':
        return { kind: 'undecided', reason: 'injected: 503 SlowDown' };
      case 'conflict':
        return { kind: 'undecided', reason: 'injected: 409 ConditionalRequestConflict' };
      case 'ok-with-error':
        if (this.#below(2) === 1) await send();
        return { kind: 'unknown', reason: 'injected: 200 InternalError' };
      case 'denied':
        throw new StoreError('denied', name, 'injected: 403 AccessDenied');
      default:
        return unreachable(fault.kind);
    }
  }

  async #read<T>(fault: FaultRule | undefined, name: string, send: () => Promise<T>): Promise<T> {
    if (fault === undefined) return send();
    switch (fault.kind) {
      case 'short-body':
      case 'flipped-bit':
        return send();
      case 'lost-before':
      case 'throttle':
      case 'conflict':
      case 'ok-with-error':
        throw new StoreError('transient', name, `injected: ${fault.kind}`);
      case 'lost-after':
        await send();
        throw new StoreError('transient', name, 'injected: lost-after');
      case 'late':
        this.#sendLate(fault, send);
        throw new StoreError('transient', name, 'injected: timeout');
      case 'duplicate':
        await send();
        return send();
      case 'denied':
        throw new StoreError('denied', name, 'injected: 403 AccessDenied');
      default:
        return unreachable(fault.kind);
    }
  }

  #sendLate(fault: FaultRule, send: () => Promise<unknown>): void {
    const landing = this.#clock
      .sleep((fault.lateMs ?? 60_000) * fractionFrom(this.#random))
      .then(send)
      .then(
        () => {},
        () => {}, // nobody is left to hear of it
      )
      .finally(() => this.#late.delete(landing));
    this.#late.add(landing);
  }

  #flipped(bytes: Uint8Array): Uint8Array {
    const damaged = bytes.slice();
    damaged[this.#below(damaged.length)] ^= 1 << this.#below(8);
    return damaged;
  }

  #below(limit: number): number {
    return Math.floor(fractionFrom(this.#random) * limit);
  }
}
