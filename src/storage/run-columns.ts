/**
 * Whole runs as lists of vectors: where every leaf's column lies in the heap, so that a scan of a table in memory walks a typed array
 * and no pages.
 *
 *     cells   5 words a leaf: data, nulls, flags, dictionary, entries of the dictionary     bounds   least and greatest, as numbers
 *
 * Invariant R1: a list is good as long as the heap has evicted nothing since it was made; whoever walks one holds evictions off.
 */
import { Numeric } from '../types/value.ts';
import type { StoredValue } from '../types/type.ts';
import type { ColumnVectors, KeyedWish } from './column-vectors.ts';
import type { PageStore } from './page-store.ts';
import { LeafWalk } from './run-reader.ts';
import type { RunDescriptor } from './run.ts';
import { LEAF_ROWS_MAX } from './leaf.ts';
import type { Leaf } from './leaf-reader.ts';
import { WHOLE_TREE } from './tree.ts';

/** Words of a leaf in `ColumnList.cells`, and what they are. */
export const CELL = { words: 5, data: 0, nulls: 1, flags: 2, dictionary: 3, entries: 4 } as const;

/** Bits of a cell's flags: an i64 that comes as i32. */
export const CELL_NARROW = 1;

/** One column of a run. Bounds are NaN where they are not known as numbers. */
export interface ColumnList {
  readonly cells: Uint32Array;
  readonly least: Float64Array;
  readonly greatest: Float64Array;
  /** The heap's evictions when it was made (R1). */
  readonly epoch: number;
}

/** The rows of each leaf of a run, and the columns asked for. */
export interface ListedRun {
  readonly rows: Uint16Array;
  readonly columns: readonly ColumnList[];
}

/** Runs that are all there is of a tree: nothing lies over them. */
export interface WholeRuns {
  readonly pages: PageStore;
  readonly runs: readonly RunDescriptor[];
  /** Ends the scan that offered them, which counts as having read them all. */
  take(): void;
}

interface KnownRun {
  readonly rows: Uint16Array;
  readonly columns: Map<number, ColumnList>;
}

/** Runs whose lists are kept. */
const RUNS_MAX = 256;

export class RunColumns {
  readonly #vectors: ColumnVectors;
  readonly #known = new Map<string, KnownRun>();

  constructor(vectors: ColumnVectors) {
    this.#vectors = vectors;
  }

  /** The lists of the columns wished of each run; undefined when a page is not at hand, or a column cannot be had as vectors throughout. */
  list({ runs, pages }: WholeRuns, wishes: readonly KeyedWish[]): ListedRun[] | undefined {
    const listed: ListedRun[] = [];
    for (const run of runs) {
      const known = this.#known.get(run.id);
      const isGood = (wish: KeyedWish): boolean => known?.columns.get(wish.key)?.epoch === this.#vectors.heap.evictions;
      const complete = known !== undefined && wishes.every(isGood) ? known : this.#walk(pages, run, wishes);
      if (complete === undefined) return undefined;
      const columns: ColumnList[] = [];
      for (const wish of wishes) {
        const list = complete.columns.get(wish.key);
        if (list === undefined) return undefined;
        columns.push(list);
      }
      listed.push({ rows: complete.rows, columns });
    }
    return listed;
  }

  #walk(pages: PageStore, run: RunDescriptor, wishes: readonly KeyedWish[]): KnownRun | undefined {
    const { heap } = this.#vectors;
    const epoch = heap.evictions;
    const leaves: Leaf[] = [];
    const walk = new LeafWalk(pages, run, WHOLE_TREE, { reverse: false, prefetch: false });
    for (;;) {
      const leaf = walk.next();
      if (leaf instanceof Promise) {
        leaf.catch(() => undefined); // whoever pulls the scan meets it
        return undefined;
      }
      if (leaf === null) break;
      if (leaf.hasTombstones || leaf.rows > LEAF_ROWS_MAX) return undefined;
      for (const wish of wishes) if (!this.#vectors.mayHave(leaf, wish)) return undefined;
      leaves.push(leaf);
    }
    const columns = new Map(this.#known.get(run.id)?.columns);
    for (const wish of wishes) {
      const list = this.#columnOf(leaves, wish, epoch);
      if (list === undefined) return undefined;
      columns.set(wish.key, list);
    }
    if (heap.evictions !== epoch) return undefined;
    const known: KnownRun = { rows: Uint16Array.from(leaves, (leaf) => leaf.rows), columns };
    this.#known.delete(run.id);
    this.#known.set(run.id, known);
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= RUNS_MAX) break;
      this.#known.delete(oldest);
    }
    return known;
  }

  #columnOf(leaves: readonly Leaf[], wish: KeyedWish, epoch: number): ColumnList | undefined {
    const cells = new Uint32Array(leaves.length * CELL.words);
    const least = new Float64Array(leaves.length);
    const greatest = new Float64Array(leaves.length);
    for (const [at, leaf] of leaves.entries()) {
      const vector = this.#vectors.pin(leaf, wish);
      if (vector === undefined) return undefined;
      this.#vectors.unpin(vector);
      const isNarrow = wish.kind === 'i64' && vector.kind === 'i32';
      cells.set([vector.data, vector.nulls, isNarrow ? CELL_NARROW : 0, vector.dictionary, vector.dictionaryCount], at * CELL.words);
      const bounds = leaf.bounds(wish.id);
      least[at] = numberOf(bounds?.min, wish.scale);
      greatest[at] = numberOf(bounds?.max, wish.scale);
    }
    return { cells, least, greatest, epoch };
  }
}

/** A bound as the number that vectors hold; NaN where it is none, or not exact. */
function numberOf(bound: StoredValue | undefined, scale: number): number {
  if (typeof bound === 'number') return bound;
  if (!(bound instanceof Numeric) || bound.kind !== 'finite' || typeof bound.coefficient !== 'number' || bound.scale > scale)
    return Number.NaN;
  const scaled = bound.coefficient * 10 ** (scale - bound.scale);
  return Number.isSafeInteger(scaled) ? scaled : Number.NaN;
}
