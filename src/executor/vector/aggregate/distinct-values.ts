import { TupleLayout } from '../../../kernels/tuple-layout.ts';
import type { Computing, Preparing } from '../computing.ts';
import type { EvaluateVector } from '../expression/evaluate.ts';
import type { VectorExpression } from '../expression/ir.ts';
import { Widener, type Register } from '../expression/registers.ts';
import { moveRows, type RowMover } from '../move.ts';
import { Vector, type Batch } from '../vector.ts';
import { addVector, type AddVector } from './folds.ts';
import { Groups, tupleBatches, type TupleRun } from './groups.ts';
import { IntegerSet, type IntegerSetPlaces } from './integer-set.ts';
import type { AggregateSpecification } from './specification.ts';

/** Word of a tuple that names the next one of a chain: groups have no chains. */
const NEXT_WORD = 1;

/** The values that a thread found, for another to take over. */
export interface DistinctMade {
  readonly pairs: readonly TupleRun[];
  readonly set: IntegerSetPlaces | undefined;
}

/**
 * The distinct values of one argument by group: kept as (tuple, value) pairs, and added to the groups' states at the end. Integers
 * that lie close together, of one group, are bits.
 */
export class DistinctValues {
  readonly #context: Computing;
  readonly #offset: number;
  readonly #isGrouped: boolean;
  readonly #evaluate: EvaluateVector;
  readonly #mask: ((batch: Batch) => number) | undefined;
  readonly #widener: Widener;
  readonly #add: AddVector;
  readonly #pairs: Groups;
  #set: IntegerSet | undefined;
  readonly #owner: Vector;
  readonly #ownerMover: RowMover;
  readonly #valueMover: RowMover;
  readonly #selection: number;
  readonly #present: number;
  readonly #found: number;
  readonly #values: Register;
  readonly #owners: Register;

  /** `isGrouped`: rows have tuples of their own; else there is one group, and pairs are values alone. */
  constructor(
    specification: AggregateSpecification,
    arg: VectorExpression,
    offset: number,
    isGrouped: boolean,
    context: Computing,
    scope: Preparing,
  ) {
    const { registers, memory } = context;
    this.#context = context;
    this.#offset = offset;
    this.#evaluate = scope.prepare(arg);
    this.#mask = specification.filter === undefined ? undefined : scope.prepareMask(specification.filter);
    this.#widener = new Widener(registers, arg.type);
    this.#add = addVector(specification.folding, context);
    this.#isGrouped = isGrouped;
    this.#pairs = new Groups(new TupleLayout(isGrouped ? ['i32', arg.type] : [arg.type]), context, 0);
    this.#set = !isGrouped && (arg.type === 'i32' || arg.type === 'i64') ? new IntegerSet(arg.type, context) : undefined;
    this.#owner = new Vector('i32');
    this.#ownerMover = moveRows(registers, 'i32');
    this.#valueMover = moveRows(registers, arg.type);
    this.#selection = memory.takeValues('i32');
    this.#present = memory.takeBytes();
    this.#found = memory.takeValues('i32');
    this.#values = registers.register(arg.type);
    this.#owners = registers.register('i32');
  }

  /** Notes the values of a batch; `tuples` are the rows' groups, where there are groups. */
  accept(batch: Batch, tuples: number): void {
    const { kernels } = this.#context;
    let value = this.#evaluate(batch);
    let { rows } = batch;
    this.#owner.pointAtValues(tuples, 0);
    let owner: Vector = this.#owner;
    if (value.nulls !== 0 || this.#mask !== undefined) {
      const mask = this.#mask?.(batch) ?? 0;
      if (mask === 0) kernels.isNotNull(value.nulls, rows, this.#present);
      const passed = kernels.select(mask === 0 ? this.#present : mask, value.nulls, rows, this.#selection);
      if (passed === 0) return;
      value = this.#valueMover(value, this.#selection, passed);
      if (this.#isGrouped) owner = this.#ownerMover(owner, this.#selection, passed);
      rows = passed;
    }
    if (this.#set !== undefined) {
      this.#addInteger(value, rows);
      return;
    }
    const values = new Vector(value.type);
    values.pointAt(value.dictionary === 0 ? value : this.#widener.wide(value, rows));
    values.nulls = 0;
    this.#pairs.find(this.#isGrouped ? [owner, values] : [values], rows, this.#found);
  }

  /** What was noted, for another table of the same argument to take over. */
  made(): DistinctMade {
    return { pairs: this.#pairs.runs(), set: this.#set?.places };
  }

  /** Takes over what another thread noted. With `renamed`, the groups' tuples name in their `next` those they are here. */
  merge({ pairs: runs, set }: DistinctMade, renamed: boolean): void {
    if (set !== undefined) {
      const reader = new IntegerSet(this.#values.type, this.#context);
      for (const { values, rows } of reader.batches(set)) this.#addInteger(values, rows);
    }
    const { host, kernels } = this.#context;
    const { layout } = this.#pairs;
    for (const rows of tupleBatches(runs, layout.stride, kernels, this.#found)) {
      this.#readPairs(rows);
      const values = this.#values.own(false);
      if (!this.#isGrouped) {
        if (this.#set === undefined) this.#pairs.find([values], rows, this.#found);
        else this.#addInteger(values, rows);
        continue;
      }
      const owners = this.#owners.own(false);
      if (renamed) {
        const words = new Uint32Array(host.heap.memory.buffer);
        const first = owners.values >>> 2;
        for (let at = first; at < first + rows; at++) words[at] = words[(words[at] >>> 2) + NEXT_WORD];
      }
      this.#pairs.find([owners, values], rows, this.#found);
    }
  }

  /** Adds every pair once; `only` is the one group's tuple where there are no keys, else 0. */
  finish(only: number): void {
    for (const { values, rows } of this.#set?.batches() ?? []) this.#add(values, 0, rows, 0, only + this.#offset);
    for (const rows of this.#pairs.batches(this.#found)) {
      this.#readPairs(rows);
      const value = this.#values.own(false);
      if (only === 0) this.#add(value, 0, rows, this.#owners.values, this.#offset);
      else this.#add(value, 0, rows, 0, only + this.#offset);
    }
  }

  /** Adds values without nulls of the one group to the set, or, from when they lie too far apart, to the table. */
  #addInteger(values: Vector, rows: number): void {
    const set = this.#set;
    if (set?.add(values, rows) === true) return;
    this.#set = undefined;
    for (const earlier of set?.batches() ?? []) this.#pairs.find([earlier.values], earlier.rows, this.#found);
    const plain = new Vector(values.type);
    plain.pointAt(values);
    plain.nulls = 0;
    this.#pairs.find([plain], rows, this.#found);
  }

  /** Reads values, and owners where there are groups, of the pairs found. */
  #readPairs(rows: number): void {
    const { kernels } = this.#context;
    const { layout } = this.#pairs;
    const field = layout.fields.length - 1;
    if (this.#isGrouped)
      kernels.readFieldI32(this.#found, rows, layout.fieldOffset(0), layout.flagOffset(0), this.#owners.values, this.#owners.nullBytes);
    const { type, values, nullBytes } = this.#values;
    const read = type === 'bool' ? kernels.readFieldBool : type === 'i32' ? kernels.readFieldI32 : kernels.readField64;
    read(this.#found, rows, layout.fieldOffset(field), layout.flagOffset(field), values, nullBytes);
  }
}
