/**
 * The rows a transaction wrote to one tree, in key order, encoded as a record has them: made once, when the record is wanted, and then passed
 * from the record into the memtable without a copy of any row.
 *
 *     flags, varint key length, key, varint row length, row      flags, varint key length, key      flags, …
 *     a row                                                      a tombstone
 */
import { present } from '../base/assert.ts';
import { ByteReader, sharedWriter, type ByteWriter } from '../base/bytes.ts';
import type { TreeSchema } from '../storage/tree.ts';
import { VERSION, type OwnTree } from './own-tree.ts';
import type { RowWrite, RowWrites } from './record.ts';

/** The flags of a row in a record. */
export const ROW_PRESENT = 1;
export const KEY_HAS_ROW_ID = 2;
export const ROW_HAS_ROW_ID = 4;

/** Bytes that the flags and lengths of a row take at most: one, two for a key's, five for a row's. */
const HEAD_BYTES_MAX = 8;

export class PackedWrites implements RowWrites {
  readonly length: number;
  /** Whether some key or row has a placeholder row id. */
  readonly hasRowIds: boolean;
  /** What the rows are of; undefined when all are tombstones. */
  readonly schema: TreeSchema | undefined;
  /** What is to be encoded; let go of once it was. */
  #source: { readonly tree: OwnTree; readonly versions: Int32Array } | undefined;
  #encoded: Uint8Array | undefined;

  /** `versions`: the first `length` are versions of `tree`, which must not change any more, ascending by key. */
  constructor(tree: OwnTree, versions: Int32Array, length: number) {
    this.length = length;
    this.hasRowIds = tree.hasRowIds;
    this.schema = tree.schema;
    this.#source = { tree, versions };
  }

  /** The rows as a record has them. */
  get encoded(): Uint8Array {
    if (this.#source !== undefined) {
      this.#encoded = encodedWrites(this.#source.tree, this.#source.versions, this.length);
      this.#source = undefined;
    }
    return present(this.#encoded, 'writes are encoded once');
  }

  *[Symbol.iterator](): Generator<RowWrite> {
    const reader = new ByteReader(this.encoded, 'a write set');
    for (let left = this.length; left > 0; left--) yield readRow(reader);
  }

  /** Calls `visit` with the places of every key and row within `encoded`; a tombstone's row ends at -1. */
  visit(visit: (keyFrom: number, keyTo: number, rowFrom: number, rowTo: number) => void): void {
    const bytes = this.encoded;
    let at = 0;
    const varint = (): number => {
      let value = bytes[at++];
      if (value < 0x80) return value;
      value &= 0x7f;
      for (let scale = 0x80; ; scale *= 0x80) {
        const byte = bytes[at++];
        value += (byte & 0x7f) * scale;
        if (byte < 0x80) return value;
      }
    };
    for (let left = this.length; left > 0; left--) {
      const flags = bytes[at++];
      const keyLength = varint();
      const keyFrom = at;
      at += keyLength;
      const keyTo = at;
      if ((flags & ROW_PRESENT) === 0) {
        visit(keyFrom, keyTo, 0, -1);
        continue;
      }
      const rowLength = varint();
      const rowFrom = at;
      at += rowLength;
      visit(keyFrom, keyTo, rowFrom, at);
    }
  }
}

/** Appends a row as a record has it. */
export function writeRow(out: ByteWriter, write: RowWrite): void {
  out.u8(rowFlags(write.row === null, write.keyHasRowId, write.rowHasRowId)).sized(write.key);
  if (write.row !== null) out.sized(write.row);
}

/** What `writeRow` wrote: views. */
export function readRow(reader: ByteReader): RowWrite {
  const flags = reader.u8();
  const key = reader.sized();
  const row = (flags & ROW_PRESENT) === 0 ? null : reader.sized();
  return { key, row, keyHasRowId: (flags & KEY_HAS_ROW_ID) !== 0, rowHasRowId: (flags & ROW_HAS_ROW_ID) !== 0 };
}

function encodedWrites(tree: OwnTree, versions: Int32Array, length: number): Uint8Array {
  const { keys, rows } = tree;
  const { bytes } = keys;
  const out = sharedWriter(keys.startOf(keys.count) + tree.rowBytes + length * HEAD_BYTES_MAX);
  const start = out.length;
  for (let at = 0; at < length; at++) {
    const version = versions[at];
    const entry = tree.entryOf(version);
    const flags = tree.flagsOf(version);
    const isTombstone = tree.isTombstone(version);
    out.u8(rowFlags(isTombstone, (flags & VERSION.keyHasRowId) !== 0, (flags & VERSION.rowHasRowId) !== 0));
    out.sizedPart(bytes, keys.startOf(entry), keys.startOf(entry + 1));
    if (!isTombstone) out.sizedPart(rows, tree.rowStart(version), tree.rowEnd(version));
  }
  return out.view(start);
}

function rowFlags(isTombstone: boolean, keyHasRowId: boolean, rowHasRowId: boolean): number {
  return (isTombstone ? 0 : ROW_PRESENT) | (keyHasRowId ? KEY_HAS_ROW_ID : 0) | (rowHasRowId ? ROW_HAS_ROW_ID : 0);
}
