/**
 * Turns many reads of one immutable object into few requests.
 *
 *     asked in one turn:   [0,4)  [4,9)          [20,24)     [6,8)
 *     sent:                [0─────────9)          [20,24)     one request each: neighbours and overlaps are merged
 *     asked while under way:  [2,5)                            shares the request that covers it
 *
 * Only objects that `isImmutable` says never change: for another, sharing a request that started before the caller asked
 * would answer with a state older than the question. Everything else passes through at once.
 */
import { assert } from '../../src/base/assert.ts';
import type { GetOptions, GetOutcome, ObjectStore } from '../object-store.ts';
import { PassThroughStore } from './pass-through.ts';

export interface CoalescingOptions {
  readonly isImmutable: (name: string) => boolean;
  /** Bytes between two ranges that are cheaper to fetch along than to ask for apart. */
  readonly gapBytesMax?: number | undefined;
  /** Merged ranges do not grow past this. */
  readonly mergedBytesMax?: number | undefined;
}

interface Waiter {
  readonly offset: number;
  readonly end: number;
  resolve(outcome: GetOutcome | Promise<GetOutcome>): void;
}

interface Request {
  readonly offset: number;
  readonly end: number;
  readonly outcome: Promise<GetOutcome>;
}

/** An object store whose ranged reads of immutable objects are merged and shared; see the file's header. */
export class CoalescingStore extends PassThroughStore {
  readonly #isImmutable: (name: string) => boolean;
  readonly #gapBytesMax: number;
  readonly #mergedBytesMax: number;
  readonly #waiting = new Map<string, Waiter[]>();
  readonly #underWay = new Map<string, Set<Request>>();

  constructor(inner: ObjectStore, options: CoalescingOptions) {
    super(inner);
    this.#isImmutable = options.isImmutable;
    this.#gapBytesMax = options.gapBytesMax ?? 64 * 1024;
    this.#mergedBytesMax = options.mergedBytesMax ?? 8 * 1024 * 1024;
  }

  override get(name: string, options: GetOptions = {}): Promise<GetOutcome> {
    const { range, unlessMatch, signal } = options;
    const mergeable = range !== undefined && 'offset' in range && range.length > 0 && unlessMatch === undefined && signal === undefined;
    if (!mergeable || !this.#isImmutable(name)) return this.inner.get(name, options);
    const wanted = { offset: range.offset, end: range.offset + range.length };
    for (const request of this.#underWay.get(name) ?? []) {
      if (request.offset <= wanted.offset && wanted.end <= request.end)
        return request.outcome.then((outcome) => part(outcome, request.offset, wanted));
    }
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(name);
      if (waiting !== undefined) {
        waiting.push({ ...wanted, resolve });
        return;
      }
      this.#waiting.set(name, [{ ...wanted, resolve }]);
      queueMicrotask(() => this.#flush(name));
    });
  }

  #flush(name: string): void {
    const waiters = this.#waiting.get(name);
    assert(waiters !== undefined && waiters.length > 0, 'a flush finds those who wait', { name });
    this.#waiting.delete(name);
    waiters.sort((a, b) => a.offset - b.offset || a.end - b.end);
    let group: Waiter[] = [];
    let end = 0;
    for (const waiter of waiters) {
      const merges =
        group.length > 0 && waiter.offset <= end + this.#gapBytesMax && Math.max(end, waiter.end) - group[0].offset <= this.#mergedBytesMax;
      if (!merges && group.length > 0) this.#send(name, group, end);
      group = merges ? [...group, waiter] : [waiter];
      end = merges ? Math.max(end, waiter.end) : waiter.end;
    }
    this.#send(name, group, end);
  }

  #send(name: string, group: readonly Waiter[], end: number): void {
    const offset = group[0].offset;
    const request: Request = { offset, end, outcome: this.inner.get(name, { range: { offset, length: end - offset } }) };
    const requests = this.#underWay.get(name) ?? new Set();
    this.#underWay.set(name, requests.add(request));
    const forget = () => {
      requests.delete(request);
      if (requests.size === 0 && this.#underWay.get(name) === requests) this.#underWay.delete(name);
    };
    request.outcome.then(forget, forget);
    for (const waiter of group) waiter.resolve(request.outcome.then((outcome) => part(outcome, offset, waiter)));
  }
}

/** The part of a merged answer that one caller asked for; its own copy. */
function part(outcome: GetOutcome, offset: number, wanted: { readonly offset: number; readonly end: number }): GetOutcome {
  if (outcome.kind !== 'found') return outcome;
  return { ...outcome, bytes: outcome.bytes.slice(wanted.offset - offset, wanted.end - offset) };
}
