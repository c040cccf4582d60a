import type { Physical, StoredValue } from '../../types/type.ts';
import type { Encoding } from './chunk-entry.ts';

/** One column of a leaf, encoded but not placed: what `ChunkEntry` says of it, and its raw bytes. */
export interface EncodedChunk {
  readonly physical: Physical | undefined;
  readonly encoding: Encoding;
  /** CHUNK_FLAG bits about the raw bytes. */
  readonly flags: number;
  readonly width: number;
  readonly base: bigint;
  readonly scale: number;
  readonly nulls: number;
  readonly raw: Uint8Array;
  /** Bounds of the values that are neither null nor absent; undefined when not known. Texts may be cut (below only). */
  readonly min: StoredValue | undefined;
  readonly max: StoredValue | undefined;
}

/** The data section of a chunk, before the bitmaps are put in front. */
export interface EncodedData {
  readonly encoding: Encoding;
  readonly flags: number;
  readonly width: number;
  readonly base: bigint;
  readonly scale: number;
  /** Sections in order; each starts at a multiple of eight bytes. */
  readonly sections: readonly Uint8Array[];
  readonly min: StoredValue | undefined;
  readonly max: StoredValue | undefined;
}
