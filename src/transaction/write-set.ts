/**
 * What a transaction wrote and nobody else sees yet: per tree an ordered map of keys, each with its versions, newest first.
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
import type { Key, KeyRange, TreeId } from '../storage/tree.ts';
import { KeyMap } from './key-map.ts';
import type { RowWrite, TreeWrites } from './record.ts';

/** One version of one key, as a transaction wrote it. */
export interface OwnVersion extends RowWrite {
  readonly sequence: number;
  /** Whether a bulk load of the same transaction may have put a row there before: a tombstone then counts. */
  readonly overLoad: boolean;
  readonly older: OwnVersion | undefined;
}

interface OwnTree {
  readonly keys: KeyMap<OwnVersion>;
  /** Sequence numbers at which the tree was cleared, ascending. */
  readonly clears: number[];
}

type LogEntry =
  | { readonly kind: 'write'; readonly tree: TreeId; readonly key: Key }
  | { readonly kind: 'clear'; readonly tree: TreeId }
  /** Something that is kept elsewhere happened: a bulk load. */
  | { readonly kind: 'mark' };

export class WriteSet {
  readonly #trees = new Map<TreeId, OwnTree>();
  /** What sequence number n did, at n - 1. */
  readonly #log: LogEntry[] = [];
  #bytes = 0;

  get isEmpty(): boolean {
    return this.#log.length === 0;
  }

  /** The newest sequence number given out. */
  get sequence(): number {
    return this.#log.length;
  }

  /** About how many bytes of keys and rows were written, overwritten ones included. */
  get bytes(): number {
    return this.#bytes;
  }

  write(tree: TreeId, write: RowWrite, overLoad: boolean): void {
    const own = this.#ensure(tree);
    this.#log.push({ kind: 'write', tree, key: write.key });
    this.#bytes += write.key.length + (write.row?.length ?? 0) + 8;
    const { key, row, keyHasRowId, rowHasRowId } = write;
    own.keys.set(key, { key, row, keyHasRowId, rowHasRowId, sequence: this.#log.length, overLoad, older: own.keys.get(key) });
  }

  clear(tree: TreeId): void {
    const own = this.#ensure(tree);
    this.#log.push({ kind: 'clear', tree });
    own.clears.push(this.#log.length);
  }

  /** Takes a number for something that is kept elsewhere. */
  mark(): number {
    return this.#log.push({ kind: 'mark' });
  }

  /** The newest number at which `tree` was cleared; 0 when it was not. */
  clearedAt(tree: TreeId): number {
    const own = this.#trees.get(tree);
    return own === undefined ? 0 : lastClear(own, this.#log.length);
  }

  rollbackTo(sequence: number): void {
    assert(sequence <= this.#log.length, 'W2: a savepoint lies behind the newest write', { sequence, newest: this.#log.length });
    while (this.#log.length > sequence) {
      const entry = this.#log.pop();
      if (entry === undefined || entry.kind === 'mark') continue;
      const own = this.#ensure(entry.tree);
      if (entry.kind === 'clear') own.clears.pop();
      else {
        const older = own.keys.get(entry.key)?.older;
        if (older === undefined) own.keys.delete(entry.key);
        else own.keys.set(entry.key, older);
      }
    }
  }

  /** Whether anything of `tree` was written by `sequence`. */
  touches(tree: TreeId): boolean {
    return this.#trees.has(tree);
  }

  /** Whether the tree below is hidden at `sequence` (W3). */
  isCleared(tree: TreeId, sequence: number): boolean {
    const clears = this.#trees.get(tree)?.clears;
    return clears !== undefined && clears.length > 0 && clears[0] <= sequence;
  }

  /** The own version of `key` that a reader at `sequence` sees; undefined when the snapshot decides (or nothing, in a cleared tree). */
  versionOf(tree: TreeId, key: Key, sequence: number): OwnVersion | undefined {
    const own = this.#trees.get(tree);
    return own === undefined ? undefined : visible(own.keys.get(key), lastClear(own, sequence), sequence);
  }

  /** Own versions in a range that a reader at `sequence` sees, tombstones included, in key order. */
  versionsIn(tree: TreeId, range: KeyRange, sequence: number, reverse: boolean): OwnVersion[] {
    const own = this.#trees.get(tree);
    const versions: OwnVersion[] = [];
    if (own === undefined || own.keys.size === 0) return versions;
    const cleared = lastClear(own, sequence);
    for (const [, newest] of own.keys.entries(range, reverse)) {
      const version = visible(newest, cleared, sequence);
      if (version !== undefined) versions.push(version);
    }
    return versions;
  }

  /** What a record would hold: the newest versions, without tombstones of rows that never were anywhere else. */
  trees(): TreeWrites[] {
    const trees: TreeWrites[] = [];
    for (const [tree, own] of this.#trees) {
      const cleared = lastClear(own, this.#log.length);
      const rows: RowWrite[] = [];
      for (const [, newest] of own.keys.entries({ from: undefined, to: undefined })) {
        if (newest.sequence < cleared) continue;
        if (newest.row === null && !newest.overLoad && (newest.keyHasRowId || cleared > 0)) continue;
        rows.push(newest);
      }
      if (cleared > 0 || rows.length > 0) trees.push({ tree, cleared: cleared > 0, rows });
    }
    return trees.sort((a, b) => a.tree - b.tree);
  }

  #ensure(tree: TreeId): OwnTree {
    let own = this.#trees.get(tree);
    if (own === undefined) {
      own = { keys: new KeyMap(), clears: [] };
      this.#trees.set(tree, own);
    }
    return own;
  }
}

/** The newest clear at or before `sequence`; 0 when there is none. */
function lastClear(own: OwnTree, sequence: number): number {
  for (let at = own.clears.length - 1; at >= 0; at--) if (own.clears[at] <= sequence) return own.clears[at];
  return 0;
}

function visible(newest: OwnVersion | undefined, cleared: number, sequence: number): OwnVersion | undefined {
  let version = newest;
  while (version !== undefined && version.sequence > sequence) version = version.older;
  return version === undefined || version.sequence < cleared ? undefined : version;
}
