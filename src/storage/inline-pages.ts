/**
 * The pages that root carries, so that a cold reader navigates without fetching: whole trees of the catalog, then inner pages.
 *
 *     varint pages, per page: u8 kind (0 leaf, 1 inner, +2 with placeholder row ids), [varint slot, varint first ordinal],
 *     reference (run-codec.ts), sized bytes
 *
 * Each page is verified against its reference like any other, and the whole by root's own hash.
 */
import { ByteReader, ByteWriter } from '../base/bytes.ts';
import { isSqlError } from '../base/sql-error.ts';
import { PSEUDO_COLUMN } from './chunk/chunk-entry.ts';
import { Leaf } from './leaf-reader.ts';
import type { Manifest } from './manifest.ts';
import type { PageStore } from './page-store.ts';
import type { PageReference } from './page-reference.ts';
import type { RowIdOrigin } from './row-id.ts';
import { readReference, writeReference } from './run-codec.ts';
import { runBytes } from './run.ts';
import { rowIdsOf } from './run-reader.ts';
import { slot, type TreeId } from './tree.ts';

/** A run of at most so many bytes is worth carrying as a whole. */
const SMALL_RUN_BYTES = 4096;

interface Candidate {
  readonly reference: PageReference;
  readonly level: number;
  readonly rowIds: RowIdOrigin | undefined;
  /** Whether the leaves below are wanted too. */
  readonly withLeaves: boolean;
}

/** Packs the most useful pages of a manifest into at most `bytesMax`. Trees for which `whole` answers true come with all their pages. */
export async function packInlinePages(
  manifest: Manifest,
  pages: PageStore,
  bytesMax: number,
  whole: (tree: TreeId) => boolean,
): Promise<Uint8Array> {
  let wave: Candidate[] = [];
  const trees = [...manifest.trees].sort(([a], [b]) => Number(whole(b)) - Number(whole(a)) || a - b);
  for (const [tree, runs] of trees) {
    for (const run of runs)
      wave.push({
        reference: run.root,
        level: run.level,
        rowIds: rowIdsOf(run),
        withLeaves: whole(tree) || runBytes(run) <= SMALL_RUN_BYTES,
      });
  }
  const packed = new ByteWriter(64 * 1024);
  let count = 0;
  // Level by level, so that what is left out is what lies deepest.
  while (wave.length > 0) {
    const below: Candidate[] = [];
    for (const candidate of wave) {
      const { reference, level, rowIds, withLeaves } = candidate;
      if (level === 0 && !withLeaves) continue;
      if (packed.length + reference.length + 160 > bytesMax) continue;
      const bytes = await soundBytes(pages, candidate);
      if (bytes === undefined) continue;
      packed.u8((level === 0 ? 0 : 1) + (rowIds === undefined ? 0 : 2));
      if (rowIds !== undefined) packed.varint(rowIds.slot).varint(rowIds.firstOrdinal);
      writeReference(packed, reference);
      packed.sized(bytes);
      count++;
      if (level === 0) continue;
      const inner = await pages.inner(reference, rowIds);
      for (const child of inner.children) below.push({ reference: child, level: level - 1, rowIds, withLeaves });
    }
    wave = below;
  }
  const writer = new ByteWriter(packed.length + 8);
  return writer.varint(count).raw(packed.view()).bytes();
}

/**
 * A page's bytes when every one of them is as written; undefined when not, so that damage met on the way here is not made lasting by
 * being carried: readers fetch that page from its segment. A reference's own hash covers no more than the head of a leaf.
 */
async function soundBytes(pages: PageStore, { reference, level, rowIds }: Candidate): Promise<Uint8Array | undefined> {
  try {
    const bytes = await pages.pageBytes(reference);
    if (level > 0) return bytes;
    const leaf = new Leaf(reference, bytes, pages.crypto, rowIds);
    for (const { entry } of leaf.head.columns) if (entry.column !== PSEUDO_COLUMN.keys) leaf.column(entry.column);
    return leaf.keys.count === leaf.head.rows ? bytes : undefined;
  } catch (error) {
    if (isSqlError(error, 'data_corrupted')) return undefined;
    throw error;
  }
}

/** Puts packed pages into the store's cache; SQLSTATE XX001 when one of them is not what its reference says. */
export function unpackInlinePages(packed: Uint8Array, pages: PageStore, object: string): void {
  if (packed.length === 0) return;
  const reader = new ByteReader(packed, object);
  for (let left = reader.varint(); left > 0; left--) {
    const kind = reader.u8();
    if (kind > 3) reader.damaged('a page is of no known kind');
    const rowIds = (kind & 2) === 0 ? undefined : { slot: slot(reader.varint()), firstOrdinal: reader.varint() };
    const reference = readReference(reader);
    pages.preload((kind & 1) === 0 ? 'leaf' : 'inner', reference, reader.sized().slice(), rowIds);
  }
  if (reader.remaining !== 0) reader.damaged('it is longer than what it holds');
}
