/**
 * The rows of a tree as batches, before any filter: parts of leaves whose columns are vectors in the heap, loaded when they are
 * first wanted, and rows (changes that are in no leaf yet, values out of line) put into vectors.
 *
 * Invariant: vectors of a leaf stay pinned until whoever took them (`takePinned`) gives them back.
 */
import { columnForm } from '../../storage/column-form.ts';
import { keyedWish, type ColumnVector, type ColumnVectors, type KeyedWish } from '../../storage/column-vectors.ts';
import { CELL, CELL_NARROW, type ColumnList, type ListedRun } from '../../storage/run-columns.ts';
import type { Cursor, KeyRange, LeafSlice, RowBatch, TreeSchema } from '../../storage/tree.ts';
import { OID } from '../../types/oid.ts';
import type { Row } from '../../types/value.ts';
import type { VectorContext } from './context.ts';
import type { MovingBound } from './operator.ts';
import type { ColumnInfo } from './expression/lower.ts';
import { RowsToBatch } from './rows-to-batch.ts';
import { VECTOR_ROWS_MAX, Vector, VectorFallback, widthOfType, type Batch } from './vector.ts';

/** What is read, and how. */
export interface LeafSource {
  readonly tree: TreeSchema;
  /** Opens the tree's rows within a range, slices wanted. */
  open(range: KeyRange): Cursor;
  readonly ranges: readonly KeyRange[];
  /** Positions in `tree.columns` of `columns`. */
  readonly positions: readonly number[];
  readonly columns: readonly ColumnInfo[];
  /** Leaves whose column lies outside [least, greatest] may be passed over; numbers as vectors hold them. */
  readonly bounds: readonly NumberBounds[];
}

export interface NumberBounds {
  /** Place among `columns`. */
  readonly place: number;
  readonly least: number;
  readonly greatest: number;
}

/** Runs walked by their lists: the current leaf, and what lets the heap evict again. */
interface Listed {
  readonly runs: readonly ListedRun[];
  run: number;
  leaf: number;
  readonly release: () => void;
}

/** Cancellation is asked about once in so many leaves, less one. */
const CHECK_EVERY = 15;

/**
 * Rows as batches, one current at a time. What a batch's vectors lie in is kept in place until it is given back: pins, which
 * whoever reads on takes over.
 */
export interface Parts<Pin> {
  /** The current part; its columns are to be had only after `load`. */
  readonly batch: Batch;
  /** Whether the current part came as rows: its strings last only as long as it is current. */
  readonly isRows: boolean;
  /** Makes the next part current; false at the end. */
  next(): boolean | Promise<boolean>;
  /** Makes a column of the current part ready to be read. */
  load(place: number): void;
  /** Hands over what the current part is pinned by: the caller's to give back. */
  takePinned(into: Pin[]): void;
  unpin(pins: Pin[]): void;
  /** Whether somebody waits for pins while this many are kept from part to part. */
  wantsPins(kept: number): boolean;
  close(): void;
}

export class LeafParts implements Parts<ColumnVector> {
  /** The current part; its columns are to be had only after `load`. */
  readonly batch: Batch;
  readonly #source: LeafSource;
  readonly #context: VectorContext;
  readonly #vectors: ColumnVectors;
  readonly #wishes: readonly KeyedWish[];
  readonly #rowsToBatch: RowsToBatch;
  /** Pinned vectors of the current slice by column. */
  #pinned: (ColumnVector | undefined)[];
  #slice: LeafSlice | undefined;
  /** Rows of the slice before this one are done; the current part begins at `#partFrom`. */
  #sliceAt = 0;
  #partFrom = 0;
  readonly #isLoaded: boolean[];
  readonly #moving: { readonly place: number; readonly bound: MovingBound }[] = [];
  #rows: Row[] = [];
  #range = 0;
  #cursor: Cursor | undefined;
  #listed: Listed | undefined;
  #entered = 0;

