import type { StoreTimeMs } from '../object-store.ts';

/** What S3 says about an object, with the bytes asked for; headers as they came, for the store to judge. */
export interface S3Object {
  readonly bytes: Uint8Array;
  readonly etag: string | undefined;
  readonly contentLength: number | undefined;
  readonly contentRange: string | undefined;
  readonly modifiedMs: StoreTimeMs;
  readonly dateMs: StoreTimeMs;
}

export interface S3Written {
  readonly etag: string | undefined;
  readonly dateMs: StoreTimeMs;
}

export interface S3Listing {
  readonly objects: readonly { readonly key: string; readonly size: number; readonly modifiedMs: StoreTimeMs }[];
  readonly isTruncated: boolean;
  readonly dateMs: StoreTimeMs;
}

/** HTTP's conditional header of a write. */
export type WriteCondition = { readonly ifNoneMatch: '*' } | { readonly ifMatch: string };

/**
 * How requests reach a bucket: signed, one wire attempt each, never repeated. Whatever is not the answer hoped for is thrown as
 * an S3Failure, also answers that never came; what they mean is `s3-answers.ts`'s to say.
 */
export interface S3Transport {
  get(
    key: string,
    headers: { readonly range?: string | undefined; readonly ifNoneMatch?: string | undefined },
    signal?: AbortSignal,
  ): Promise<S3Object>;
  /** As `get`, of no bytes. */
  head(key: string, signal?: AbortSignal): Promise<S3Object>;
  put(key: string, bytes: Uint8Array, condition: WriteCondition, signal?: AbortSignal): Promise<S3Written>;
  delete(key: string): Promise<void>;
  list(prefix: string, after: string | undefined, limit: number): Promise<S3Listing>;
  close(): void;
}

/** An answer that is an error, or the lack of an answer. */
export class S3Failure extends Error {
  override readonly name = 'S3Failure';
  /** S3's code (`NoSuchKey`) or the SDK's name for it; '' where there is none. */
  readonly code: string;
  /** The operating system's code (`ECONNRESET`); '' where there is none. */
  readonly systemCode: string;
  /** HTTP's status; 0 without an answer. */
  readonly status: number;
  readonly dateMs: StoreTimeMs;

  constructor(
    facts: { readonly code: string; readonly systemCode: string; readonly status: number; readonly message: string },
    dateMs: StoreTimeMs,
    cause?: unknown,
  ) {
    super(facts.message, cause === undefined ? undefined : { cause });
    this.code = facts.code;
    this.systemCode = facts.systemCode;
    this.status = facts.status;
    this.dateMs = dateMs;
  }
}
