/**
 * Grouping by hash over vectors: consumes an input to its end, leaving a tuple per group, in the order of first rows, with its keys
 * and the states of its aggregates.
 *
 *     batch ──► keys ──► tuples ──► one kernel per state
 *          └──► DISTINCT: a table of (tuple, value) pairs per argument, counted into the states at the end
 *
 * Groups that outgrow their memory go to a file with the states that they have so far (group-spill.ts). Calls over the same argument and filter share a state: sum(x), avg(x) are one.
 */
import { TupleLayout } from '../../../kernels/tuple-layout.ts';
import type { SharedRun } from '../parallel/shared-run.ts';
import { FieldReader } from '../tuple-reader.ts';
import type { Computing, Preparing } from '../computing.ts';
import type { EvaluateVector } from '../expression/evaluate.ts';
import type { VectorExpression } from '../expression/ir.ts';
import type { QueryMemory } from '../memory.ts';
import { drainVectors, type VectorOperator } from '../operator.ts';
import { Vector, type Batch } from '../vector.ts';
import { DistinctValues, type DistinctMade } from './distinct-values.ts';
import { prepareFold, type Fold } from './folds.ts';
import { GroupKeys } from './group-keys.ts';
import { Groups, tupleBatches, type TupleRun } from './groups.ts';
import { GroupSpill } from './group-spill.ts';
import { prepareMerge, type Merge } from './merge.ts';
import type { AggregateSpecification } from './specification.ts';
import { TextRoom } from './text-room.ts';

/** What an aggregation of another thread left in the heap. */
export interface AggregationMade {
  readonly groups: readonly TupleRun[];
  /** Of each table of distinct values. */
  readonly distinct: readonly DistinctMade[];
}

export class Aggregation {
  readonly layout: TupleLayout;
  /** The state of each aggregate, by its number in the layout. */
  readonly stateOf: readonly number[];
  /** The state that holds how many decimal places a sum shows, where its values show different ones. */
  readonly shownStateOf: readonly (number | undefined)[];
  /** Where `batches` leaves the addresses of tuples. */
  readonly tuples: number;
  readonly #context: Computing;
  readonly #input: VectorOperator;
  readonly #keys: readonly EvaluateVector[];
  readonly #keyVectors: Vector[];
  readonly #folds: readonly { readonly fold: Fold; readonly offset: number }[];
  readonly #distinct: readonly DistinctValues[];
  readonly #groups: Groups | undefined;
  readonly #groupKeys: GroupKeys | undefined;
  /** Without keys: the one tuple. */
  readonly #only: number;
  readonly #states: readonly AggregateSpecification[];
  readonly #shared: SharedRun | undefined;
  /** Where groups and the texts of their states lie. */
  readonly #room: QueryMemory;
  readonly #texts: TextRoom;
  #spill: GroupSpill | undefined;
  /** What adds tuples of the layout that lie elsewhere to groups, made when first wanted. */
  #merging: { readonly foreign: number; readonly keys: readonly FieldReader[]; readonly merges: readonly Merge[] } | undefined;

