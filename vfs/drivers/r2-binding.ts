/** As much of a Worker's R2 bucket (`R2Bucket` of Cloudflare's types) as is used. */

export interface R2Object {
  readonly size: number;
  /** MD5 of the bytes in hex, unquoted. */
  readonly etag: string;
  readonly uploaded: Date;
}

/** An object with its body; a condition that failed leaves the body out. */
export type R2ObjectBody = R2Object & { arrayBuffer?(): Promise<ArrayBuffer> };

export interface R2Conditional {
  readonly etagMatches?: string;
  readonly etagDoesNotMatch?: string;
}

export interface R2Bucket {
  head(key: string): Promise<R2Object | null>;
  get(
    key: string,
    options?: {
      readonly onlyIf?: R2Conditional;
      readonly range?: { readonly offset: number; readonly length: number } | { readonly suffix: number };
    },
  ): Promise<R2ObjectBody | null>;
  /** Null when the condition does not hold. */
  put(key: string, value: Uint8Array, options?: { readonly onlyIf?: R2Conditional }): Promise<R2Object | null>;
  delete(key: string): Promise<void>;
  list(options?: {
    readonly prefix?: string;
    readonly startAfter?: string;
    readonly limit?: number;
  }): Promise<{ readonly objects: readonly (R2Object & { readonly key: string })[]; readonly truncated: boolean }>;
}
