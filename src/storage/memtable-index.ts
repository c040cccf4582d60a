/**
 * The ordered index under a memtable: a B+tree of entry numbers, one for each key ever written, in key order.
 *
 *     inner   [ child | first entry of child 1 | child | … ]      first entries are keys by reference
 *     leaf    [ entry, entry, … ] <-> neighbours
 *
 * Invariants
 *   I1  Entries never leave, and an entry's key never changes: a position can always be found again by its key.
 *   I2  Leaves hold entries in strictly ascending key order, and so does the chain of leaves.
 *   I3  Appending at the end leaves full leaves behind, so that sorted input packs them.
 */
import { assert } from '../base/assert.ts';
import type { Key } from './tree.ts';

const FANOUT = 64;

interface IndexLeaf {
  readonly kind: 'leaf';
  readonly entries: Int32Array;
  count: number;
  previous: IndexLeaf | undefined;
  next: IndexLeaf | undefined;
}

interface IndexInner {
  readonly kind: 'inner';
  readonly children: IndexNode[];
  /** `firsts[i]` is the first entry under `children[i]`. */
  readonly firsts: number[];
}

type IndexNode = IndexLeaf | IndexInner;

/** A position between entries of the index, valid until the next insert. */
export interface IndexPosition {
  leaf: IndexLeaf;
  at: number;
}

/** Compares the key of an entry with `key` as memcmp does. */
export type CompareEntry = (entry: number, key: Key) => number;

export class MemtableIndex {
  readonly #compare: CompareEntry;
  #root: IndexNode;
  #last: IndexLeaf;
  /** Where `findOrSlot` looked last: leaf and the path of inner nodes above it. */
  #path: { readonly node: IndexInner; readonly at: number }[] = [];

  constructor(compare: CompareEntry) {
    this.#compare = compare;
    this.#last = { kind: 'leaf', entries: new Int32Array(FANOUT), count: 0, previous: undefined, next: undefined };
    this.#root = this.#last;
  }

  /** The entry whose key is `key`, or -1. */
  find(key: Key): number {
    let node = this.#root;
    while (node.kind === 'inner') node = node.children[this.#childFor(node, key)];
    const at = this.#lowerBound(node, key);
    return at < node.count && this.#compare(node.entries[at], key) === 0 ? node.entries[at] : -1;
  }

  /** The entry whose key is `key`, or else `-1` after having put `fresh` in its place. */
  findOrInsert(key: Key, fresh: number): number {
    const last = this.#last;
    if (last.count > 0 && this.#compare(last.entries[last.count - 1], key) < 0) {
      if (last.count < FANOUT) {
        last.entries[last.count++] = fresh;
        return -1;
      }
    }
    this.#path = [];
    let node = this.#root;
    while (node.kind === 'inner') {
      const at = this.#childFor(node, key);
      this.#path.push({ node, at });
      node = node.children[at];
    }
    const at = this.#lowerBound(node, key);
    if (at < node.count && this.#compare(node.entries[at], key) === 0) return node.entries[at];
    this.#insert(node, at, fresh);
    return -1;
  }

  /** The position of the first entry whose key is at least `key`; of the first of all when undefined. */
  seek(key: Key | undefined): IndexPosition {
    let node = this.#root;
    while (node.kind === 'inner') node = node.children[key === undefined ? 0 : this.#childFor(node, key)];
    return settled({ leaf: node, at: key === undefined ? 0 : this.#lowerBound(node, key) });
  }

  /** The position past the last entry. */
  end(): IndexPosition {
    return { leaf: this.#last, at: this.#last.count };
  }

  /** The entry at a position, or -1 at the end. */
  entryAt(position: IndexPosition): number {
    return position.at < position.leaf.count ? position.leaf.entries[position.at] : -1;
  }

  /** Moves to the following entry. */
  forward(position: IndexPosition): void {
    position.at++;
    settled(position);
  }

  /** Moves before the entry in front of the position and answers it, or -1 at the beginning. */
  backward(position: IndexPosition): number {
    while (position.at === 0) {
      const previous = position.leaf.previous;
      if (previous === undefined) return -1;
      position.leaf = previous;
      position.at = previous.count;
    }
    position.at--;
    return position.leaf.entries[position.at];
  }

  /** How many entries lie from `from` on and before `to`, counting whole leaves; at most about `limit`. */
  countBetween(from: Key | undefined, to: Key | undefined, limit: number): number {
    const start = this.seek(from);
    const end = to === undefined ? this.end() : this.seek(to);
    let count = -start.at;
    let leaf = start.leaf;
    while (leaf !== end.leaf) {
      count += leaf.count;
      if (count >= limit || leaf.next === undefined) return Math.max(0, count);
      leaf = leaf.next;
    }
    return Math.max(0, count + end.at);
  }

  #childFor(node: IndexInner, key: Key): number {
    let low = 1;
    let high = node.children.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#compare(node.firsts[middle], key) <= 0) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  #lowerBound(leaf: IndexLeaf, key: Key): number {
    let low = 0;
    let high = leaf.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#compare(leaf.entries[middle], key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #insert(leaf: IndexLeaf, at: number, entry: number): void {
    if (leaf.count < FANOUT) {
      leaf.entries.copyWithin(at + 1, at, leaf.count);
      leaf.entries[at] = entry;
      leaf.count++;
      return;
    }
    const keep = leaf === this.#last && at === FANOUT ? FANOUT : FANOUT / 2; // I3
    const right: IndexLeaf = { kind: 'leaf', entries: new Int32Array(FANOUT), count: FANOUT - keep, previous: leaf, next: leaf.next };
    right.entries.set(leaf.entries.subarray(keep));
    if (leaf.next !== undefined) leaf.next.previous = right;
    leaf.next = right;
    leaf.count = keep;
    if (leaf === this.#last) this.#last = right;
    if (at >= keep) this.#insert(right, at - keep, entry);
    else this.#insert(leaf, at, entry);
    this.#grow(right.entries[0], right);
  }

  /** Puts a node that was split off to the right of the current path's end. */
  #grow(first: number, split: IndexNode): void {
    let node = split;
    let nodeFirst = first;
    for (let step = this.#path.pop(); step !== undefined; step = this.#path.pop()) {
      const { node: parent, at } = step;
      parent.children.splice(at + 1, 0, node);
      parent.firsts.splice(at + 1, 0, nodeFirst);
      if (parent.children.length <= FANOUT) return;
      const keep = at + 2 === parent.children.length ? FANOUT : FANOUT / 2;
      node = { kind: 'inner', children: parent.children.splice(keep), firsts: parent.firsts.splice(keep) };
      nodeFirst = node.firsts[0];
    }
    const left = this.#root;
    const leftFirst = left.kind === 'leaf' ? left.entries[0] : left.firsts[0];
    assert(left !== node, 'I2: a new root has two children');
    this.#root = { kind: 'inner', children: [left, node], firsts: [leftFirst, nodeFirst] };
  }
}

/** Steps over the end of a leaf that has a successor. */
function settled(position: IndexPosition): IndexPosition {
  while (position.at >= position.leaf.count && position.leaf.next !== undefined) {
    position.leaf = position.leaf.next;
    position.at = 0;
  }
  return position;
}
