import type { Manifest } from '../storage/manifest.ts';
import { ROOT_BODY_BYTES_MAX, type Root } from '../transaction/root-codec.ts';
import type { Database } from '../transaction/database.ts';

/** Bytes of a manifest that root carries itself; a larger one is fetched from the checkpoint object. */
const MANIFEST_BYTES_MAX = ROOT_BODY_BYTES_MAX / 2;

/** What a cold reader needs next, to be laid into root: the manifest and the pages above the leaves, within root's budget. */
export async function inlinedInRoot(_database: Database, _manifest: Manifest, encoded: Uint8Array): Promise<Pick<Root, 'manifest' | 'pages'>> {
  return { manifest: encoded.length <= MANIFEST_BYTES_MAX ? encoded : new Uint8Array(0), pages: new Uint8Array(0) };
}
