/**
 * Joins by equality over vectors: a table of one side's rows, probed by batches of the other's.
 *
 *     build ──► JoinTable          probe batch ──► candidates ──► pairs ──► residual ──► out
 *                                                        (gathered over several batches where nothing hangs on one)
 *
 * A build side that outgrows its memory makes it a join of parts, one after the other (join-spill.ts).
 *
 * Invariants
 *   J1  A row with a null key matches nothing, unless the key says that nulls are equal.
 *   J2  Rows that come out unmatched come out once: of the probe side after their batch, of the build side at the end.
 */
import type { ColumnRef } from '../../../binder/expression.ts';
import type { HashJoinNode } from '../../../planner/physical.ts';
import type { Computing } from '../computing.ts';
import type { EvaluateVector } from '../expression/evaluate.ts';
import { hasBoxed } from '../expression/facts.ts';
import type { ColumnInfo } from '../expression/lower.ts';
import { moveRows, type RowMover } from '../move.ts';
import { drainVectors, type MovingBound, type VectorOperator } from '../operator.ts';
import { withStage, type JoinShape, type PipelineHead } from '../parallel/pipeline.ts';
import { VECTOR_ROWS_MAX, Vector, type Batch } from '../vector.ts';
import { BuildRest, NullVectors } from './build-rest.ts';
import { JoinSpill } from './join-spill.ts';
import type { JoinTable } from './join-table.ts';
import type { Pairs } from './pairs.ts';

/** Pairs are handed out from so many on. */
const WORTH_A_BATCH = 1024;

/** What a row that is looked up costs, in comparisons of numbers. */
const PROBE_WORK = 10;

export interface HashJoinPlan {
  readonly type: HashJoinNode['type'];
  readonly build: 'left' | 'right';
  /** Undefined: the table is another thread's, which also hands out what is left of it at the end. */
  readonly buildSide: BuildSide | undefined;
  readonly probeInput: VectorOperator;
  readonly probeKeys: readonly EvaluateVector[];
  readonly table: JoinTable;
  /** The same as plain data. */
  readonly shape: JoinShape;
  readonly pairs: Pairs;
  readonly hasResidual: boolean;
  /** Whether pairs may wait for those of later batches: no string of the probe side would be gone by then. */
  readonly mayGather: boolean;
  readonly output: readonly ColumnInfo[];
  /** Places of the output's columns in the probe side's batches; -1: of the build side. */
  readonly probePlaces: readonly number[];
  /** Reads the output's columns of the build side from tuples; undefined: of the probe side. */
  readonly buildReaders: readonly (((tuples: number, rows: number) => Vector) | undefined)[];
}

/** What the table is filled from. */
export interface BuildSide {
  readonly input: VectorOperator;
  readonly keys: readonly EvaluateVector[];
  /** Places of the kept columns in its batches. */
  readonly payload: readonly number[];
}

export class HashJoin implements VectorOperator {
  readonly columns: readonly ColumnInfo[];
  readonly #plan: HashJoinPlan;
  readonly #context: Computing;
  readonly #out: Batch;
  readonly #movers: readonly RowMover[];
  readonly #rows: number;
  readonly #heads: number;
  readonly #pairRows: number;
  readonly #pairTuples: number;
  readonly #state: number;
  readonly #mask: number;
  readonly #selection: number;
  readonly #keysOfBuild: Vector[];
  readonly #emitsProbe: boolean;
  readonly #emitsBuild: boolean;
  #phase: 'new' | 'probing' | 'rest' | 'ended';
  /** The batch being probed, its candidates, and whether pairs of it may be left. */
  #batch: Batch | undefined;
  #candidates = 0;
  readonly #nulls: NullVectors;
  /** Hands out build rows at the end. */
  readonly #rest: BuildRest | undefined;
  /** What is probed with: the plan's, or one part of it. */
  #probeInput: VectorOperator;
  #probeKeys: readonly EvaluateVector[];
  #spill: JoinSpill | undefined;

