/**
 * How the storage engine reads the immutable objects of the bucket: `length` bytes at `offset` of `object`.
 *
 * Callers may rely on
 *   - the answer being a value, not a promise, when the block is in memory: hot loops stay synchronous;
 *   - exactly `length` bytes, or an error: an object that ends early is a StoreError of kind `damaged`;
 *   - `MissingObjectError` when the object does not exist (collected, or never uploaded): what that means to the client is
 *     the caller's to say.
 * The bytes are shared with caches: never write to them.
 */
export interface BlockReader {
  /** `verify` is asked before a copy is believed or kept; where nothing keeps copies it is not, since the caller verifies what it decodes. */
  read(object: string, offset: number, length: number, verify: VerifyBlock): Uint8Array | Promise<Uint8Array>;
}

/** A block was asked of an object that is not in the bucket. */
export class MissingObjectError extends Error {
  override readonly name = 'MissingObjectError';
  readonly object: string;

  constructor(object: string) {
    super(`object ${object} is not in the bucket`);
    this.object = object;
  }
}

/** Whether `bytes` are what was once written where they were read; the storage engine knows the checksums and answers. */
export type VerifyBlock = (bytes: Uint8Array) => boolean;
