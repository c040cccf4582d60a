/**
 * Reads few rows of one tree again and again: by key, or along a short range. What it answers, it answers at once; where bytes are
 * missing it says so, and whoever asked goes the way that waits.
 *
 *     memtable ─ newest version of the key ┐
 *     runs     ─ root ─> leaf ─> row       ┴─> the cells wanted, into an array that the caller keeps
 *
 * Invariants
 *   D1  What is read is what `readRow` and `openCursor` would read of the same snapshot.
 *   D2  Between two calls it holds on to places, never to bytes: pages are found through handles that eviction empties.
 */
import { compareBytes } from '../base/bytes.ts';
import type { Row } from '../types/value.ts';
import { External } from './chunk/stored-cell.ts';
import type { InnerPage } from './inner-page.ts';
import { layersOf } from './layers.ts';
import type { Leaf } from './leaf-reader.ts';
import { compareRow, findRow, GENERAL, lowerBoundRow, placeOfRow, TOMBSTONE } from './leaf-rows.ts';
import type { MemtableTree } from './memtable-tree.ts';
import type { PageHandle, PageStore } from './page-store.ts';
import { decodeRowInto, decoderOf, fits, type RowDecoder } from './row-codec.ts';
import { readForm, rowFormOf, type RowForm } from './row-form.ts';
import type { RowPatch } from './row-patch.ts';
import { mayHold, rowIdsOf } from './run-reader.ts';
import type { RunDescriptor } from './run.ts';
import { openCursor, type Snapshot } from './storage-state.ts';
import type { Cursor, Key, TreeSchema } from './tree.ts';

/** What became of a read: `waits` when bytes are missing, or lie out of line. */
export type ReadOutcome = 'found' | 'absent' | 'waits';

/** Where a snapshot has the tree. */
interface Place {
  readonly memtable: MemtableTree | undefined;
  readonly runs: readonly RunDescriptor[];
  /** Of each run the root's handle. */
  readonly roots: (PageHandle | undefined)[];
}

export class RowReader {
  readonly schema: TreeSchema;
  readonly #columns: readonly number[];
  readonly #patch: RowPatch | undefined;
  readonly #decoder: RowDecoder;
  /** How rows of the tree lie one by one; null when they do not. */
  readonly #form: RowForm | null;
  readonly #known = new WeakMap<Snapshot, Place>();
  /** The way down to `#leaf`: inner pages, and which child of each. */
  readonly #pages: InnerPage[] = [];
  readonly #ats: number[] = [];
  // The range that is walked: in run `#run` of `#snapshot`, or where layers have to be merged by `#cursor`.
  #snapshot: Snapshot | undefined;
  #run: RunDescriptor | undefined;
  #leaf: PageHandle | undefined;
  #row = 0;
  /** Where the range ends in the leaf; -1 while that was not looked for. */
  #end = -1;
  #looked = 0;
  #to: Key | undefined;
  #cursor: Cursor | undefined;
  #batch: readonly Row[] = [];
  #at = 0;

  /**
   * Rows come as the columns at `columns`, positions in the schema; through `patch`, where that can read them, with no more than it reads
   * (it is open then).
   */
  constructor(schema: TreeSchema, columns: readonly number[], patch?: RowPatch) {
    this.schema = schema;
    this.#patch = patch;
    this.#columns = columns;
    this.#decoder = decoderOf(schema, columns);
    this.#form = rowFormOf(schema);
  }

  /** Reads the row of `key` into `into`. */
  read(snapshot: Snapshot, key: Key, into: Row): ReadOutcome {
    this.#patch?.close();
    const place = this.#placeIn(snapshot);
    const { memtable, runs } = place;
    const version = memtable === undefined ? -1 : memtable.find(key, snapshot.slot);
    if (memtable === undefined || version === -1) return this.#readRuns(snapshot.pages, place, key, runs.length, into) ?? 'absent';
    const slot = memtable.slotOf(version);
    if (slot <= snapshot.manifest.slot) return this.#readRuns(snapshot.pages, place, key, runs.length, into) ?? 'absent';
    let newer = 0;
    while (newer < runs.length && runs[newer].slot > slot) newer++;
    const outcome = newer === 0 ? undefined : this.#readRuns(snapshot.pages, place, key, newer, into);
    if (outcome !== undefined) return outcome;
    return memtable.isTombstone(version) ? 'absent' : memtable.readRow(version, this, into);
  }

