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
  readonly keys: KeyTable;
  readonly ranges: RangeSet;
}

export class ReadSet {
  readonly #isolation: Isolation;
  readonly #always = new Map<TreeId, Reads>();
  readonly #query = new Map<TreeId, Reads>();

  constructor(isolation: Isolation) {
    this.#isolation = isolation;
  }

  get isEmpty(): boolean {
    return this.#always.size === 0 && this.#query.size === 0;
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
    for (const [tree, reads] of this.#always)
      trees.push({ tree, always: true, keys: reads.keys.keysInOrder(), ranges: reads.ranges.ranges });
    for (const [tree, reads] of this.#query)
      trees.push({ tree, always: false, keys: reads.keys.keysInOrder(), ranges: reads.ranges.ranges });
    return trees;
  }

  #of(tree: TreeId, purpose: ReadPurpose): Reads | undefined {
    const trees = this.#classOf(purpose);
    if (trees === undefined) return undefined;
    let reads = trees.get(tree);
    if (reads === undefined) {
      reads = { keys: new KeyTable(), ranges: new RangeSet() };
      trees.set(tree, reads);
    }
    return reads;
  }

  #classOf(purpose: ReadPurpose): Map<TreeId, Reads> | undefined {
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
