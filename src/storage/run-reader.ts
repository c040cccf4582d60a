/** Reading one run: by key, and leaf by leaf in either direction. */
import { compareBytes } from '../base/bytes.ts';
import type { InnerPage } from './inner-page.ts';
import { Leaf } from './leaf-reader.ts';
import type { PageStore } from './page-store.ts';
import type { PageReference } from './page-reference.ts';
import type { RunDescriptor } from './run.ts';
import type { SubtreeStatistics } from './statistics.ts';
import type { RowIdOrigin } from './row-id.ts';
import type { Key, KeyRange } from './tree.ts';

/** What a run's placeholder row ids stand for; undefined when it has none. */
export function rowIdsOf(run: RunDescriptor): RowIdOrigin | undefined {
  return run.firstOrdinal === undefined ? undefined : { slot: run.slot, firstOrdinal: run.firstOrdinal };
}

/** Whether `key` lies within the run's first and last key. Bulk runs with placeholders know their bounds only unresolved: always. */
export function mayHold(run: RunDescriptor, key: Key): boolean {
  return run.firstOrdinal !== undefined || (compareBytes(run.first, key) <= 0 && compareBytes(key, run.last) <= 0);
}

/** The leaf that holds `key` if any does. A promise only when a page is missing. */
export function findLeaf(pages: PageStore, run: RunDescriptor, key: Key): Leaf | Promise<Leaf> {
  const rowIds = rowIdsOf(run);
  if (run.level === 0) return pages.leaf(run.root, rowIds);
  const root = pages.inner(run.root, rowIds);
  return root instanceof Promise ? root.then((page) => descend(pages, page, key, rowIds)) : descend(pages, root, key, rowIds);
}

/** The leaf under an inner page that holds `key` if any does. A promise only when a page is missing. */
export function descend(pages: PageStore, from: InnerPage, key: Key, rowIds: RowIdOrigin | undefined): Leaf | Promise<Leaf> {
  let page = from;
  for (;;) {
    const child = pages.childOf(page, page.childFor(key), rowIds);
    if (child instanceof Promise) return child.then((loaded) => (loaded instanceof Leaf ? loaded : descend(pages, loaded, key, rowIds)));
    if (child instanceof Leaf) return child;
    page = child;
  }
}

/** Whether a scan may pass over a child without reading it. */
export type SkipSubtree = (statistics: SubtreeStatistics) => boolean;

interface Step {
  readonly page: InnerPage;
  readonly statistics: readonly SubtreeStatistics[] | undefined;
  at: number;
  /** The next child to be asked for ahead of time. */
  ahead: number;
  /** Children [from, to] may hold keys of the range. */
  readonly from: number;
  readonly to: number;
}

const PREFETCH_LEAVES_MAX = 16;

/** A statistics page is worth its round trip when it may spare so many children. */
const STATISTICS_CHILDREN_MIN = 8;

/**
 * The leaves of a run that may hold keys of a range, in order. Reads ahead, more the longer it is pulled.
 */
export class LeafWalk {
  readonly #pages: PageStore;
  readonly #run: RunDescriptor;
  readonly #range: KeyRange;
  readonly #reverse: boolean;
  readonly #skip: SkipSubtree | undefined;
  readonly #prefetch: boolean;
  readonly #rowIds: RowIdOrigin | undefined;
  readonly #path: Step[] = [];
  #started = false;
  #window = 1;

  constructor(
    pages: PageStore,
    run: RunDescriptor,
    range: KeyRange,
    options: { readonly reverse: boolean; readonly prefetch: boolean; readonly skip?: SkipSubtree | undefined },
  ) {
    this.#pages = pages;
    this.#run = run;
    this.#range = range;
    this.#reverse = options.reverse;
    this.#prefetch = options.prefetch;
    this.#skip = options.skip;
    this.#rowIds = rowIdsOf(run);
  }

  /** The next leaf, null at the end. A promise only when a page is missing; then await it before asking again. */
  next(): Leaf | null | Promise<Leaf | null> {
    if (!this.#started) {
      if (this.#isOutside()) return null;
      if (this.#run.level === 0) {
        this.#started = true;
        return this.#pages.leaf(this.#run.root, this.#rowIds);
      }
      const entered = this.#enter(this.#run.root);
      if (entered instanceof Promise) {
        return entered.then(() => {
          this.#started = true;
          return this.next();
        });
      }
      this.#started = true;
    }
    for (;;) {
      const step = this.#path.at(-1);
      if (step === undefined) return null;
      if (step.at < step.from || step.at > step.to) {
        this.#path.pop();
        continue;
      }
      const at = step.at;
      step.at += this.#reverse ? -1 : 1;
      if (step.statistics !== undefined && this.#skip !== undefined && this.#skip(step.statistics[at])) continue;
      const child = step.page.children[at];
      if (step.page.level > 1) {
        const entered = this.#enter(child);
        if (entered instanceof Promise) return entered.then(() => this.next());
        continue;
      }
      const leaf = this.#pages.leaf(child, this.#rowIds);
      if (this.#prefetch) this.#readAhead(step);
      return leaf;
    }
  }

  #isOutside(): boolean {
    if (this.#rowIds !== undefined) return false;
    const { from, to } = this.#range;
    return (from !== undefined && compareBytes(this.#run.last, from) < 0) || (to !== undefined && compareBytes(this.#run.first, to) >= 0);
  }

  #enter(reference: PageReference): Promise<void> | undefined {
    const page = this.#pages.inner(reference, this.#rowIds);
    if (page instanceof Promise) return page.then((loaded) => this.#push(loaded));
    return this.#push(page);
  }

  #push(page: InnerPage): Promise<void> | undefined {
    const { from, to } = this.#range;
    const first = from === undefined ? 0 : page.childFor(from);
    const last = to === undefined ? page.children.length - 1 : page.childBefore(to);
    const put = (statistics: readonly SubtreeStatistics[] | undefined): void => {
      const at = this.#reverse ? last : first;
      this.#path.push({ page, statistics, at, ahead: at, from: first, to: last });
    };
    if (this.#skip === undefined || page.statistics === undefined || last - first < STATISTICS_CHILDREN_MIN) {
      put(undefined);
      return undefined;
    }
    const statistics = this.#pages.statistics(page.statistics);
    if (statistics instanceof Promise) return statistics.then(put);
    put(statistics);
    return undefined;
  }

  #readAhead(step: Step): void {
    const direction = this.#reverse ? -1 : 1;
    if ((step.ahead - step.at) * direction < 0) step.ahead = step.at;
    for (; Math.abs(step.ahead - step.at) < this.#window && step.ahead >= step.from && step.ahead <= step.to; step.ahead += direction) {
      if (step.statistics !== undefined && this.#skip !== undefined && this.#skip(step.statistics[step.ahead])) continue;
      this.#pages.prefetchLeaf(step.page.children[step.ahead], this.#rowIds);
    }
    this.#window = Math.min(PREFETCH_LEAVES_MAX, this.#window * 2);
  }
}