  constructor(
    input: VectorOperator,
    keys: readonly VectorExpression[],
    aggregates: readonly AggregateSpecification[],
    context: Computing,
    scope: Preparing,
    expected: number,
    shared?: SharedRun,
  ) {
    this.#shared = shared;
    this.#input = input;
    this.#context = context;
    const states: AggregateSpecification[] = [];
    const stateFor = (wanted: AggregateSpecification): number => {
      const known = states.findIndex((state) => isSameState(state, wanted));
      return known >= 0 ? known : states.push(wanted) - 1;
    };
    this.stateOf = aggregates.map(stateFor);
    this.shownStateOf = aggregates.map((aggregate) =>
      aggregate.shown === undefined
        ? undefined
        : stateFor({ ...aggregate, arg: aggregate.shown, folding: 'max', finishing: 'value', state: 'extreme' }),
    );
    this.#states = states;
    this.layout = new TupleLayout(
      keys.map((key) => key.type),
      states.map((state) => state.state),
    );
    this.tuples = context.memory.takeValues('i32');
    this.#keys = keys.map((key) => scope.prepare(key));
    this.#keyVectors = keys.map((key) => new Vector(key.type));
    this.#room = context.memory.part();
    this.#texts = new TextRoom(context.memory, this.#room);
    this.#folds = states.flatMap((state, at) =>
      state.distinct && state.arg !== undefined
        ? []
        : [{ fold: prepareFold(state, context, scope, this.#texts), offset: this.layout.stateOffset(at) }],
    );
    this.#distinct = states.flatMap((state, at) =>
      state.distinct && state.arg !== undefined
        ? [new DistinctValues(state, state.arg, this.layout.stateOffset(at), keys.length > 0, context, scope)]
        : [],
    );
    this.#groups = keys.length === 0 ? undefined : new Groups(this.layout, context, expected, this.#room);
    this.#groupKeys =
      this.#groups === undefined
        ? undefined
        : new GroupKeys(
            keys.map((key) => key.type),
            this.#groups,
            context,
          );
    if (keys.length === 0 && states.every(takesMasked)) input.masksRows?.();
    this.#only = keys.length === 0 ? context.memory.takeCleared(this.layout.stride) : 0;
  }

  /** Consumes the input. */
  run(): void | Promise<void> {
    const done = this.#shared === undefined ? this.consume() : this.#runShared(this.#shared);
    if (done instanceof Promise) return done.then(() => this.#finish());
    this.#finish();
  }

  /** Consumes the input, leaving the states for another thread to merge. */
  consume(): void | Promise<void> {
    return drainVectors(this.#input, (batch) => this.#accept(batch));
  }

  /** What `consume` came to. */
  made(): AggregationMade {
    return {
      groups: this.#groups?.runs() ?? [{ start: this.#only, count: 1 }],
      distinct: this.#distinct.map((distinct) => distinct.made()),
    };
  }

  close(): void {
    this.#input.close();
  }

  /** Makes the tuples of the next groups current, as u32s at `tuples`; how many. To be called after `run`. */
  *batches(): Generator<number> {
    if (this.#groups !== undefined) {
      yield* this.#spill === undefined ? this.#groups.batches(this.tuples) : this.#spilledBatches(this.#spill, this.#groups);
      return;
    }
    new Uint32Array(this.#context.host.heap.memory.buffer)[this.tuples >>> 2] = this.#only;
    yield 1;
  }

  async #runShared(shared: SharedRun): Promise<void> {
    const made = await shared.run(() => this.consume());
    for (const one of made) this.#merge(one);
  }

  /** The groups of each part in turn. */
  *#spilledBatches(spill: GroupSpill, groups: Groups): Generator<number> {
    this.#write(spill, groups);
    for (const pieces of spill.parts()) {
      for (const piece of pieces) this.#merge({ groups: [piece], distinct: [] }, false);
      yield* groups.batches(this.tuples);
      this.#forget(groups);
    }
  }

  /** Writes the groups to a file when they are too many. Those with distinct values are known by where they lie, and stay. */
  #spillWhenFull(): void {
    const { spilling } = this.#context;
    const groups = this.#groups;
    if (spilling === undefined || groups === undefined || this.#distinct.length > 0 || this.#room.used <= spilling.bytes) return;
    this.#spill ??= new GroupSpill(this.layout, this.#states, spilling, this.#context);
    this.#write(this.#spill, groups);
  }

  #write(spill: GroupSpill, groups: Groups): void {
    if (groups.count > 0) spill.write(groups);
    this.#forget(groups);
  }

  #forget(groups: Groups): void {
    this.#room.release();
    this.#texts.forget(this.#context.host.heap);
    groups.forget();
  }

  /** Adds tuples that lie elsewhere: what another thread made, or this one before it spilled. */
  #merge({ groups, distinct }: AggregationMade, maySpill = true): void {
    const { host, kernels, memory } = this.#context;
    this.#merging ??= {
      foreign: memory.takeValues('i32'),
      keys: this.layout.fields.map((_, field) => new FieldReader(this.layout, field, this.#context)),
      merges: this.#states.flatMap((state, at) =>
        state.distinct && state.arg !== undefined ? [] : [prepareMerge(state, this.layout.stateOffset(at), this.#context, this.#texts)],
      ),
    };
    const { foreign, keys, merges } = this.#merging;
    for (const rows of tupleBatches(groups, this.layout.stride, kernels, foreign)) {
      if (this.#groups === undefined) new Uint32Array(host.heap.memory.buffer)[this.tuples >>> 2] = this.#only;
      else {
        const vectors = keys.map((key) => key.read(foreign, rows));
        this.#groups.find(vectors, rows, this.tuples);
      }
      for (const merge of merges) merge(this.tuples, foreign, rows);
      if (maySpill) this.#spillWhenFull();
      if (this.#groups === undefined || this.#distinct.length === 0) continue;
      const words = new Uint32Array(host.heap.memory.buffer);
      for (let at = 0; at < rows; at++) words[(words[(foreign >>> 2) + at] >>> 2) + 1] = words[(this.tuples >>> 2) + at];
    }
    for (const [at, table] of this.#distinct.entries()) table.merge(distinct[at], this.#groups !== undefined);
  }

  #accept(batch: Batch): void {
    let tuples = 0;
    if (this.#groupKeys !== undefined) {
      for (const [at, key] of this.#keys.entries()) this.#keyVectors[at].pointAt(key(batch));
      this.#groupKeys.find(this.#keyVectors, batch.rows, this.tuples);
      tuples = this.tuples;
    }
    for (const { fold, offset } of this.#folds) fold(batch, tuples, tuples === 0 ? this.#only + offset : offset);
    for (const distinct of this.#distinct) distinct.accept(batch, tuples);
    this.#spillWhenFull();
  }

  #finish(): void {
    for (const distinct of this.#distinct) distinct.finish(this.#only);
  }
}

/** Whether a state takes rows that are masked: nothing is computed of them that might fail, and nothing else masks them. */
function takesMasked({ arg, filter, distinct }: AggregateSpecification): boolean {
  return filter === undefined && !distinct && (arg === undefined || arg.op === 'column');
}

function isSameState(a: AggregateSpecification, b: AggregateSpecification): boolean {
  return a.folding === b.folding && a.state === b.state && a.distinct === b.distinct && textOf(a) === textOf(b);
}

function textOf({ arg, filter }: AggregateSpecification): string {
  return JSON.stringify([arg ?? null, filter ?? null], (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value));
}