  /** Decodes a row that came some other way, the part of `bytes` from `from` to `to`, as row-codec.ts encodes them. */
  decode(bytes: Uint8Array, from: number, to: number, into: Row): ReadOutcome {
    if (this.#patch?.read(bytes, from, to, into) === true) return 'found';
    this.#fill(into);
    decodeRowInto(this.#decoder, bytes, from, to, into);
    return 'found';
  }

  /**
   * Begins to walk the keys from `from` on and before `to` (undefined: to the end); false when bytes are missing. `next` then gives
   * row by row, until something else is read or `close`. `to` stays as it is meanwhile.
   */
  open(snapshot: Snapshot, from: Key, to: Key | undefined): boolean {
    this.close();
    const place = this.#placeIn(snapshot);
    const run = onlyRun(place, from, to);
    if (run === 'several') {
      this.#cursor = openCursor(snapshot, this.schema, { from, to }, { columns: this.#columns, rowsWanted: FIRST_ROWS });
      return true;
    }
    if (run === 'none') return true;
    const leaf = this.#leafOf(snapshot.pages, place, run, from);
    if (leaf === undefined) return false;
    this.#snapshot = snapshot;
    this.#run = place.runs[run];
    this.#to = to;
    this.#looked = 0;
    this.#enterLeaf(leaf, from);
    return true;
  }

  /** Lets go of the range. */
  close(): void {
    this.#snapshot = undefined;
    this.#run = undefined;
    this.#leaf = undefined;
    this.#cursor = undefined;
    this.#batch = [];
    this.#at = 0;
  }

  /** The next row of the range that `open` began, `absent` at its end. */
  next(into: Row): ReadOutcome {
    if (this.#cursor !== undefined) return this.#pull(this.#cursor, into);
    for (;;) {
      const handle = this.#leaf;
      if (handle === undefined || this.#snapshot === undefined) return 'absent';
      if (handle.page === undefined) return 'waits'; // evicted meanwhile
      if (this.#isInside(handle)) {
        const outcome = this.#project(this.#snapshot.pages, handle, this.#row++, into);
        if (outcome === 'absent') continue;
        return outcome;
      }
      if (this.#row < (handle.page as Leaf).rows) return 'absent';
      const next = this.#nextLeaf();
      if (next === 'waits') return 'waits';
      if (next === undefined) return 'absent';
      this.#enterLeaf(next, undefined);
    }
  }

  /** Whether the row that comes next is in the range. The first few are looked at one by one; then its end in the leaf is looked for. */
  #isInside(handle: PageHandle): boolean {
    if (this.#end >= 0) return this.#row < this.#end;
    const to = this.#to;
    const { rows } = handle.page as Leaf;
    if (to === undefined) this.#end = rows;
    else if (this.#looked++ >= LOOKS_MAX) this.#end = firstAt(handle, to);
    else return this.#row < rows && isBelow(handle, this.#row, to);
    return this.#row < this.#end;
  }

  #placeIn(snapshot: Snapshot): Place {
    const known = this.#known.get(snapshot);
    if (known !== undefined) return known;
    const { memtable, runs } = layersOf(snapshot, this.schema.id);
    const place: Place = { memtable, runs, roots: new Array<PageHandle | undefined>(runs.length).fill(undefined) };
    this.#known.set(snapshot, place);
    return place;
  }

  /** The first of the newest `count` runs that has `key` decides; undefined when none has. */
  #readRuns(pages: PageStore, place: Place, key: Key, count: number, into: Row): ReadOutcome | undefined {
    for (let at = 0; at < count; at++) {
      const run = place.runs[at];
      if (!mayHold(run, key)) continue;
      const rowIds = rowIdsOf(run);
      let handle = rootOf(pages, place, at);
      for (let level = run.level; handle !== undefined && level > 0; level--) {
        const inner = handle.page as InnerPage;
        handle = pages.childHandle(inner, inner.childFor(key), rowIds);
      }
      if (handle === undefined) return 'waits';
      const row = handle.rows === undefined ? (handle.page as Leaf).keys.find(key) : findRow(handle.rows, handle, key);
      if (row >= 0) return this.#project(pages, handle, row, into);
    }
    return undefined;
  }

  /** The leaf of a run where `key` belongs, leaving the way there in `#pages` and `#ats`; undefined when a page is missing, which is then on its way. */
  #leafOf(pages: PageStore, place: Place, number: number, key: Key): PageHandle | undefined {
    const run = place.runs[number];
    const rowIds = rowIdsOf(run);
    let handle = rootOf(pages, place, number);
    for (let depth = 0; handle !== undefined && depth < run.level; depth++) {
      const page = handle.page as InnerPage;
      const at = page.childFor(key);
      this.#pages[depth] = page;
      this.#ats[depth] = at;
      handle = pages.childHandle(page, at, rowIds);
    }
    return handle;
  }

  /** The leaf after the one that was entered; undefined behind the last. */
  #nextLeaf(): PageHandle | 'waits' | undefined {
    const run = this.#run;
    if (run === undefined || this.#snapshot === undefined) return undefined;
    const { pages } = this.#snapshot;
    let depth = run.level - 1;
    while (depth >= 0 && this.#ats[depth] + 1 >= this.#pages[depth].children.length) depth--;
    if (depth < 0) return undefined;
    this.#ats[depth]++;
    for (;;) {
      const handle = pages.childHandle(this.#pages[depth], this.#ats[depth], rowIdsOf(run));
      if (handle === undefined) return 'waits';
      if (++depth === run.level) return handle;
      this.#pages[depth] = handle.page as InnerPage;
      this.#ats[depth] = 0;
    }
  }

  #enterLeaf(handle: PageHandle, from: Key | undefined): void {
    this.#leaf = handle;
    this.#row = from === undefined ? 0 : firstAt(handle, from);
    this.#end = -1;
  }

  #pull(cursor: Cursor, into: Row): ReadOutcome {
    if (this.#at === this.#batch.length) {
      const batch = cursor.next();
      if (batch instanceof Promise) {
        batch.catch(() => undefined);
        return 'waits';
      }
      if (batch === null) return 'absent';
      this.#batch = batch.rows;
      this.#at = 0;
    }
    const row = this.#batch[this.#at++];
    for (let place = 0; place < row.length; place++) into[place] = row[place];
    return 'found';
  }

  /** A row of a leaf; `absent` for a tombstone. */
  #project(pages: PageStore, handle: PageHandle, row: number, into: Row): ReadOutcome {
    const form = this.#form;
    if (handle.rows === undefined || handle.form !== form) {
      if (form !== null && ++handle.reads % READS_MIN === 0) pages.layRows(handle, form);
      return this.#projectColumns(handle.page as Leaf, row, into);
    }
    const place = placeOfRow(handle.rows, row);
    if (place === TOMBSTONE) return 'absent';
    if (place === GENERAL) return this.#projectColumns(handle.page as Leaf, row, into);
    readForm(handle.rows, place, form, this.#columns, into);
    return 'found';
  }

  #projectColumns(leaf: Leaf, row: number, into: Row): ReadOutcome {
    if (leaf.hasTombstones && leaf.isTombstone(row)) return 'absent';
    const { columns, template } = this.#decoder;
    for (let place = 0; place < columns.length; place++) {
      const column = columns[place];
      const cell = leaf.column(column.id)?.valueAt(row);
      if (cell === undefined) into[place] = template[place];
      else if (cell === null) into[place] = null;
      else if (cell instanceof External || !fits(column.physical, cell)) return 'waits'; // the other way tells of damage, too
      else into[place] = column.load === undefined ? cell : column.load(cell);
    }
    return 'found';
  }

  #fill(into: Row): void {
    const { template } = this.#decoder;
    for (let place = 0; place < template.length; place++) into[place] = template[place];
  }
}

/** So many rows read of a leaf make it worth laying its rows out. */
const READS_MIN = 64;

/** Rows whose keys are compared with the range's end before it is looked for. */
const LOOKS_MAX = 3;

/** Rows of the first batch where layers have to be merged. */
const FIRST_ROWS = 16;

/** The only run that may hold keys of a range, by its number; `several` when there is anything else to merge. */
function onlyRun({ memtable, runs }: Place, from: Key, to: Key | undefined): number | 'none' | 'several' {
  if (memtable !== undefined && memtable.countBetween({ from, to }, 1) > 0) return 'several';
  let only = -1;
  for (let at = 0; at < runs.length; at++) {
    const run = runs[at];
    if (run.firstOrdinal === undefined && (compareBytes(run.last, from) < 0 || (to !== undefined && compareBytes(run.first, to) >= 0)))
      continue;
    if (only >= 0) return 'several';
    only = at;
  }
  return only < 0 ? 'none' : only;
}

/** The first row of a leaf whose key is at least `key`. */
function firstAt(handle: PageHandle, key: Key): number {
  return handle.rows === undefined ? (handle.page as Leaf).keys.lowerBound(key) : lowerBoundRow(handle.rows, handle, key);
}

/** Whether the key of a row is less than `key`. */
function isBelow(handle: PageHandle, row: number, key: Key): boolean {
  return handle.rows === undefined ? (handle.page as Leaf).keys.compare(row, key) < 0 : compareRow(handle.rows, handle, row, key) < 0;
}

function rootOf(pages: PageStore, { runs, roots }: Place, number: number): PageHandle | undefined {
  const handle = roots[number];
  if (handle?.page !== undefined) {
    handle.wasUsed = true;
    return handle;
  }
  const run = runs[number];
  roots[number] = pages.rootHandle(run.root, run.level === 0, rowIdsOf(run));
  return roots[number];
}
