/**
 * Reads a table leaf by leaf and lets through what its filter passes.
 *
 *     part of a leaf ──► columns of the filter ──► none passes: the next, nothing else is decoded
 *                                              ──► all pass: the leaf's own vectors
 *                                              ──► many: gathered   ──► few: gathered over several leaves
 */
import type { ColumnRef, Expression } from '../../binder/expression.ts';
import { Compactor, WORTH_A_BATCH } from './compactor.ts';
import { Conjunction } from './conjunction.ts';
import type { Computing } from './computing.ts';
import type { VectorContext } from './context.ts';
import { costOf, hasBoxed } from './expression/facts.ts';
import type { ColumnInfo } from './expression/lower.ts';
import { LeafParts, type LeafSource, type Parts } from './leaf-parts.ts';
import { moveRows, type RowMover } from './move.ts';
import type { MovingBound, VectorOperator } from './operator.ts';
import type { PipelineHead } from './parallel/pipeline.ts';
import { Vector, type Batch } from './vector.ts';

/** Rows are masked where one in so many passes: from there on, adding all of a part is quicker than moving those that pass together. */
const MASKED_SHARE = 8;
/** Parts between two whose rows that pass are counted. */
const COUNTED_EVERY = 64;

export class LeafScan implements VectorOperator {
  readonly columns: readonly ColumnInfo[];
  #parts: Parts<unknown>;
  /** The columns of parts. */
  readonly #read: readonly ColumnInfo[];
  readonly #filter: Conjunction | undefined;
  /** Places of the output's columns among those read. */
  readonly #places: readonly number[];
  readonly #load: (place: number) => void;
  readonly #out: Batch;
  readonly #movers: readonly RowMover[];
  readonly #compactor: Compactor;
  /** Vectors that the compactor's strings lie in; that the batch handed out lies in; and to be given back. */
  readonly #compacted: unknown[] = [];
  readonly #done: unknown[] = [];
  /** Whether what is gathered may refer to the parts it came from, and whether it refers to some whose pins were not taken over yet. */
  readonly #gathersText: boolean;
  #holdsText = false;
  /** Whether rows that do not pass may stay, masked; whether that is worth it, as the last part that was counted says; parts until the next one is. */
  #mayMask = false;
  #isDense = false;
  #uncounted = 0;
  /** Of the current part, 0 when its rows are to be moved. */
  #mask = 0;
  /** A part that waits behind the compacted batch: how many of its rows pass. */
  #waiting = 0;

  /** Parts have the columns `read`, among which `output` are; the filter is over them. */
  constructor(
    parts: Parts<unknown>,
    read: readonly ColumnInfo[],
    filter: Conjunction | undefined,
    output: readonly ColumnInfo[],
    context: Computing,
  ) {
    this.columns = output;
    this.#parts = parts;
    this.#read = read;
    this.#gathersText = output.some((column) => column.form.type === 'str');
    this.#filter = filter;
    this.#places = output.map(({ ref }) => read.findIndex((column) => column.ref === ref));
    this.#load = (place) => this.#parts.load(place);
    this.#out = { rows: 0, mask: 0, columns: output.map((column) => new Vector(column.form.type)) };
    this.#movers = output.map((column) => moveRows(context.registers, column.form.type));
    this.#compactor = new Compactor(context.registers, output);
  }

  /** The scan of `source`, whose columns the filter reads; undefined when a condition has no form. */
  static of(
    source: LeafSource,
    filter: Expression | undefined,
    output: readonly ColumnInfo[],
    context: VectorContext,
  ): LeafScan | undefined {
    const conjunction = filter === undefined ? undefined : Conjunction.of(context, source.columns, filter);
    return filter !== undefined && conjunction === undefined
      ? undefined
      : new LeafScan(new LeafParts(source, context), source.columns, conjunction, output, context);
  }

