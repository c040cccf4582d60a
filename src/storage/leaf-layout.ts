/** Encoded chunks to the bytes of a leaf (see `leaf.ts`). */
import type { Crypto } from '../base/runtime.ts';
import { CHUNK_ENTRY_BYTES, CHUNK_FLAG, ENCODING, PHYSICAL_CODE } from './chunk/chunk-entry.ts';
import type { EncodedChunk } from './chunk/encoded-chunk.ts';
import { encodeLeafHead, moveChunks, type LeafColumn, type LeafHead } from './leaf.ts';
import { pageHash } from './page-hash.ts';
import { PAGE_ALIGNMENT } from './page-reference.ts';

/** A chunk as it will lie in the leaf. */
export interface StoredChunk {
  /** A column's id, or one of PSEUDO_COLUMN. */
  readonly id: number;
  readonly chunk: Omit<EncodedChunk, 'raw'>;
  readonly rawBytes: number;
  /** The raw bytes, or fewer: those compressed. */
  readonly stored: Uint8Array;
}

/** How small a chunk's raw bytes must become by compression, or it stays as it is; 0: not tried. Packed integers and keys are read in place, so they ask for more. */
export function compressedBytesMax(encoding: number, rawBytes: number): number {
  if (rawBytes < CHUNK_ENTRY_BYTES) return 0;
  return Math.floor(encoding === ENCODING.packed || encoding === ENCODING.keys ? rawBytes / 2 : (rawBytes * 7) / 8);
}

/**
 * The page of `chunks`, the keys' first, then ascending by id, with what its head says besides. `hash` is of the head. The page lies in what
 * `allocate` gives, of zeros.
 */
export function layOutLeaf(
  crypto: Crypto,
  head: Omit<LeafHead, 'columns'>,
  chunks: readonly StoredChunk[],
  allocate: (length: number) => Uint8Array = (length) => new Uint8Array(length),
): { readonly bytes: Uint8Array; readonly headBytes: number; readonly hash: Uint8Array } {
  const hashes = chunks.map(({ stored }) => pageHash(crypto, stored));
  const columns = columnsOf(chunks, hashes);
  const encoded = encodeLeafHead({ ...head, columns });
  const start = aligned(encoded.length);
  moveChunks(encoded, columns.length, start);
  const last = columns[columns.length - 1].entry;
  const bytes = allocate(start + last.offset + last.storedBytes);
  bytes.set(encoded);
  for (const [at, { stored }] of chunks.entries()) bytes.set(stored, start + columns[at].entry.offset);
  return { bytes, headBytes: encoded.length, hash: pageHash(crypto, encoded) };
}

/** The directory of chunks laid from 0 on. */
function columnsOf(chunks: readonly StoredChunk[], hashes: readonly Uint8Array[]): LeafColumn[] {
  let offset = 0;
  return chunks.map(({ id, chunk, rawBytes, stored }, at) => {
    const column: LeafColumn = {
      entry: {
        column: id,
        physical: chunk.physical === undefined || chunk.encoding === ENCODING.nothing ? 0 : PHYSICAL_CODE[chunk.physical],
        encoding: chunk.encoding,
        flags:
          chunk.flags |
          (stored.length === rawBytes ? 0 : CHUNK_FLAG.compressed) |
          (chunk.min === undefined ? 0 : CHUNK_FLAG.min) |
          (chunk.max === undefined ? 0 : CHUNK_FLAG.max),
        width: chunk.width,
        offset,
        storedBytes: stored.length,
        rawBytes,
        nulls: chunk.nulls,
        hash: hashes[at],
        base: chunk.base,
        scale: chunk.scale,
      },
      min: chunk.min,
      max: chunk.max,
    };
    offset = aligned(offset + stored.length);
    return column;
  });
}

function aligned(offset: number): number {
  return Math.ceil(offset / PAGE_ALIGNMENT) * PAGE_ALIGNMENT;
}
