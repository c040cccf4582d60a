/**
 * Copy on write: a run plus a stream of newer entries makes a run that shares every page no entry falls under.
 *
 *            root                      root'
 *          /  |   \                  /   |   \
 *        a    b    c      + key in b:   a    b'   c        a, c and everything below them are referred to, not read
 *
 * Invariants
 *   W1  A page without an entry in its key range (and in no segment to be emptied) is neither read nor written.
 *   W2  The bytes that stay referred to, by segment, are exactly: what the old run had, less the pages replaced, plus what was
 *       written and what copied rows carry.
 */
import { compareBytes } from '../base/bytes.ts';
import type { MergedSource } from './merged-source.ts';
import type { PageStore } from './page-store.ts';
import type { PageReference, SegmentName } from './page-reference.ts';
import { externalsOf, relocatedValues } from './relocation.ts';
import { LeafStream } from './run-builder.ts';
import type { RunDescriptor } from './run.ts';
import { joinStatistics, type SubtreeStatistics } from './statistics.ts';
import { NO_KEY, buildLevel, buildRoot, type PageWriter, type Subtree } from './tree-builder.ts';
import type { Key } from './tree.ts';

/** Leaves into which rows fall in the middle are refilled to this share, so that the next few find room. */
const MIDDLE_FILL = 0.7;

export interface MergeResult {
  /** Undefined when no row is left. */
  readonly root: Subtree | undefined;
  /** Change of the bytes referred to, by segment; written pages included. */
  readonly bytes: ReadonlyMap<SegmentName, number>;
  /** The least and greatest key among the rows written anew. */
  readonly first: Key | undefined;
  readonly last: Key | undefined;
}

export class TreeMerge {
  readonly #pages: PageStore;
  readonly #writer: PageWriter;
  readonly #changes: MergedSource;
  readonly #emptied: ReadonlySet<SegmentName>;
  readonly #stream: LeafStream;
  readonly #removed = new Map<SegmentName, number>();

  /** `emptied` segments are not referred to by the result: their pages are written anew. */
  constructor(pages: PageStore, writer: PageWriter, changes: MergedSource, emptied: ReadonlySet<SegmentName> = new Set()) {
    this.#pages = pages;
    this.#writer = writer;
    this.#changes = changes;
    this.#emptied = emptied;
    this.#stream = new LeafStream(writer, NO_KEY);
  }

