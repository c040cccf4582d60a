/**
 * What a transaction read, as far as validation needs it: keys and ranges per tree, in two classes.
 *
 * Reads for a constraint, of the catalog, and of rows about to be written are validated at every isolation level; a query's
 * reads under serializable only, so that the other levels do not record them at all.
 */
import { unreachable } from '../base/assert.ts';
import type { Key, KeyRange, TreeId } from '../storage/tree.ts';
import { KeyTable } from './key-table.ts';
import { RangeSet } from './range-set.ts';
import type { TreeReads } from './record.ts';
import type { Isolation, ReadPurpose } from './transaction.ts';

interface Reads {
  readonly tree: TreeId;
  readonly keys: KeyTable;
  readonly ranges: RangeSet;
}

export class ReadSet {
  readonly #isolation: Isolation;
  /** Few trees each: a list is found through faster than a map is made. */
  readonly #always: Reads[] = [];
  readonly #query: Reads[] = [];

  constructor(isolation: Isolation) {
    this.#isolation = isolation;
  }

  get isEmpty(): boolean {
    return this.#always.length === 0 && this.#query.length === 0;
  }

  /** Whether reads of this purpose are recorded at all. */
  records(purpose: ReadPurpose): boolean {
    return this.#classOf(purpose) !== undefined;
  }

  /** The key is copied. */
  addKey(tree: TreeId, key: Key, purpose: ReadPurpose): void {
    const reads = this.#of(tree, purpose);
    if (reads === undefined || reads.ranges.has(key)) return;
    reads.keys.findOrAdd(key);
  }

  addRange(tree: TreeId, range: KeyRange, purpose: ReadPurpose): void {
    this.#of(tree, purpose)?.ranges.add(range);
  }

  /** The reads, per tree and class. */
  trees(): TreeReads[] {
    const trees: TreeReads[] = [];
    for (const { tree, keys, ranges } of this.#always) trees.push({ tree, always: true, keys: keys.keysInOrder(), ranges: ranges.ranges });
    for (const { tree, keys, ranges } of this.#query) trees.push({ tree, always: false, keys: keys.keysInOrder(), ranges: ranges.ranges });
    return trees;
  }

  #of(tree: TreeId, purpose: ReadPurpose): Reads | undefined {
    const trees = this.#classOf(purpose);
    if (trees === undefined) return undefined;
    for (const reads of trees) if (reads.tree === tree) return reads;
    const reads = { tree, keys: new KeyTable(), ranges: new RangeSet() };
    trees.push(reads);
    return reads;
  }

  #classOf(purpose: ReadPurpose): Reads[] | undefined {
    switch (purpose) {
      case 'constraint':
      case 'catalog':
      case 'update':
        return this.#always;
      case 'query':
        return this.#isolation === 'serializable' ? this.#query : undefined;
      case 'write':
      case 'none':
        return undefined;
      default:
        return unreachable(purpose);
    }
  }
}
