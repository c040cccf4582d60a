/** Leaves in key order to a run. Inner pages are made as leaves come, so that a run of any length is built in bounded memory. */
import { assert } from '../../base/assert.ts';
import type { EncodedLeaf } from '../leaf-writer.ts';
import { INNER_FANOUT } from '../inner-page.ts';
import { describeRun, sharesOf } from '../run-builder.ts';
import type { RunDescriptor } from '../run.ts';
import type { SegmentWriter } from '../segment.ts';
import { NO_KEY, PageWriter, buildLevel, separatorBetween, type Subtree } from '../tree-builder.ts';
import { slot, type Key, type TreeId } from '../tree.ts';

export class BulkRun {
  readonly pages: PageWriter;
  readonly #segments: SegmentWriter;
  readonly #tree: TreeId;
  /** Whether keys may end with placeholder row ids; separators are then never cut. */
  readonly #wholeSeparators: boolean;
  /** Pages without a parent, by level. */
  readonly #levels: Subtree[][] = [];
  #first: Key | undefined;
  #last: Key | undefined;

  constructor(segments: SegmentWriter, tree: TreeId, wholeSeparators: boolean) {
    this.pages = new PageWriter(segments);
    this.#segments = segments;
    this.#tree = tree;
    this.#wholeSeparators = wholeSeparators;
  }

  /** The greatest key so far. */
  get last(): Key | undefined {
    return this.#last;
  }

  /** Takes the next leaf. `firstEndsWithRowId`: its first key ends with a placeholder. */
  add(leaf: EncodedLeaf, firstEndsWithRowId: boolean): void {
    const { first, last, statistics } = leaf;
    const isFirst = this.#last === undefined;
    const low = this.#last === undefined ? NO_KEY : this.#wholeSeparators ? first : separatorBetween(this.#last, first);
    this.#push(0, {
      reference: this.pages.leaf(leaf),
      low,
      lowEndsWithRowId: !isFirst && this.#wholeSeparators && firstEndsWithRowId,
      level: 0,
      statistics,
    });
    this.#first ??= first;
    this.#last = last;
  }

  /** The run, its pages durable once the segment writer has finished; undefined without leaves. `firstOrdinal` as in its descriptor. */
  finish(firstOrdinal: number | undefined): RunDescriptor | undefined {
    if (this.#first === undefined || this.#last === undefined) return undefined;
    for (let level = 0; level + 1 < this.#levels.length || this.#levels[level].length > 1; level++) {
      const pages = this.#levels[level];
      this.#levels[level] = [];
      for (const page of buildLevel(this.pages, pages)) this.#levelOf(level + 1).push(page);
    }
    const root = this.#levels[this.#levels.length - 1][0];
    assert(root !== undefined, 'the last level is the root');
    const identity = { tree: this.#tree, kind: 'base', slot: slot(0), firstOrdinal, base: undefined } as const;
    return describeRun(identity, root, this.#first, this.#last, sharesOf(this.pages.written), this.#segments);
  }

  /** With twice a page's children together, the first half gets its parent: the last page of a level is never left with a few. */
  #push(level: number, page: Subtree): void {
    const pages = this.#levelOf(level);
    pages.push(page);
    if (pages.length < 2 * INNER_FANOUT) return;
    const [parent] = buildLevel(this.pages, pages.splice(0, INNER_FANOUT));
    this.#push(level + 1, parent);
  }

  #levelOf(level: number): Subtree[] {
    this.#levels[level] ??= [];
    return this.#levels[level];
  }
}
