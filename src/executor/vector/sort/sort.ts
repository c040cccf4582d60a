/**
 * Sorts its input, stably.
 *
 *     batch ──► (with a limit: rows whose first key passes the bound) ──► tuples ──► addresses in order ──► batches
 *
 * Past its memory, rows are written as runs in order, and merged (sorted-runs.ts). With a limit of k rows, tuples are put in order as soon as there are k, and whenever there are several times k, and only the first
 * k stay: the last of them is then the bound. The input is told of it, so that a scan passes over whole leaves.
 */
import { SORT_KEY_BYTES, sortScratchBytes, writeSortKeys, type SortKey } from '../../../kernels/sort-descriptor.ts';
import { TupleLayout } from '../../../kernels/tuple-layout.ts';
import type { ColumnRef } from '../../../binder/expression.ts';
import type { VectorContext } from '../context.ts';
import type { EvaluateVector } from '../expression/evaluate.ts';
import type { ColumnInfo } from '../expression/lower.ts';
import { drainVectors, type VectorOperator } from '../operator.ts';
import { FieldReader } from '../tuple-reader.ts';
import type { QueryMemory } from '../memory.ts';
import type { Spilling } from '../spill/spill-file.ts';
import { TupleStore } from '../tuple-store.ts';
import { VECTOR_ROWS_MAX, Vector, type Batch } from '../vector.ts';
import { SortedRuns, type Order } from './sorted-runs.ts';
import { TopBound } from './top-bound.ts';

/** With a limit: how many times as many tuples, and at least how many, before they are cut again. */
const CUT_TIMES = 4;
const CUT_ROWS_MIN = 512;

export interface SortColumn {
  readonly evaluate: EvaluateVector;
  readonly isDescending: boolean;
  readonly nullsFirst: boolean;
  readonly type: Vector['type'];
  /** The input's column that it is, where it is one. */
  readonly column: ColumnRef | undefined;
}

export interface SortPlan {
  readonly input: VectorOperator;
  readonly keys: readonly SortColumn[];
  readonly output: readonly ColumnInfo[];
  /** Places of the output's columns in the input's batches. */
  readonly places: readonly number[];
  /** The most rows wanted; undefined: all. */
  readonly limit: number | undefined;
}

export class Sort implements VectorOperator {
  readonly columns: readonly ColumnInfo[];
  readonly #plan: SortPlan;
  readonly #context: VectorContext;
  readonly #layout: TupleLayout;
  readonly #descriptors: number;
  readonly #fields: Vector[];
  readonly #readers: readonly FieldReader[];
  readonly #out: Batch;
  readonly #bound: TopBound | undefined;
  readonly #rooms = new Map<'addresses' | 'scratch', { readonly address: number; readonly bytes: number }>();
  /** What rows lie in that are all to be sorted. */
  readonly #rows: QueryMemory;
  #runs: SortedRuns | undefined;
  #store: TupleStore;
  /** With a limit: more tuples than this are cut. */
  #cutAt: number;
  #spare: TupleStore | undefined;
  /** Addresses of all tuples, in order; where the next batch begins, and the end. */
  #sorted = 0;
  #at = 0;
  #end = 0;
  #isSorted = false;

