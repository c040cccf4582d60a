/**
 * One place where copies of immutable blocks are kept, by (object, offset, length). It may forget anything at any moment, and
 * a copy that comes from outside this process's memory is verified by the reader before it is believed.
 */
export interface BlockCache {
  /** The block's bytes, undefined when not kept; a promise only when they are not in memory. Never rejects. */
  get(object: string, offset: number, length: number): Uint8Array | undefined | Promise<Uint8Array | undefined>;
  /** Offers a copy to keep; takes its time and never fails. The bytes must not change afterwards. */
  put(object: string, offset: number, bytes: Uint8Array): void;
  /** Forgets a block that turned out to be damaged. */
  drop(object: string, offset: number, length: number): void;
  close(): Promise<void>;
}