  next(): Batch | null | Promise<Batch | null> {
    this.#parts.unpin(this.#done);
    if (this.#waiting > 0) return this.#handOut(this.#waiting);
    for (;;) {
      if (this.#compacted.length > 0 && this.#parts.wantsPins(this.#compacted.length)) return this.#flush();
      const more = this.#parts.next();
      if (more instanceof Promise) return more.then((settled) => (settled ? (this.#accept() ?? this.next()) : this.#last()));
      if (!more) return this.#last();
      const batch = this.#accept();
      if (batch !== undefined) return batch;
    }
  }

  passOver(column: ColumnRef, bound: MovingBound): void {
    const place = this.#read.findIndex(({ ref }) => ref === column);
    if (place >= 0 && this.#parts instanceof LeafParts) this.#parts.passOver(place, bound);
  }

  masksRows(): void {
    this.#mayMask = this.#filter?.isCheap === true;
  }

  pipeline(): PipelineHead | undefined {
    const parts = this.#parts;
    const filter = this.#filter?.expression;
    if (!(parts instanceof LeafParts) || (filter !== undefined && hasBoxed(filter))) return undefined;
    const stage = { kind: 'scan', columns: this.#read, filter, output: this.columns } as const;
    return { scan: this, leaves: parts, joins: [], stages: [() => stage], work: filter === undefined ? 0 : costOf(filter) };
  }

  /** Reads on from other parts, of the same columns: nothing was read yet. */
  readFrom(parts: Parts<unknown>): void {
    this.#parts = parts;
  }

  close(): void {
    this.#parts.close();
    this.#parts.unpin(this.#compacted);
    this.#parts.unpin(this.#done);
  }

  /** Filters the current part. Undefined: nothing to hand out yet. */
  #accept(): Batch | undefined {
    const { batch } = this.#parts;
    const { rows } = batch;
    const passed = this.#filter === undefined ? rows : this.#passedBy(this.#filter, batch);
    if (passed === 0) {
      this.#release();
      return undefined;
    }
    for (const place of this.#places) this.#load(place);
    if (passed >= WORTH_A_BATCH || passed === rows || this.#parts.isRows) {
      if (this.#compactor.rows === 0) return this.#handOut(passed);
      this.#waiting = passed;
      return this.#flush();
    }
    const fits = this.#compactor.fits(batch, this.#places, passed);
    if (!fits) {
      this.#waiting = passed;
      return this.#flush();
    }
    this.#compactor.append(batch, this.#places, this.#filter?.selection ?? 0, passed);
    this.#holdsText = this.#gathersText;
    this.#release();
    return undefined;
  }

  /** How many rows of a part are handed out: those that pass, or with a mask all of them. */
  #passedBy(filter: Conjunction, batch: Batch): number {
    this.#mask = 0;
    if (!this.#mayMask) return filter.apply(batch, this.#load);
    if (this.#isDense && this.#uncounted > 0) {
      this.#uncounted--;
      this.#mask = filter.mask(batch, this.#load);
      return this.#mask === 0 ? 0 : batch.rows;
    }
    const passed = filter.apply(batch, this.#load);
    this.#isDense = passed * MASKED_SHARE >= batch.rows;
    this.#uncounted = COUNTED_EVERY;
    return passed;
  }

  /** Gives back what the current part lies in, unless texts that were gathered lie there, or in a part that is pinned with it. */
  #release(): void {
    if (!this.#holdsText) {
      this.#parts.takePinned(this.#done);
      this.#parts.unpin(this.#done);
      return;
    }
    const before = this.#compacted.length;
    this.#parts.takePinned(this.#compacted);
    this.#holdsText = this.#compacted.length === before;
  }

  /** The current part itself, or its rows that pass. */
  #handOut(passed: number): Batch {
    const { batch } = this.#parts;
    this.#waiting = 0;
    this.#out.rows = passed;
    this.#out.mask = this.#mask;
    const selection = this.#filter?.selection ?? 0;
    for (const [at, place] of this.#places.entries()) {
      const column = batch.columns[place];
      this.#out.columns[at].pointAt(passed === batch.rows ? column : this.#movers[at](column, selection, passed));
    }
    this.#parts.takePinned(this.#done);
    return this.#out;
  }

  /** What was gathered so far. */
  #flush(): Batch {
    const { batch } = this.#compactor;
    this.#out.rows = batch.rows;
    this.#out.mask = 0;
    for (const [at, column] of this.#out.columns.entries()) column.pointAt(batch.columns[at]);
    this.#done.push(...this.#compacted.splice(0));
    this.#compactor.clear();
    this.#holdsText = false;
    return this.#out;
  }

  #last(): Batch | null {
    return this.#compactor.rows === 0 ? null : this.#flush();
  }
}
