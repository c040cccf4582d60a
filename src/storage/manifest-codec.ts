/**
 * A manifest as bytes: the object `checkpoint/<slot>-<rand>`, and a section of root.
 *
 *     offset  size  meaning
 *      0      4     'VELM'
 *      4      2     format version, 1
 *      6      2     zero
 *      8      4     bytes in all
 *     12      8     slot
 *     20            varint segments, per segment: text name, varint total bytes
 *                   varint trees, ascending by id, per tree: varint id, varint runs, the runs (run-codec.ts), newest first
 *    -16     16     SHA-256 of everything before, first 16
 */
import { ByteReader, ByteWriter } from '../base/bytes.ts';
import type { Crypto } from '../base/runtime.ts';
import { SqlError } from '../base/sql-error.ts';
import { manifestOf, type Manifest } from './manifest.ts';
import { pageHash, verifyHash } from './page-hash.ts';
import { HASH_BYTES, type SegmentName } from './page-reference.ts';
import { readRun, writeRun } from './run-codec.ts';
import type { RunDescriptor } from './run.ts';
import { slot, treeId, type TreeId } from './tree.ts';

const MANIFEST_FORMAT_VERSION = 1;

const MAGIC = 0x4d4c4556;

export function encodeManifest(manifest: Manifest, crypto: Crypto): Uint8Array {
  const writer = new ByteWriter(4096);
  writer.u32(MAGIC).u16(MANIFEST_FORMAT_VERSION).u16(0).u32(0).u64(manifest.slot);
  const segments = [...manifest.segments].sort(([a], [b]) => (a < b ? -1 : 1));
  writer.varint(segments.length);
  for (const [name, use] of segments) writer.text(name).varint(use.totalBytes);
  const trees = [...manifest.trees].sort(([a], [b]) => a - b);
  writer.varint(trees.length);
  for (const [id, runs] of trees) {
    writer.varint(id).varint(runs.length);
    for (const run of runs) writeRun(writer, run);
  }
  writer.patchU32(8, writer.length + HASH_BYTES);
  return writer.raw(pageHash(crypto, writer.view())).bytes();
}

/** The manifest in `bytes`; SQLSTATE XX001 naming `object` when one bit of it is not as written, 0A000 for a later version. */
export function decodeManifest(bytes: Uint8Array, object: string, crypto: Crypto): Manifest {
  const reader = new ByteReader(bytes.subarray(0, Math.max(0, bytes.length - HASH_BYTES)), object);
  if (reader.u32() !== MAGIC) reader.damaged('it is not a manifest');
  const version = reader.u16();
  const end = bytes.length - HASH_BYTES;
  verifyHash(crypto, bytes.subarray(0, end), bytes.subarray(end), object);
  if (version !== MANIFEST_FORMAT_VERSION) {
    throw new SqlError('feature_not_supported', `${object} was written by a newer version`, {
      detail: `It is a manifest of format version ${version}; this one reads ${MANIFEST_FORMAT_VERSION}.`,
    });
  }
  reader.u16();
  if (reader.u32() !== bytes.length) reader.damaged('it has another length');
  const manifestSlot = slot(reader.u64());
  const sizes = new Map<SegmentName, number>();
  for (let left = reader.varint(); left > 0; left--) sizes.set(reader.text() as SegmentName, reader.varint());
  const trees = new Map<TreeId, readonly RunDescriptor[]>();
  for (let left = reader.varint(); left > 0; left--) {
    const id = treeId(reader.varint());
    const runs: RunDescriptor[] = [];
    for (let run = reader.varint(); run > 0; run--) runs.push(readRun(reader));
    trees.set(id, runs);
  }
  if (reader.remaining !== 0) reader.damaged('it is longer than what it holds');
  return manifestOf(manifestSlot, trees, sizes);
}
