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
 *   I4  A head is six bytes of the key after what all keys share, as a number; where heads are equal the keys decide. Heads lie
 *       in the nodes, so that a search touches few keys.
 *   I5  Whoever looks for single keys often gets them by hash: FINDS_MIN looks in, all keys are hashed, and new ones from then on.
 *   I6  Keys that come in order are looked for where the last one was, without a descent: a leaf has the keys from its first on and before
 *       the first of the next; the first leaf has all before that, too, for which a descent is made.
 */
import { assert } from '../base/assert.ts';
import { hashOf } from './key-hash.ts';
import type { Key } from './tree.ts';

const FANOUT = 64;

/** Leaves looked at before a descent. */
const NEAR_LEAVES = 3;

/** Keys looked for before they are hashed. */
const FINDS_MIN = 256;

interface IndexLeaf {
  readonly kind: 'leaf';
  readonly entries: Int32Array;
  readonly heads: Float64Array;
  count: number;
  previous: IndexLeaf | undefined;
  next: IndexLeaf | undefined;
}

interface IndexInner {
  readonly kind: 'inner';
  readonly children: IndexNode[];
  /** `firsts[i]` is the first entry under `children[i]`. */
  readonly firsts: number[];
  readonly heads: number[];
}

interface PathStep {
  readonly node: IndexInner;
  readonly at: number;
}

type IndexNode = IndexLeaf | IndexInner;

/** A position between entries of the index, valid until the next insert. */
export interface IndexPosition {
  leaf: IndexLeaf;
  at: number;
}

/** Heads of search keys that lie before, or after, everything with the shared prefix. */
const BEFORE_ALL = -1;
const AFTER_ALL = 2 ** 48;

export class MemtableIndex {
  /** The keys of all entries end to end. Grown by copying: views handed out before stay valid. */
  #keys: Uint8Array = new Uint8Array(256);
  #keysLength = 0;
  #keyAt = new Uint32Array(16);
  #keyLength = new Uint16Array(16);
  #entries = 0;
  /** How many bytes all keys begin with alike. */
  #shared = 0;
  #root: IndexNode;
  #last: IndexLeaf;
  /** Where the last key was put or found (I6). */
  #near: IndexLeaf;
  /** Open addressing with linear probing: entry + 1, or 0; undefined while nothing is hashed (I5). */
  #slots: Int32Array | undefined;
  #finds = 0;

