/**
 * What a transaction wrote and nobody else sees yet: per tree its keys, each with its versions, newest first.
 *
 * Every write takes the next number of one sequence. A savepoint is a number; so is the moment a scan was opened, which is why
 * a statement does not meet the rows that it writes.
 *
 * Invariants
 *   W1  Sequence numbers grow; a key's versions are linked from the newest back.
 *   W2  `rollbackTo(s)` leaves exactly what was there when the sequence stood at s.
 *   W3  A clear hides the tree below it and every version older than it.
 */
import { assert } from '../base/assert.ts';
import type { RowPatch } from '../storage/row-patch.ts';
import type { Key, KeyRange, TreeId, TreeSchema } from '../storage/tree.ts';
import type { Row } from '../types/value.ts';
import { OwnTree, VERSION } from './own-tree.ts';
import { PackedWrites } from './packed-writes.ts';
import type { RowWrite, TreeWrites } from './record.ts';

/** In the log: a number that was taken for something else. */
const MARK = 0;

interface NumberedTree {
  readonly id: TreeId;
  readonly number: number;
  readonly own: OwnTree;
}

export class WriteSet {
  /** By number: in the order in which they were first written to. Few: a list is found through faster than a map is made. */
  readonly #order: NumberedTree[] = [];
  /** What sequence number n did, at n - 1: a write to tree t of `#order` as t + 1, its clearing as -t - 1, or MARK. */
  #log = new Int32Array(16);
  #sequence = 0;
  /** The tree found last: statements come in rows. */
  #last: NumberedTree | undefined;

  get isEmpty(): boolean {
    return this.#sequence === 0;
  }

  /** The newest sequence number given out. */
  get sequence(): number {
    return this.#sequence;
  }

  /** About how many bytes of a record the writes take, overwritten ones included. */
  get recordBytes(): number {
    return this.#order.reduce((bytes, { own }) => bytes + own.recordBytes, 0);
  }

  /** `flags` are of VERSION; `patch` as in `Transaction.putOver`. */
  put(schema: TreeSchema, key: Key, row: Row, flags: number, patch?: RowPatch): void {
    const { own, number } = this.#ensure(schema.id);
    own.put(schema, key, row, flags, this.#sequence + 1, patch);
    this.#note(number + 1);
  }

  remove(tree: TreeId, key: Key, flags: number): void {
    const { own, number } = this.#ensure(tree);
    own.remove(key, flags, this.#sequence + 1);
    this.#note(number + 1);
  }

  clear(tree: TreeId): void {
    const { own, number } = this.#ensure(tree);
    this.#note(-number - 1);
    own.clears.push(this.#sequence);
  }

  /** Takes a number for something that is kept elsewhere: a bulk load. */
  mark(): number {
    this.#note(MARK);
    return this.#sequence;
  }

  /** The newest number at which `tree` was cleared; 0 when it was not. */
  clearedAt(tree: TreeId): number {
    return this.tree(tree)?.clearedBefore(this.#sequence) ?? 0;
  }

  /** `wasRead` is told of keys that only their writes said were read. */
  rollbackTo(sequence: number, wasRead: (tree: TreeId, key: Key) => void): void {
    assert(sequence <= this.#sequence, 'W2: a savepoint lies behind the newest write', { sequence, newest: this.#sequence });
    while (this.#sequence > sequence) {
      const done = this.#log[--this.#sequence];
      if (done === MARK) continue;
      const { id, own } = this.#order[Math.abs(done) - 1];
      if (done < 0) {
        own.clears.pop();
        continue;
      }
      const undone = own.pop();
      if (undone.wasRead) wasRead(id, undone.key);
    }
  }

  /** What was written to `tree`; undefined when nothing was. */
  tree(tree: TreeId): OwnTree | undefined {
    return this.#last?.id === tree ? this.#last.own : this.#order.find(({ id }) => id === tree)?.own;
  }

  /** Whether the tree below is hidden at `sequence` (W3). */
  isCleared(tree: TreeId, sequence: number): boolean {
    const clears = this.tree(tree)?.clears;
    return clears !== undefined && clears.length > 0 && clears[0] <= sequence;
  }

  /** Whether there is an own version of any key, a tombstone or not. */
  hasVersions(tree: TreeId): boolean {
    const own = this.tree(tree);
    if (own === undefined) return false;
    for (let entry = own.keys.count - 1; entry >= 0; entry--) if (own.visible(entry, this.#sequence) >= 0) return true;
    return false;
  }

  /** Own versions in a range that a reader at `sequence` sees, tombstones included, in key order. */
  versionsIn(tree: TreeId, range: KeyRange, sequence: number, reverse: boolean): RowWrite[] {
    const own = this.tree(tree);
    const versions: RowWrite[] = [];
    if (own === undefined || own.keys.count === 0) return versions;
    own.keys.visitRange(range, reverse, (entry) => {
      const version = own.visible(entry, sequence);
      if (version >= 0) versions.push(own.writeOf(version));
    });
    return versions;
  }

  /** What a record would hold: the newest versions, without tombstones of rows that never were anywhere else. */
  trees(): TreeWrites[] {
    const trees: TreeWrites[] = [];
    for (const { id, own } of this.#order) {
      const cleared = own.clearedBefore(this.#sequence);
      const rows = this.#rowsOf(own, cleared > 0);
      if (cleared > 0 || rows.length > 0) trees.push({ tree: id, cleared: cleared > 0, rows });
    }
    return trees.sort((a, b) => a.tree - b.tree);
  }

  #rowsOf(own: OwnTree, isCleared: boolean): PackedWrites {
    const entries = own.keys.inOrder();
    const versions = new Int32Array(entries.length);
    let count = 0;
    for (let at = 0; at < entries.length; at++) {
      const version = own.visible(entries[at], this.#sequence);
      if (version < 0) continue;
      if (own.isTombstone(version)) {
        const flags = own.flagsOf(version);
        if ((flags & VERSION.overLoad) === 0 && (isCleared || (flags & VERSION.keyHasRowId) !== 0)) continue;
      }
      versions[count++] = version;
    }
    return new PackedWrites(own, versions, count);
  }

  #note(done: number): void {
    if (this.#sequence === this.#log.length) {
      const log = new Int32Array(this.#log.length * 2);
      log.set(this.#log);
      this.#log = log;
    }
    this.#log[this.#sequence++] = done;
  }

  #ensure(id: TreeId): NumberedTree {
    if (this.#last?.id === id) return this.#last;
    let tree = this.#order.find((one) => one.id === id);
    if (tree === undefined) {
      tree = { id, number: this.#order.length, own: new OwnTree() };
      this.#order.push(tree);
    }
    this.#last = tree;
    return tree;
  }
}
