/**
 * A run looked at as a whole: every page that it refers to is there and is what was written, keys ascend, and counts are right. Goes on
 * after damage, below what it can still reach.
 */
import { compareBytes } from '../base/bytes.ts';
import { isSqlError } from '../base/sql-error.ts';
import { PSEUDO_COLUMN } from './chunk/chunk-entry.ts';
import { External } from './chunk/stored-cell.ts';
import { objectName, type Leaf } from './leaf-reader.ts';
import type { PageReference } from './page-reference.ts';
import type { PageStore } from './page-store.ts';
import type { RunDescriptor } from './run.ts';
import { rowIdsOf } from './run-reader.ts';
import type { Key } from './tree.ts';

export interface CheckedPages {
  /** Pages looked at so far, by place: runs share them, and each is looked at once. Rows and tombstones of what lies below. */
  readonly seen: Map<string, PageCount>;
  pages: number;
  bytes: number;
}

interface PageCount {
  readonly rows: number;
  readonly tombstones: number;
  readonly leaves: number;
  /** Undefined where the page is damaged. */
  readonly first: Key | undefined;
  readonly last: Key | undefined;
}

const DAMAGED: PageCount = { rows: NaN, tombstones: NaN, leaves: NaN, first: undefined, last: undefined };

/** Checks `run`; `report` hears of each thing that is wrong, in words. Failures of the store itself are thrown. */
export async function checkRun(
  pages: PageStore,
  run: RunDescriptor,
  checked: CheckedPages,
  report: (object: string, problem: string) => void,
): Promise<void> {
  const check = new RunCheck(pages, run, checked, report);
  const found = await check.page(run.root, run.level);
  const where = `run ${run.id} of tree ${run.tree}`;
  for (const [what, expected, counted] of [
    ['rows', run.rows, found.rows + found.tombstones],
    ['tombstones', run.tombstones, found.tombstones],
    ['leaves', run.leaves, found.leaves],
  ] as const)
    if (!Number.isNaN(counted) && counted !== expected) report(where, `it says ${expected} ${what} and has ${counted}`);
  for (const filter of run.filters) await check.sound(filter, () => pages.pageBytes(filter));
}

class RunCheck {
  readonly #pages: PageStore;
  readonly #run: RunDescriptor;
  readonly #checked: CheckedPages;
  readonly #report: (object: string, problem: string) => void;

  constructor(pages: PageStore, run: RunDescriptor, checked: CheckedPages, report: (object: string, problem: string) => void) {
    this.#pages = pages;
    this.#run = run;
    this.#checked = checked;
    this.#report = report;
  }

  async page(reference: PageReference, level: number): Promise<PageCount> {
    const origin = rowIdsOf(this.#run);
    const place = `${reference.segment}@${reference.offset}+${origin?.slot ?? ''}.${origin?.firstOrdinal ?? ''}`;
    const known = this.#checked.seen.get(place);
    if (known !== undefined) return known;
    this.#checked.pages++;
    this.#checked.bytes += reference.length;
    const count = (await this.sound(reference, () => (level === 0 ? this.#leaf(reference) : this.#inner(reference, level)))) ?? DAMAGED;
    this.#checked.seen.set(place, count);
    return count;
  }

  /** What `read` answers; undefined, and reported, when it meets damage or nothing. */
  async sound<T>(reference: PageReference, read: () => T | Promise<T>): Promise<T | undefined> {
    try {
      return await read();
    } catch (error) {
      if (!isSqlError(error, 'data_corrupted') && !isSqlError(error, 'snapshot_too_old')) throw error;
      this.#report(objectName(reference), error.detail ?? error.message);
      return undefined;
    }
  }

  async #inner(reference: PageReference, level: number): Promise<PageCount> {
    const inner = await this.#pages.inner(reference, rowIdsOf(this.#run));
    if (inner.statistics !== undefined) {
      const { statistics } = inner;
      await this.sound(statistics, () => this.#pages.statistics(statistics));
    }
    const sum = { rows: 0, tombstones: 0, leaves: 0 };
    let first: Key | undefined;
    let last: Key | undefined;
    for (const child of inner.children) {
      const found = await this.page(child, level - 1);
      sum.rows += found.rows;
      sum.tombstones += found.tombstones;
      sum.leaves += found.leaves;
      if (last !== undefined && found.first !== undefined && compareBytes(last, found.first) >= 0)
        this.#report(objectName(child), 'its keys do not follow those of the page before it');
      first ??= found.first;
      last = found.last ?? last;
    }
    return { ...sum, first, last };
  }

  async #leaf(reference: PageReference): Promise<PageCount> {
    const leaf = await this.#pages.leaf(reference, rowIdsOf(this.#run));
    for (const { entry } of leaf.head.columns) if (entry.column !== PSEUDO_COLUMN.keys) await this.#column(leaf, entry.column);
    const { keys } = leaf;
    let previous = keys.keyAt(0);
    for (let row = 1; row < leaf.rows; row++) {
      const key = keys.keyAt(row);
      if (compareBytes(previous, key) >= 0) {
        this.#report(objectName(reference), `its keys do not ascend at row ${row}`);
        break;
      }
      previous = key;
    }
    const { rows, tombstones } = leaf.statistics;
    return { rows, tombstones, leaves: 1, first: keys.keyAt(0), last: keys.keyAt(leaf.rows - 1) };
  }

  /** Decodes a column, and the values that lie out of line. */
  async #column(leaf: Leaf, id: number): Promise<void> {
    const view = leaf.column(id);
    if (view === undefined) return;
    for (let row = 0; row < leaf.rows; row++) {
      const cell = view.valueAt(row);
      if (!(cell instanceof External)) continue;
      this.#checked.pages++;
      this.#checked.bytes += cell.page.length;
      const value = await this.sound(cell.page, () => this.#pages.overflow(cell.page));
      if (value !== undefined && value.length !== cell.bytes)
        this.#report(objectName(cell.page), `it says ${cell.bytes} bytes and has ${value.length}`);
    }
  }
}