  constructor(plan: SortPlan, context: VectorContext) {
    this.columns = plan.output;
    this.#plan = plan;
    this.#context = context;
    const types = [...plan.keys.map((key) => key.type), ...plan.output.map((column) => column.form.type)];
    this.#layout = new TupleLayout(types);
    this.#rows = context.memory.part();
    this.#store = new TupleStore(this.#layout, context, plan.limit === undefined ? this.#rows : context.memory);
    this.#cutAt = plan.limit ?? Number.POSITIVE_INFINITY;
    this.#fields = types.map((type) => new Vector(type));
    this.#readers = types.map((_, field) => new FieldReader(this.#layout, field, context));
    this.#out = { rows: 0, columns: plan.output.map((column) => new Vector(column.form.type)) };
    this.#descriptors = context.memory.take(plan.keys.length * SORT_KEY_BYTES);
    const keys = plan.keys.map((key, field): SortKey => {
      const { type, isDescending, nullsFirst } = key;
      return {
        type,
        isDescending,
        nullsFirst,
        fieldOffset: this.#layout.fieldOffset(field),
        flagOffset: this.#layout.flagOffset(field),
      };
    });
    writeSortKeys(new Uint32Array(context.host.heap.memory.buffer), this.#descriptors, keys);
    this.#bound =
      plan.limit === undefined || plan.limit === 0
        ? undefined
        : new TopBound(plan.keys[0], plan.keys.length, this.#layout, this.#descriptors, context);
    const column = plan.keys.at(0)?.column;
    if (this.#bound !== undefined && column !== undefined) plan.input.passOver?.(column, this.#bound.moving);
  }

  next(): Batch | null | Promise<Batch | null> {
    if (this.#isSorted) return this.#more();
    this.#isSorted = true;
    if (this.#plan.limit === 0) return null;
    const drained = drainVectors(this.#plan.input, (batch) => this.#accept(batch));
    if (drained instanceof Promise) return drained.then(() => this.#begin());
    return this.#begin();
  }

  close(): void {
    this.#plan.input.close();
    this.#runs = undefined;
    this.#at = this.#end;
  }

  #accept(batch: Batch): void {
    const { keys, places, limit } = this.#plan;
    for (const [at, key] of keys.entries()) this.#fields[at].pointAt(key.evaluate(batch));
    for (const [at, place] of places.entries()) this.#fields[keys.length + at].pointAt(batch.columns[place]);
    const passed = this.#bound === undefined ? batch.rows : this.#bound.cut(this.#fields, batch.rows);
    this.#store.append(this.#fields, passed, 0);
    if (limit !== undefined && this.#store.count > this.#cutAt) this.#cut(limit);
    const { spilling } = this.#context;
    if (limit === undefined && spilling !== undefined && this.#rows.used > spilling.bytes) this.#spill(spilling);
  }

  /** Keeps the first `limit` tuples. */
  #cut(limit: number): void {
    const sorted = this.#order();
    const store = this.#spare ?? new TupleStore(this.#layout, this.#context);
    store.clear();
    for (let from = 0; from < limit; from += VECTOR_ROWS_MAX) {
      const rows = Math.min(VECTOR_ROWS_MAX, limit - from);
      store.append(
        this.#readers.map((reader) => reader.read(sorted + from * 4, rows)),
        rows,
        0,
      );
    }
    this.#bound?.raise(sorted + (limit - 1) * 4);
    this.#cutAt = Math.max(limit * CUT_TIMES, CUT_ROWS_MIN);
    this.#spare = this.#store;
    this.#store = store;
  }

  /** Writes the rows that are there as a run. */
  #spill(spilling: Spilling): void {
    const { count } = this.#store;
    if (count === 0) return;
    const order: Order = (addresses, rows) => this.#sort(addresses, rows);
    this.#runs ??= new SortedRuns(this.#layout, order, spilling, this.#context);
    this.#runs.add(this.#order(), count);
    this.#rows.release();
    this.#store.forget();
  }

  #begin(): Batch | null {
    const { spilling } = this.#context;
    if (this.#runs !== undefined && spilling !== undefined) {
      this.#spill(spilling);
      return this.#more();
    }
    this.#end = Math.min(this.#store.count, this.#plan.limit ?? Number.POSITIVE_INFINITY);
    if (this.#store.count > 0) this.#sorted = this.#order();
    return this.#more();
  }

  /** The address of all tuples' addresses, in order. */
  #order(): number {
    const { count } = this.#store;
    const addresses = this.#room('addresses', count * 4);
    this.#store.addresses(addresses);
    this.#sort(addresses, count);
    return addresses;
  }

  #sort(addresses: number, count: number): void {
    const scratch = this.#room('scratch', sortScratchBytes(count));
    this.#context.kernels.sortTuples(addresses, count, this.#descriptors, this.#plan.keys.length, scratch);
  }

  /** Memory that is used again when it is large enough. */
  #room(use: 'addresses' | 'scratch', bytes: number): number {
    const known = this.#rooms.get(use);
    if (known !== undefined && known.bytes >= bytes) return known.address;
    if (known !== undefined) this.#context.memory.giveBack(known.address);
    const made = { address: this.#context.memory.take(bytes), bytes };
    this.#rooms.set(use, made);
    return made.address;
  }

  #more(): Batch | null {
    if (this.#at === this.#end && this.#runs !== undefined) {
      const { address, count } = this.#runs.next();
      this.#sorted = address;
      this.#at = 0;
      this.#end = count;
    }
    const rows = Math.min(VECTOR_ROWS_MAX, this.#end - this.#at);
    if (rows <= 0) return null;
    const tuples = this.#sorted + this.#at * 4;
    this.#at += rows;
    for (const [at, column] of this.#out.columns.entries()) column.pointAt(this.#readers[this.#plan.keys.length + at].read(tuples, rows));
    this.#out.rows = rows;
    return this.#out;
  }
}