  /** Merges all changes into `run`, which has no placeholder row ids. */
  async into(run: RunDescriptor): Promise<MergeResult> {
    const root: Subtree = {
      reference: run.root,
      low: NO_KEY,
      lowEndsWithRowId: false,
      level: run.level,
      statistics: await this.#rootStatistics(run),
    };
    const merged = await this.#node(root, undefined);
    const top = merged.length === 0 ? undefined : buildRoot(this.#writer, merged);
    const bytes = new Map(this.#writer.written);
    for (const [segment, carried] of this.#stream.carried) bytes.set(segment, (bytes.get(segment) ?? 0) + carried);
    for (const [segment, removed] of this.#removed) bytes.set(segment, (bytes.get(segment) ?? 0) - removed);
    return { root: top, bytes, first: this.#stream.first, last: this.#stream.last };
  }

  /** `node` with the changes below `high` applied: pages of its level, or none. */
  async #node(node: Subtree, high: Key | undefined): Promise<Subtree[]> {
    if (!(await this.#isTouched(node, high))) return [node];
    if (node.level === 0) {
      await this.#leaf(node, high);
      return this.#stream.take();
    }
    const children = await this.#childrenOf(node);
    const merged: Subtree[] = [];
    for (const [at, child] of children.entries()) {
      const childHigh = at + 1 < children.length ? children[at + 1].low : high;
      if (node.level > 1) merged.push(...(await this.#node(child, childHigh)));
      else if (await this.#isTouched(child, childHigh)) {
        if (!this.#stream.isOpen) this.#stream.restart(child.low);
        await this.#leaf(child, childHigh);
      } else merged.push(...this.#stream.take(), child);
    }
    merged.push(...this.#stream.take());
    const statistics = (await this.#pages.inner(node.reference)).statistics;
    const isMoved = this.#emptied.has(node.reference.segment) || (statistics !== undefined && this.#emptied.has(statistics.segment));
    if (!isMoved && merged.length === children.length && merged.every((child, at) => child.reference === children[at].reference))
      return [node];
    this.#remove(node.reference);
    if (statistics !== undefined) this.#remove(statistics);
    await this.#drainIfFull();
    if (merged.length === 0) return [];
    if (high === undefined && node.low.length === 0 && merged.length === 1) return merged; // an inner page over one child is no use as a root
    return buildLevel(this.#writer, merged);
  }

  /** Streams the leaf's rows and the changes below `high`, newest of each key. */
  async #leaf(node: Subtree, high: Key | undefined): Promise<void> {
    const leaf = await this.#pages.leaf(node.reference);
    const relocated = await relocatedValues(this.#pages, leaf, this.#emptied);
    this.#remove(node.reference);
    for (const external of externalsOf(leaf)) this.#remove(external.page);
    let row = 0;
    const { keys } = leaf;
    for (let change = await this.#changes.load(); change !== undefined && isBelow(change.key, high); change = await this.#changes.load()) {
      const key = change.key;
      const place = keys.lowerBound(key);
      this.#stream.fillTo(place === keys.count ? 1 : MIDDLE_FILL);
      for (; row < place; row++) this.#stream.copy(keys.keyAt(row), leaf, row, undefined, relocated);
      if (!change.isTombstone) change.copyTo(this.#stream, undefined);
      if (keys.find(key) === place) row = place + 1;
      await this.#changes.advance();
    }
    for (; row < keys.count; row++) this.#stream.copy(keys.keyAt(row), leaf, row, undefined, relocated);
  }

  async #isTouched(node: Subtree, high: Key | undefined): Promise<boolean> {
    const change = this.#changes.current ?? (await this.#changes.load());
    if (change !== undefined && isBelow(change.key, high)) return true;
    if (this.#emptied.size === 0) return false;
    if (this.#emptied.has(node.reference.segment) || node.level > 0) return true;
    // Only a leaf with values out of line refers to segments other than its own.
    if (node.statistics.bytes === node.reference.length) return false;
    const leaf = await this.#pages.leaf(node.reference);
    return leaf.head.segments.some((segment) => this.#emptied.has(segment));
  }

  async #childrenOf(node: Subtree): Promise<Subtree[]> {
    const page = await this.#pages.inner(node.reference);
    const statistics = page.statistics === undefined ? [] : await this.#pages.statistics(page.statistics);
    return page.children.map((reference, at) => ({
      reference,
      low: page.lowOf(at) ?? node.low,
      lowEndsWithRowId: false,
      level: page.level - 1,
      statistics: statistics[at] ?? UNKNOWN,
    }));
  }

  async #rootStatistics(run: RunDescriptor): Promise<SubtreeStatistics> {
    if (run.level === 0) return (await this.#pages.leaf(run.root)).statistics;
    const page = await this.#pages.inner(run.root);
    return page.statistics === undefined ? UNKNOWN : joinStatistics(await this.#pages.statistics(page.statistics));
  }

  #remove(page: PageReference): void {
    this.#removed.set(page.segment, (this.#removed.get(page.segment) ?? 0) + page.length);
  }

  async #drainIfFull(): Promise<void> {
    if (this.#writer.segments.isBacklogged) await this.#writer.segments.drain();
  }
}

const UNKNOWN: SubtreeStatistics = { rows: 0, tombstones: 0, leaves: 0, bytes: 0, columns: [] };

function isBelow(key: Key, high: Key | undefined): boolean {
  return high === undefined || compareBytes(key, high) < 0;
}