  constructor(plan: HashJoinPlan, context: Computing) {
    this.columns = plan.output;
    this.#plan = plan;
    this.#probeInput = plan.probeInput;
    this.#probeKeys = plan.probeKeys;
    this.#phase = plan.buildSide === undefined ? 'probing' : 'new';
    this.#context = context;
    const { memory, registers } = context;
    this.#out = { rows: 0, columns: plan.output.map((column) => new Vector(column.form.type)) };
    this.#movers = plan.output.map((column) => moveRows(registers, column.form.type));
    this.#rows = memory.takeValues('i32');
    this.#heads = memory.takeValues('i32');
    this.#pairRows = memory.takeValues('i32');
    this.#pairTuples = memory.takeValues('i32');
    this.#state = memory.takeCleared(8);
    this.#mask = memory.takeBytes();
    this.#selection = memory.takeValues('i32');
    this.#keysOfBuild = [];
    const { type, build } = plan;
    this.#emitsProbe = type === 'full' || (type === 'left' && build === 'right') || (type === 'right' && build === 'left');
    this.#emitsBuild =
      type === 'full' ||
      (type === 'left' && build === 'left') ||
      (type === 'right' && build === 'right') ||
      ((type === 'semi' || type === 'anti') && build === 'left');
    this.#nulls = new NullVectors(context);
    if (this.#emitsBuild) this.#rest = new BuildRest(plan.table, type === 'semi', plan.output, plan.buildReaders, this.#nulls, context);
  }

  next(): Batch | null | Promise<Batch | null> {
    const built = this.build();
    return built instanceof Promise ? built.then(() => this.#more()) : this.#more();
  }

  /** Fills the table, unless that was done: `next` does it by itself. */
  build(): void | Promise<void> {
    const { buildSide } = this.#plan;
    if (this.#phase !== 'new' || buildSide === undefined) return;
    this.#phase = 'probing';
    const built = drainVectors(buildSide.input, (batch) => this.#insert(batch, buildSide));
    return built instanceof Promise ? built.then(() => this.#begin()) : this.#begin();
  }

  passOver(column: ColumnRef, bound: MovingBound): void {
    // A build row that met only rows that were passed over would look as if it had met none.
    if (!this.#emitsBuild && this.#plan.probeInput.columns.some(({ ref }) => ref === column))
      this.#plan.probeInput.passOver?.(column, bound);
  }

  pipeline(): PipelineHead | undefined {
    const { probeInput, shape, table } = this.#plan;
    if (shape.probeKeys.some(hasBoxed) || (shape.residual !== undefined && hasBoxed(shape.residual))) return undefined;
    const head = probeInput.pipeline?.();
    if (head === undefined) return undefined;
    const withJoin = { ...head, joins: [...head.joins, this] };
    return withStage(withJoin, PROBE_WORK, () => ({ kind: 'probe', join: shape, table: table.places }));
  }

  /** Whether other threads cannot probe the table, since it holds a part of the rows only: known once it is filled. */
  get isSpilled(): boolean {
    return this.#spill !== undefined;
  }

  /** Whether nothing can come of the probe side: known once the table is filled. */
  get isEnded(): boolean {
    return this.#phase === 'ended';
  }

  close(): void {
    this.#phase = 'ended';
    this.#spill = undefined;
    this.#batch = undefined;
    this.#probeInput.close();
    this.#plan.buildSide?.input.close();
    this.#plan.probeInput.close();
  }

  #insert(batch: Batch, { keys, payload }: BuildSide): void {
    for (const [at, key] of keys.entries()) this.#keysOfBuild[at] = key(batch);
    this.#plan.table.add(
      this.#keysOfBuild,
      payload.map((place) => batch.columns[place]),
      batch.rows,
    );
    const { spilling } = this.#context;
    const { table, probeInput, shape } = this.#plan;
    if (spilling === undefined || table.used <= spilling.bytes) return;
    this.#spill ??= new JoinSpill(table, probeInput.columns, shape.table.keys, spilling, this.#context);
    this.#spill.takeBuild();
  }

  #begin(): void | Promise<void> {
    if (this.#spill !== undefined) return this.#partProbe(this.#spill);
    const { table, type, probeInput } = this.#plan;
    if (table.count === 0 && (type === 'inner' || (type === 'semi' && !this.#emitsBuild) || !(this.#emitsProbe || type === 'anti'))) {
      probeInput.close();
      this.#phase = 'ended';
      return;
    }
    table.finish();
    this.#narrowProbe();
  }

  /** Rows of the probe side whose key lies outside of the table's need not come, unless they come out without a partner. */
  #narrowProbe(): void {
    const { table, type, build, probeInput, shape } = this.#plan;
    const [key] = shape.probeKeys;
    if (this.#emitsProbe || (type === 'anti' && build === 'right') || shape.probeKeys.length > 1 || key.op !== 'column') return;
    const extremes = table.extremes();
    if (extremes !== undefined) probeInput.passOver?.(probeInput.columns[key.index].ref, { ...extremes, admitsNulls: false });
  }

  /** Puts both sides into parts, and begins with the first. */
  #partProbe(spill: JoinSpill): void | Promise<void> {
    spill.takeBuild();
    const { probeInput, probeKeys } = this.#plan;
    const parted = drainVectors(probeInput, (batch) =>
      spill.addProbe(
        batch,
        probeKeys.map((key) => key(batch)),
      ),
    );
    const begin = (): void => {
      spill.endProbe();
      this.#phase = 'ended';
    };
    const first = probeInput.columns.length;
    this.#probeKeys = probeKeys.map((_, key) => (batch) => batch.columns[first + key]);
    return parted instanceof Promise ? parted.then(begin) : begin();
  }

  /** Begins with the next part, where there is one. */
  #nextPart(): boolean {
    const part = this.#spill?.next();
    if (part === undefined) return false;
    this.#plan.table.finish();
    this.#probeInput = part;
    this.#phase = 'probing';
    return true;
  }

  #more(): Batch | null | Promise<Batch | null> {
    for (;;) {
      this.#context.checkCancelled(); // a batch may have very many pairs
      if (this.#phase === 'ended') {
        if (this.#nextPart()) continue;
        return null;
      }
      if (this.#phase === 'rest') {
        const rest = this.#rest?.next() ?? null;
        if (rest !== null) return rest;
        this.#phase = 'ended';
        continue;
      }
      if (this.#batch === undefined) {
        const batch = this.#probeInput.next();
        if (batch instanceof Promise) return batch.then((settled) => this.#enter(settled) ?? this.#more());
        const out = this.#enter(batch);
        if (out !== undefined) return out;
        continue;
      }
      const out = this.#probe(this.#batch);
      if (out !== undefined) return out;
    }
  }

  /** Begins to probe a batch, or comes to the end of the probe side. Undefined: nothing to hand out yet. */
  #enter(batch: Batch | null): Batch | undefined {
    const { pairs, table } = this.#plan;
    const probeKeys = this.#probeKeys;
    if (batch === null) {
      this.#phase = this.#emitsBuild && this.#plan.buildSide !== undefined ? 'rest' : 'ended';
      return pairs.rows === 0 ? undefined : this.#flush();
    }
    this.#batch = batch;
    this.#candidates =
      table.count === 0
        ? 0
        : table.candidates(
            probeKeys.map((key) => key(batch)),
            batch.rows,
            this.#rows,
            this.#heads,
          );
    new Uint32Array(this.#context.host.heap.memory.buffer, this.#state, 2).fill(0);
    if (this.#keepsMask) this.#context.host.heap.bytes().fill(0, this.#mask, this.#mask + batch.rows);
    return undefined;
  }

  /** Whether it must be known which rows of a probe batch found a match. */
  get #keepsMask(): boolean {
    const { type, build } = this.#plan;
    return this.#emitsProbe || ((type === 'semi' || type === 'anti') && build === 'right');
  }

  #probe(batch: Batch): Batch | undefined {
    const { type, build, table, hasResidual } = this.#plan;
    const isTest = (type === 'semi' || type === 'anti') && build === 'right';
    if (isTest && !hasResidual) {
      table.exists(this.#rows, this.#heads, this.#candidates, batch.rows, this.#mask);
      return this.#finishTested(batch);
    }
    if (this.#isDone()) return this.#endBatch(batch);
    return this.#takePairs(batch, isTest);
  }

  /** Finds the next pairs of the batch. */
  #takePairs(batch: Batch, isTest: boolean): Batch | undefined {
    const { kernels } = this.#context;
    const { pairs, table, mayGather } = this.#plan;
    const before = this.#stateOf();
    const room = VECTOR_ROWS_MAX - pairs.rows;
    const count = table.pairs(this.#rows, this.#heads, this.#candidates, this.#state, this.#pairRows, this.#pairTuples, room);
    if (count === 0) return undefined;
    if (!pairs.fits(batch, count)) {
      this.#restore(before);
      return this.#flush();
    }
    pairs.add(batch, this.#pairRows, this.#pairTuples, count);
    const waits = mayGather && !this.#keepsMask && pairs.rows < WORTH_A_BATCH;
    if (waits) return undefined;
    const passed = pairs.judge();
    if (passed > 0) {
      if (this.#keepsMask) {
        let rows = this.#pairRows;
        if (passed < count) {
          kernels.gather32(this.#pairRows, pairs.selection, passed, this.#selection);
          rows = this.#selection;
        }
        kernels.markRows(rows, passed, this.#mask);
      }
      if (this.#emitsBuild) kernels.markTuples(pairs.tuplesPassed(passed), passed, table.layout.matchedOffset);
    }
    if (passed === 0 || isTest || this.#isHalfJoin()) {
      pairs.clear();
      return undefined;
    }
    return pairs.take(passed);
  }

  /** Hands out what was gathered; undefined when the residual let nothing through. */
  #flush(): Batch | undefined {
    const { pairs, table } = this.#plan;
    const passed = pairs.judge();
    if (passed > 0 && this.#emitsBuild) this.#context.kernels.markTuples(pairs.tuplesPassed(passed), passed, table.layout.matchedOffset);
    if (passed > 0 && !this.#isHalfJoin()) return pairs.take(passed);
    pairs.clear();
    return undefined;
  }

  /** Semi and anti joins over the build side: pairs only mark tuples. */
  #isHalfJoin(): boolean {
    return (this.#plan.type === 'semi' || this.#plan.type === 'anti') && this.#plan.build === 'left';
  }

  #endBatch(batch: Batch): Batch | undefined {
    const { type, build } = this.#plan;
    if ((type === 'semi' || type === 'anti') && build === 'right') return this.#finishTested(batch);
    this.#batch = undefined;
    return this.#emitsProbe ? this.#unmatchedOf(batch) : undefined;
  }

  /** Semi and anti: the rows of the batch whose mask says so. */
  #finishTested(batch: Batch): Batch | undefined {
    this.#batch = undefined;
    if (this.#plan.type === 'anti') this.#context.kernels.notBool(this.#mask, batch.rows, this.#mask);
    return this.#selected(batch);
  }

  /** Rows of the batch that found no match, beside nulls. */
  #unmatchedOf(batch: Batch): Batch | undefined {
    this.#context.kernels.notBool(this.#mask, batch.rows, this.#mask);
    return this.#selected(batch);
  }

  #selected(batch: Batch): Batch | undefined {
    const { probePlaces, buildReaders } = this.#plan;
    const passed = this.#context.kernels.select(this.#mask, 0, batch.rows, this.#selection);
    if (passed === 0) return undefined;
    for (const [at, column] of this.#out.columns.entries()) {
      const read = buildReaders[at];
      if (read !== undefined) column.pointAt(this.#nulls.of(column.type));
      else {
        const source = batch.columns[probePlaces[at]];
        column.pointAt(passed === batch.rows ? source : this.#movers[at](source, this.#selection, passed));
      }
    }
    this.#out.rows = passed;
    return this.#out;
  }

  #stateOf(): readonly [number, number] {
    const [candidate, tuple] = new Uint32Array(this.#context.host.heap.memory.buffer, this.#state, 2);
    return [candidate, tuple];
  }

  #restore([candidate, tuple]: readonly [number, number]): void {
    new Uint32Array(this.#context.host.heap.memory.buffer, this.#state, 2).set([candidate, tuple]);
  }

  #isDone(): boolean {
    return this.#candidates === 0 || this.#stateOf()[0] >= this.#candidates;
  }
}
