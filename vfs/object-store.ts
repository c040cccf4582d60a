/**
 * The bucket, as the engine sees it: named immutable bytes, and two conditional writes.
 *
 * Invariants every driver holds (the contract suite under test/contract checks them):
 *   O1  Of any number of concurrent `createIfAbsent` of one name, exactly one is `created`.
 *   O2  `replaceIfMatch` replaces only the version that its validator names, atomically.
 *   O3  One call is at most one wire attempt: a driver never sends a conditional write again by itself.
 *   O4  A `get` that succeeds returns whole bytes of one version; a short or torn body is a StoreError, never a value.
 *   O5  Absent means absent (404). Not allowed (403), unreachable and throttled are StoreErrors or `undecided`/`unknown`.
 *   O6  A read that starts after a write was answered sees it (strong read-after-write).
 */

/** A version of an object, opaque: HTTP's ETag, GCS's generation. Equal validators mean equal bytes. */
export type Validator = string;

/** Bytes asked for: all of them, `length` from `offset`, or the last `suffix`. */
export type Range = { readonly offset: number; readonly length: number } | { readonly suffix: number };

export interface GetOptions {
  readonly range?: Range | undefined;
  /** Ask only for a version other than this one: the answer is `unmodified` when it is still current. */
  readonly unlessMatch?: Validator | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface WriteOptions {
  readonly signal?: AbortSignal | undefined;
}

/** The store's own clock in milliseconds since 1970 (HTTP `Date`, one-second grain); undefined where answers carry none. */
export type StoreTimeMs = number | undefined;

export type GetOutcome =
  | {
      readonly kind: 'found';
      readonly bytes: Uint8Array;
      readonly validator: Validator;
      /** Length of the whole object in bytes, also when a range was asked for. */
      readonly size: number;
      readonly modifiedMs: StoreTimeMs;
      readonly dateMs: StoreTimeMs;
    }
  | { readonly kind: 'absent'; readonly dateMs: StoreTimeMs }
  | { readonly kind: 'unmodified'; readonly dateMs: StoreTimeMs };

/** Nothing landed and nothing will: sending again is safe (409, 429, 503 known to precede the write). */
export interface Undecided {
  readonly kind: 'undecided';
  readonly reason: string;
}

/** It may have landed, or may land later: timeout, reset, other 5xx. */
export interface Unknown {
  readonly kind: 'unknown';
  readonly reason: string;
}

export type CreateOutcome =
  | { readonly kind: 'created'; readonly validator: Validator; readonly dateMs: StoreTimeMs }
  | { readonly kind: 'exists'; readonly dateMs: StoreTimeMs }
  | Undecided
  | Unknown;

export type ReplaceOutcome =
  | { readonly kind: 'replaced'; readonly validator: Validator; readonly dateMs: StoreTimeMs }
  | { readonly kind: 'mismatch'; readonly dateMs: StoreTimeMs }
  | Undecided
  | Unknown;

/** Names greater than `after`, at most `limit` of them: 1,000 when not given. */
export interface ListOptions {
  readonly after?: string | undefined;
  readonly limit?: number | undefined;
}

export interface ListedObject {
  readonly name: string;
  readonly size: number;
  readonly modifiedMs: StoreTimeMs;
}

export interface ListPage {
  /** In ascending byte order of name. */
  readonly objects: readonly ListedObject[];
  /** Pass to the next call as `after`; undefined on the last page. */
  readonly next: string | undefined;
  readonly dateMs: StoreTimeMs;
}

/** An object store under one prefix. Names are relative to it: segments of [A-Za-z0-9._-] joined by '/'. */
export interface ObjectStore {
  get(name: string, options?: GetOptions): Promise<GetOutcome>;
  createIfAbsent(name: string, bytes: Uint8Array, options?: WriteOptions): Promise<CreateOutcome>;
  replaceIfMatch(name: string, bytes: Uint8Array, validator: Validator, options?: WriteOptions): Promise<ReplaceOutcome>;
  /** Removes the object; absent already is fine. */
  delete(name: string): Promise<void>;
  /** Names that begin with `prefix`, a page of them. */
  list(prefix: string, options?: ListOptions): Promise<ListPage>;
  /** Releases sockets and handles. Calls under way may fail. */
  close(): Promise<void>;
}

/** Why a read, list or delete failed. `transient` ones may be sent again. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly kind: 'transient' | 'denied' | 'damaged' | 'permanent';
  readonly object: string;

  constructor(kind: StoreError['kind'], object: string, reason: string, cause?: unknown) {
    super(`${object}: ${reason}`, cause === undefined ? undefined : { cause });
    this.kind = kind;
    this.object = object;
  }
}