  constructor(source: LeafSource, context: VectorContext) {
    this.#source = source;
    this.#context = context;
    this.#vectors = context.host.columns;
    this.#wishes = source.columns.map((column, at) => wishFor(source.tree, source.positions[at], column));
    this.#rowsToBatch = new RowsToBatch(context.registers, source.columns);
    this.batch = { rows: 0, columns: source.columns.map((column) => new Vector(column.form.type)) };
    this.#pinned = source.columns.map(() => undefined);
    this.#isLoaded = source.columns.map(() => false);
  }

  /** Leaves whose column lies outside may be passed over, as soon as the bound says so. */
  passOver(place: number, bound: MovingBound): void {
    this.#moving.push({ place, bound });
  }

  /** Makes the next part current; false at the end. */
  next(): boolean | Promise<boolean> {
    for (;;) {
      if (this.#rows.length > 0) return this.#enterRows();
      if (this.#slice !== undefined && this.#sliceAt < this.#slice.to) return this.#enterSlice(this.#slice);
      this.#slice = undefined;
      if (this.#listed !== undefined) {
        if (this.#enterListed(this.#listed)) return true;
        this.#leaveListed();
      }
      if (this.#cursor === undefined) {
        if (this.#range >= this.#source.ranges.length) return false;
        this.#cursor = this.#source.open(this.#source.ranges[this.#range++]);
        if (this.#takeList(this.#cursor)) continue;
      }
      this.#context.environment.context.checkCancelled();
      const batch = this.#cursor.next();
      const accepted = batch instanceof Promise ? batch.then((loaded) => this.#accept(loaded)) : this.#accept(batch);
      if (accepted instanceof Promise) return accepted.then(() => this.next());
    }
  }

  /** Whether the current part came as rows: its strings last only as long as it is current. */
  get isRows(): boolean {
    return this.#slice === undefined && this.#listed === undefined;
  }

  /** Whether the current part is kept in place by the heap being held, not by pins. */
  get isListed(): boolean {
    return this.#listed !== undefined;
  }

  /** Makes a column of the current part ready to be read. */
  load(place: number): void {
    if (this.#isLoaded[place]) return;
    this.#isLoaded[place] = true;
    if (this.#listed !== undefined) {
      this.#loadListed(this.#listed, place);
      return;
    }
    const slice = this.#slice;
    if (slice === undefined) return;
    const pinned = (this.#pinned[place] ??= this.#vectors.pin(slice.leaf, this.#wishes[place]));
    if (pinned === undefined) throw new VectorFallback('a column does not fit the heap');
    const vector = this.batch.columns[place];
    const from = this.#partFrom;
    const isNarrow = vector.type === 'i64' && pinned.kind === 'i32';
    const isCoded = pinned.kind === 'dict';
    vector.pointAtValues(
      pinned.data + from * (isNarrow || isCoded ? 4 : widthOfType(vector.type)),
      pinned.nulls === 0 ? 0 : pinned.nulls + from,
    );
    vector.isNarrow = isNarrow;
    if (!isCoded) return;
    vector.dictionary = pinned.dictionary;
    vector.dictionaryCount = pinned.dictionaryCount;
  }

  /** Hands over the current slice's pins: once its last part was read, they are the caller's to give back. */
  takePinned(into: ColumnVector[]): void {
    if (this.#slice !== undefined && this.#sliceAt < this.#slice.to) return;
    for (const [place, vector] of this.#pinned.entries()) {
      if (vector === undefined) continue;
      into.push(vector);
      this.#pinned[place] = undefined;
    }
  }

  /** Gives pins back. */
  unpin(vectors: ColumnVector[]): void {
    for (const vector of vectors) this.#vectors.unpin(vector);
    vectors.length = 0;
  }

  wantsPins(): boolean {
    return false;
  }

  close(): void {
    const left: ColumnVector[] = [];
    this.end(left);
    this.unpin(left);
  }

  /** As `close`, but pins are handed over. */
  end(into: ColumnVector[]): void {
    this.#cursor?.close();
    this.#cursor = undefined;
    this.#leaveListed();
    this.#range = this.#source.ranges.length;
    this.#slice = undefined;
    this.#rows = [];
    this.takePinned(into);
  }

  /** Goes by lists where whole runs are wanted and lie in the heap. */
  #takeList(cursor: Cursor): boolean {
    const { heap } = this.#vectors;
    const whole = heap.hasRoom ? cursor.wholeRuns?.() : undefined;
    const runs = whole === undefined ? undefined : this.#vectors.runs.list(whole, this.#wishes);
    if (whole === undefined || runs === undefined) return false;
    whole.take();
    cursor.close();
    this.#cursor = undefined;
    this.#listed = { runs, run: 0, leaf: -1, release: heap.hold() };
    return true;
  }

  #enterListed(listed: Listed): boolean {
    for (; listed.run < listed.runs.length; listed.run++, listed.leaf = -1) {
      const { rows, columns } = listed.runs[listed.run];
      while (++listed.leaf < rows.length) {
        if (this.#isOutside(columns, listed.leaf)) continue;
        if ((++this.#entered & CHECK_EVERY) === 0) this.#context.environment.context.checkCancelled();
        this.batch.rows = rows[listed.leaf];
        this.#isLoaded.fill(false);
        return true;
      }
    }
    return false;
  }

  #isOutside(columns: readonly ColumnList[], leaf: number): boolean {
    for (const { place, least, greatest } of this.#source.bounds) {
      const column = columns[place];
      if (column.greatest[leaf] < least || column.least[leaf] > greatest) return true;
    }
    for (const { place, bound } of this.#moving) {
      const { cells, greatest, least } = columns[place];
      if (bound.admitsNulls && cells[leaf * CELL.words + CELL.nulls] !== 0) continue;
      if (greatest[leaf] < bound.least || least[leaf] > bound.greatest) return true;
    }
    return false;
  }

  #loadListed({ runs, run, leaf }: Listed, place: number): void {
    const { cells } = runs[run].columns[place];
    const at = leaf * CELL.words;
    const vector = this.batch.columns[place];
    vector.data = cells[at + CELL.data];
    vector.nulls = cells[at + CELL.nulls];
    vector.isNarrow = cells[at + CELL.flags] === CELL_NARROW;
    vector.dictionary = cells[at + CELL.dictionary];
    vector.dictionaryCount = cells[at + CELL.entries];
  }

  #leaveListed(): void {
    this.#listed?.release();
    this.#listed = undefined;
  }

  #accept(batch: RowBatch | null): void | Promise<void> {
    if (batch === null) {
      this.#cursor?.close();
      this.#cursor = undefined;
      return;
    }
    const { slice } = batch;
    if (slice === undefined) {
      this.#rows = batch.rows;
      return;
    }
    if (this.#areVectors(slice)) {
      this.#slice = slice;
      this.#sliceAt = slice.from;
      return;
    }
    const rows = slice.rows();
    if (rows instanceof Promise) return rows.then((loaded) => void (this.#rows = loaded));
    this.#rows = rows;
  }

  /** Whether every column of the slice can be had as a vector. */
  #areVectors(slice: LeafSlice): boolean {
    for (const wish of this.#wishes) if (!this.#vectors.mayHave(slice.leaf, wish)) return false;
    return true;
  }

  #enterRows(): boolean {
    const rows = this.#rows.length > VECTOR_ROWS_MAX ? this.#rows.splice(0, VECTOR_ROWS_MAX) : this.#rows;
    if (rows === this.#rows) this.#rows = [];
    this.#slice = undefined;
    this.#rowsToBatch.fill(rows, this.batch);
    this.#isLoaded.fill(true);
    return true;
  }

  #enterSlice(slice: LeafSlice): boolean {
    this.#partFrom = this.#sliceAt;
    this.#sliceAt = Math.min(slice.to, this.#partFrom + VECTOR_ROWS_MAX);
    this.batch.rows = this.#sliceAt - this.#partFrom;
    this.#isLoaded.fill(false);
    return true;
  }
}

function wishFor(tree: TreeSchema, position: number, column: ColumnInfo): KeyedWish {
  const { id, missing, type } = tree.columns[position];
  const { store } = columnForm(type);
  return keyedWish({
    id,
    kind: column.form.type,
    scale: column.form.scale,
    trimmed: type.oid === OID.bpchar,
    missing: missing === null || store === undefined ? missing : store(missing),
  });
}
