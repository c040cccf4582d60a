import { packInlinePages } from '../storage/inline-pages.ts';
import type { Manifest } from '../storage/manifest.ts';
import type { PageStore } from '../storage/page-store.ts';
import type { Database } from '../transaction/database.ts';
import { ROOT_BODY_BYTES_MAX, type Root } from '../transaction/root-codec.ts';
import { CATALOG_TREE_MAX } from '../transaction/transaction.ts';

/** Bytes of a manifest that root carries itself; a larger one is fetched from the checkpoint object. */
const MANIFEST_BYTES_MAX = ROOT_BODY_BYTES_MAX / 2;

/** Bytes of root's body that are left to the recent tail. */
const TAIL_BYTES = ROOT_BODY_BYTES_MAX / 4;

/**
 * What a cold reader needs next, to be laid into root: the manifest, the catalog's trees as a whole, and the pages above the
 * leaves, within root's budget.
 */
export function inlinedInRoot(database: Database, manifest: Manifest, encoded: Uint8Array): Promise<Pick<Root, 'manifest' | 'pages'>> {
  return inlinedPages(database.snapshot().pages, manifest, encoded);
}

/** The same, with pages to be had from `pages`. */
export async function inlinedPages(pages: PageStore, manifest: Manifest, encoded: Uint8Array): Promise<Pick<Root, 'manifest' | 'pages'>> {
  const carried = encoded.length <= MANIFEST_BYTES_MAX ? encoded : new Uint8Array(0);
  return {
    manifest: carried,
    pages: await packInlinePages(manifest, pages, ROOT_BODY_BYTES_MAX - TAIL_BYTES - carried.length, (tree) => tree <= CATALOG_TREE_MAX),
  };
}
