import type { Brand } from '../base/brand.ts';

/** The name of a segment object, `segment/<epoch>-<random>`. */
export type SegmentName = Brand<string, 'SegmentName'>;

/**
 * Where an immutable page lies and what it must be: a reference is a promise about bytes, so that a tree of references is a
 * tree of hashes. `hash` covers the first `headBytes` bytes, which in turn hold the hashes of the rest.
 */
export interface PageReference {
  readonly segment: SegmentName;
  /** Byte offset in the segment, a multiple of PAGE_ALIGNMENT. */
  readonly offset: number;
  /** Bytes of the whole page. */
  readonly length: number;
  readonly headBytes: number;
  /** The first HASH_BYTES bytes of SHA-256. */
  readonly hash: Uint8Array;
}

export const HASH_BYTES = 16;

/** Pages and the chunks in them start at multiples of this. */
export const PAGE_ALIGNMENT = 64;