  constructor() {
    this.#last = {
      kind: 'leaf',
      entries: new Int32Array(FANOUT),
      heads: new Float64Array(FANOUT),
      count: 0,
      previous: undefined,
      next: undefined,
    };
    this.#root = this.#last;
    this.#near = this.#last;
  }

  /** How many keys there are; entries are numbered from 0 in the order they came. */
  get entries(): number {
    return this.#entries;
  }

  /** A view of an entry's key. */
  keyOf(entry: number): Key {
    const from = this.#keyAt[entry];
    return this.#keys.subarray(from, from + this.#keyLength[entry]);
  }

  /** The entry whose key is `key`, or -1. */
  find(key: Key): number {
    if (this.#slots !== undefined) return this.#slots[this.#slotOf(this.#slots, key)] - 1;
    if (++this.#finds > FINDS_MIN) this.#hashAll(this.#entries * 4);
    const head = this.#headFor(key);
    let node = this.#root;
    while (node.kind === 'inner') node = node.children[this.#childFor(node, head, key)];
    const at = this.#lowerBound(node, head, key);
    return this.#isAt(node, at, head, key) ? node.entries[at] : -1;
  }

  /** The entry whose key is `key`; a new one, numbered `entries` as it was before, when there was none. */
  findOrAdd(key: Key): number {
    this.#share(key);
    const head = this.#headFor(key);
    const last = this.#last;
    if (last.count > 0 && last.count < FANOUT && this.#orderAt(last, last.count - 1, head, key) < 0) {
      const entry = this.#addKey(key);
      last.entries[last.count] = entry;
      last.heads[last.count++] = head;
      return entry;
    }
    const near = this.#leafNear(head, key);
    if (near !== undefined) {
      const at = this.#lowerBound(near, head, key);
      if (this.#isAt(near, at, head, key)) return near.entries[at];
      if (near.count < FANOUT) {
        const entry = this.#addKey(key);
        this.#insert(near, at, entry, head, []);
        return entry;
      }
    }
    const path: PathStep[] = [];
    let node = this.#root;
    while (node.kind === 'inner') {
      const at = this.#childFor(node, head, key);
      path.push({ node, at });
      node = node.children[at];
    }
    this.#near = node;
    const at = this.#lowerBound(node, head, key);
    if (this.#isAt(node, at, head, key)) return node.entries[at];
    const entry = this.#addKey(key);
    this.#insert(node, at, entry, head, path);
    return entry;
  }

  /** The position of the first entry whose key is at least `key`; of the first of all when undefined. */
  seek(key: Key | undefined): IndexPosition {
    let node = this.#root;
    if (key === undefined) {
      while (node.kind === 'inner') node = node.children[0];
      return settled({ leaf: node, at: 0 });
    }
    const head = this.#headFor(key);
    while (node.kind === 'inner') node = node.children[this.#childFor(node, head, key)];
    return settled({ leaf: node, at: this.#lowerBound(node, head, key) });
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

  #childFor(node: IndexInner, head: number, key: Key): number {
    const { heads, firsts } = node;
    let low = 1;
    let high = firsts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const first = heads[middle];
      if (first < head || (first === head && this.#compare(firsts[middle], key) <= 0)) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  #lowerBound(leaf: IndexLeaf, head: number, key: Key): number {
    const { heads, entries } = leaf;
    let low = 0;
    let high = leaf.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const one = heads[middle];
      if (one < head || (one === head && this.#compare(entries[middle], key) < 0)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The leaf where `key` belongs, if that is the one last added to or found in, or one of the next few (I6). */
  #leafNear(head: number, key: Key): IndexLeaf | undefined {
    let leaf = this.#near;
    if (leaf.count === 0 || this.#orderAt(leaf, 0, head, key) > 0) return undefined;
    for (let step = 0; step < NEAR_LEAVES; step++) {
      this.#near = leaf;
      const { next } = leaf;
      if (next === undefined || this.#orderAt(next, 0, head, key) > 0) return leaf;
      leaf = next;
    }
    return undefined;
  }

  #isAt(leaf: IndexLeaf, at: number, head: number, key: Key): boolean {
    return at < leaf.count && leaf.heads[at] === head && this.#compare(leaf.entries[at], key) === 0;
  }

  #orderAt(leaf: IndexLeaf, at: number, head: number, key: Key): number {
    return leaf.heads[at] === head ? this.#compare(leaf.entries[at], key) : leaf.heads[at] - head;
  }

  #insert(leaf: IndexLeaf, at: number, entry: number, head: number, path: PathStep[]): void {
    if (leaf.count < FANOUT) {
      leaf.entries.copyWithin(at + 1, at, leaf.count);
      leaf.heads.copyWithin(at + 1, at, leaf.count);
      leaf.entries[at] = entry;
      leaf.heads[at] = head;
      leaf.count++;
      return;
    }
    const keep = leaf === this.#last && at === FANOUT ? FANOUT : FANOUT / 2; // I3
    const right: IndexLeaf = {
      kind: 'leaf',
      entries: new Int32Array(FANOUT),
      heads: new Float64Array(FANOUT),
      count: FANOUT - keep,
      previous: leaf,
      next: leaf.next,
    };
    right.entries.set(leaf.entries.subarray(keep));
    right.heads.set(leaf.heads.subarray(keep));
    if (leaf.next !== undefined) leaf.next.previous = right;
    leaf.next = right;
    leaf.count = keep;
    if (leaf === this.#last) this.#last = right;
    if (at >= keep) this.#insert(right, at - keep, entry, head, path);
    else this.#insert(leaf, at, entry, head, path);
    this.#grow(right.entries[0], right.heads[0], right, path);
  }

  /** Puts a node that was split off to the right of where `path` ends. */
  #grow(first: number, head: number, split: IndexNode, path: PathStep[]): void {
    let node = split;
    let nodeFirst = first;
    let nodeHead = head;
    for (let step = path.pop(); step !== undefined; step = path.pop()) {
      const { node: parent, at } = step;
      parent.children.splice(at + 1, 0, node);
      parent.firsts.splice(at + 1, 0, nodeFirst);
      parent.heads.splice(at + 1, 0, nodeHead);
      if (parent.children.length <= FANOUT) return;
      const keep = at + 2 === parent.children.length ? FANOUT : FANOUT / 2;
      node = {
        kind: 'inner',
        children: parent.children.splice(keep),
        firsts: parent.firsts.splice(keep),
        heads: parent.heads.splice(keep),
      };
      nodeFirst = node.firsts[0];
      nodeHead = node.heads[0];
    }
    const left = this.#root;
    assert(left !== node, 'I2: a new root has two children');
    const leftFirst = left.kind === 'leaf' ? left.entries[0] : left.firsts[0];
    this.#root = { kind: 'inner', children: [left, node], firsts: [leftFirst, nodeFirst], heads: [left.heads[0], nodeHead] };
  }

  #addKey(key: Key): number {
    const at = this.#keysLength;
    const length = key.length;
    assert(length <= 0xffff && at + length <= 0xffffffff, 'the keys of a tree in memory take less than 4 GiB', { at, length });
    if (at + length > this.#keys.length) this.#keys = grown(this.#keys, new Uint8Array(Math.max(this.#keys.length * 2, at + length)));
    const keys = this.#keys;
    for (let index = 0; index < length; index++) keys[at + index] = key[index];
    this.#keysLength = at + length;
    const entry = this.#entries++;
    if (entry === this.#keyAt.length) {
      this.#keyAt = grown(this.#keyAt, new Uint32Array(entry * 2));
      this.#keyLength = grown(this.#keyLength, new Uint16Array(entry * 2));
    }
    this.#keyAt[entry] = at;
    this.#keyLength[entry] = length;
    if (this.#slots !== undefined) {
      if (this.#entries * 2 > this.#slots.length) this.#hashAll(this.#slots.length * 4);
      else this.#slots[this.#slotOf(this.#slots, key)] = entry + 1;
    }
    return entry;
  }

  #hashAll(slotsMin: number): void {
    const slots = new Int32Array(2 ** Math.ceil(Math.log2(Math.max(slotsMin, FINDS_MIN))));
    for (let entry = 0; entry < this.#entries; entry++) slots[this.#slotOf(slots, this.keyOf(entry))] = entry + 1;
    this.#slots = slots;
  }

  /** The slot that has the key, or the free one where it belongs. */
  #slotOf(slots: Int32Array, key: Key): number {
    const mask = slots.length - 1;
    let slot = hashOf(key) & mask;
    while (slots[slot] !== 0 && this.#compare(slots[slot] - 1, key) !== 0) slot = (slot + 1) & mask;
    return slot;
  }

  #compare(entry: number, key: Key): number {
    const bytes = this.#keys;
    const from = this.#keyAt[entry];
    const length = this.#keyLength[entry];
    const common = length < key.length ? length : key.length;
    for (let at = 0; at < common; at++) {
      const difference = bytes[from + at] - key[at];
      if (difference !== 0) return difference;
    }
    return length - key.length;
  }

  /** Shortens the shared prefix to what `key` has of it; all heads are then taken anew, which happens once per byte at most. */
  #share(key: Key): void {
    if (this.#entries === 0) {
      this.#shared = key.length;
      return;
    }
    let shared = 0;
    while (shared < this.#shared && this.#keys[shared] === key[shared]) shared++;
    if (shared === this.#shared) return;
    this.#shared = shared;
    this.#refresh(this.#root);
  }

  #refresh(node: IndexNode): void {
    if (node.kind === 'leaf') {
      for (let at = 0; at < node.count; at++) node.heads[at] = this.#headOf(node.entries[at]);
      return;
    }
    for (let at = 0; at < node.firsts.length; at++) node.heads[at] = this.#headOf(node.firsts[at]);
    for (const child of node.children) this.#refresh(child);
  }

  #headOf(entry: number): number {
    return headAt(this.#keys, this.#keyAt[entry] + this.#shared, this.#keyAt[entry] + this.#keyLength[entry]);
  }

  /** The head of a search key, which need not begin as all keys do. */
  #headFor(key: Key): number {
    if (this.#entries === 0) return 0; // the first key is all shared
    const shared = this.#shared;
    for (let at = 0; at < shared; at++) {
      if (at >= key.length) return BEFORE_ALL;
      const difference = key[at] - this.#keys[at];
      if (difference !== 0) return difference < 0 ? BEFORE_ALL : AFTER_ALL;
    }
    return headAt(key, shared, key.length);
  }
}

/** Six bytes from `from` as a number, big-endian, zeros past `end`. */
function headAt(bytes: Uint8Array, from: number, end: number): number {
  if (from + 6 <= end) {
    return (
      ((bytes[from] << 16) | (bytes[from + 1] << 8) | bytes[from + 2]) * 0x1000000 +
      ((bytes[from + 3] << 16) | (bytes[from + 4] << 8) | bytes[from + 5])
    );
  }
  let head = 0;
  for (let at = from; at < from + 6; at++) head = head * 256 + (at < end ? bytes[at] : 0);
  return head;
}

function grown<Numbers extends Uint32Array | Uint16Array | Uint8Array>(old: Numbers, larger: Numbers): Numbers {
  larger.set(old);
  return larger;
}

/** Steps over the end of a leaf that has a successor. */
function settled(position: IndexPosition): IndexPosition {
  while (position.at >= position.leaf.count && position.leaf.next !== undefined) {
    position.leaf = position.leaf.next;
    position.at = 0;
  }
  return position;
}
