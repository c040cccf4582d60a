/**
 * Pairs of probe rows and build tuples, gathered until they are worth a batch, and made into one: the probe side's columns moved
 * together, the build side's read from the tuples, the residual condition applied.
 */
import type { ColumnInfo } from '../expression/lower.ts';
import type { Computing } from '../computing.ts';
import { Compactor } from '../compactor.ts';
import type { Conjunction } from '../conjunction.ts';
import { moveRows, type RowMover } from '../move.ts';
import { Vector, type Batch } from '../vector.ts';
import type { BuildReader } from './join-table.ts';

export interface PairsPlan {
  /** Columns kept of the probe side, and their places in its batches. */
  readonly probe: readonly ColumnInfo[];
  readonly probePlaces: readonly number[];
  /** Columns kept of the build side, and what reads them. */
  readonly build: readonly ColumnInfo[];
  readonly readers: readonly BuildReader[];
  /** Over the probe's columns, then the build's. */
  readonly residual: Conjunction | undefined;
  readonly output: readonly ColumnInfo[];
}

export class Pairs {
  readonly #plan: PairsPlan;
  readonly #context: Computing;
  readonly #compactor: Compactor;
  readonly #tuples: number;
  readonly #both: Batch;
  readonly #out: Batch;
  /** Places of the output's columns among both sides'. */
  readonly #places: readonly number[];
  readonly #movers: readonly RowMover[];
  /** Addresses (u32s) of the tuples of the last batch that passed, when `withTuples` was asked for. */
  readonly passedTuples: number;

  constructor(plan: PairsPlan, context: Computing) {
    this.#plan = plan;
    this.#context = context;
    this.#compactor = new Compactor(context.registers, plan.probe);
    this.#tuples = context.memory.takeValues('i32');
    this.passedTuples = context.memory.takeValues('i32');
    const both = [...plan.probe, ...plan.build];
    this.#both = { rows: 0, columns: both.map((column) => new Vector(column.form.type)) };
    this.#out = { rows: 0, columns: plan.output.map((column) => new Vector(column.form.type)) };
    this.#places = plan.output.map(({ ref }) => both.findIndex((column) => column.ref === ref));
    this.#movers = plan.output.map((column) => moveRows(context.registers, column.form.type));
  }

  get rows(): number {
    return this.#compactor.rows;
  }

  /** Whether pairs of this batch can be added to what is there. */
  fits(batch: Batch, count: number): boolean {
    return this.#compactor.fits(batch, this.#plan.probePlaces, count);
  }

  /** Adds `count` pairs: row numbers of the batch (u32s at `rows`), tuples (u32s at `tuples`; address 0: none). */
  add(batch: Batch, rows: number, tuples: number, count: number): void {
    const bytes = this.#context.host.heap.bytes();
    bytes.copyWithin(this.#tuples + this.#compactor.rows * 4, tuples, tuples + count * 4);
    this.#compactor.append(batch, this.#plan.probePlaces, rows, count);
  }

  /** Tells which of the added pairs pass the residual: their numbers are at `selection` unless all do; how many. */
  judge(): number {
    const { rows } = this.#compactor;
    const { probe, readers, residual } = this.#plan;
    const { columns } = this.#both;
    this.#both.rows = rows;
    for (let at = 0; at < probe.length; at++) columns[at].pointAt(this.#compactor.batch.columns[at]);
    for (const [at, reader] of readers.entries()) columns[probe.length + at].pointAt(reader.read(this.#tuples, rows));
    return residual === undefined ? rows : residual.apply(this.#both, loaded);
  }

  get selection(): number {
    return this.#plan.residual?.selection ?? 0;
  }

  /** The tuples of the pairs that passed the last `judge`, as u32s at the address. */
  tuplesPassed(passed: number): number {
    if (passed === this.#compactor.rows) return this.#tuples;
    this.#context.kernels.gather32(this.#tuples, this.selection, passed, this.passedTuples);
    return this.passedTuples;
  }

  /** The pairs that passed the last `judge` as a batch, valid until the next is made; what was gathered is forgotten. */
  take(passed: number): Batch {
    for (const [at, place] of this.#places.entries()) {
      const column = this.#both.columns[place];
      this.#out.columns[at].pointAt(passed === this.#both.rows ? column : this.#movers[at](column, this.selection, passed));
    }
    this.#out.rows = passed;
    this.#compactor.clear();
    return this.#out;
  }

  /** Forgets what was gathered. */
  clear(): void {
    this.#compactor.clear();
  }
}

/** Every column of the pairs is there already. */
function loaded(): void {}
