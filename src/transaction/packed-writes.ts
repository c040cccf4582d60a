/** The rows a transaction wrote to one tree, in key order, as they lie in its write set: nothing is made for each until it is asked for. */
import type { ByteWriter } from '../base/bytes.ts';
import { VERSION, type OwnTree } from './own-tree.ts';
import type { RowWrite, RowWrites } from './record.ts';

export class PackedWrites implements RowWrites {
  readonly #tree: OwnTree;
  readonly #versions: Int32Array;
  readonly length: number;
  /** Whether some key or row has a placeholder row id. */
  readonly hasRowIds: boolean;

  /** `versions`: the first `length` are versions of `tree`, ascending by key, all of them the newest of their keys. */
  constructor(tree: OwnTree, versions: Int32Array, length: number) {
    this.#tree = tree;
    this.#versions = versions;
    this.length = length;
    let flags = 0;
    for (let at = 0; at < length; at++) flags |= tree.flagsOf(versions[at]);
    this.hasRowIds = (flags & (VERSION.keyHasRowId | VERSION.rowHasRowId)) !== 0;
  }

  *[Symbol.iterator](): Generator<RowWrite> {
    for (let at = 0; at < this.length; at++) yield this.#tree.writeOf(this.#versions[at]);
  }

  /** Calls `visit` with the places of every key and row; a tombstone's row ends at -1. */
  visit(visit: (keys: Uint8Array, keyFrom: number, keyTo: number, rows: Uint8Array, rowFrom: number, rowTo: number) => void): void {
    const tree = this.#tree;
    const { keys, rows } = tree;
    const { bytes } = keys;
    for (let at = 0; at < this.length; at++) {
      const version = this.#versions[at];
      const entry = tree.entryOf(version);
      visit(
        bytes,
        keys.startOf(entry),
        keys.startOf(entry + 1),
        rows,
        tree.rowStart(version),
        tree.isTombstone(version) ? -1 : tree.rowEnd(version),
      );
    }
  }

  /** Appends every row as a record has it; `flagsOf` makes its flag byte. */
  writeTo(out: ByteWriter, flagsOf: (isTombstone: boolean, keyHasRowId: boolean, rowHasRowId: boolean) => number): void {
    const tree = this.#tree;
    const { keys, rows } = tree;
    const { bytes } = keys;
    const flagBytes = new Uint8Array(8);
    for (let flags = 0; flags < 8; flags++) flagBytes[flags] = flagsOf((flags & 4) !== 0, (flags & 1) !== 0, (flags & 2) !== 0);
    for (let at = 0; at < this.length; at++) {
      const version = this.#versions[at];
      const entry = tree.entryOf(version);
      const isTombstone = tree.isTombstone(version);
      out.u8(flagBytes[(tree.flagsOf(version) & 3) | (isTombstone ? 4 : 0)]);
      out.sizedPart(bytes, keys.startOf(entry), keys.startOf(entry + 1));
      if (!isTombstone) out.sizedPart(rows, tree.rowStart(version), tree.rowEnd(version));
    }
  }
}
