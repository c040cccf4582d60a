/** What an aggregation found: as rows, exactly; or as vectors, where every column has a form. */
import type { Heap } from '../../../kernels/heap.ts';
import type { AggregateNode } from '../../../planner/physical.ts';
import { Numeric, type Row, type Value } from '../../../types/value.ts';
import { boxColumn, type BoxColumn } from '../box.ts';
import type { VectorContext } from '../context.ts';
import type { Register } from '../expression/registers.ts';
import type { ColumnInfo } from '../expression/lower.ts';
import type { VectorOperator } from '../operator.ts';
import { Unboxer } from '../unbox.ts';
import { Vector, VectorFallback, orFallBack, type Batch } from '../vector.ts';
import type { Aggregation } from './aggregation.ts';
import { mixedSumReader, stateReader, type ReadState } from './finish.ts';
import type { AggregateSpecification } from './specification.ts';

/** One column of an aggregate's output: a key or a call. */
export type ResultColumn =
  | { readonly kind: 'key'; readonly field: number; readonly column: ColumnInfo }
  | { readonly kind: 'aggregate'; readonly number: number; readonly specification: AggregateSpecification };

/** Reads keys of tuples into vectors. */
class KeyReader {
  readonly #context: VectorContext;
  readonly #aggregation: Aggregation;
  readonly #field: number;
  readonly #register: Register;

  constructor(field: number, column: ColumnInfo, aggregation: Aggregation, context: VectorContext) {
    this.#context = context;
    this.#aggregation = aggregation;
    this.#field = field;
    this.#register = context.registers.register(column.form.type);
  }

  read(rows: number): Vector {
    const { kernels } = this.#context;
    const { layout, tuples } = this.#aggregation;
    const { type, values, nullBytes } = this.#register;
    const read = type === 'bool' ? kernels.readFieldBool : type === 'i32' ? kernels.readFieldI32 : kernels.readField64;
    const hasNulls = read(tuples, rows, layout.fieldOffset(this.#field), layout.flagOffset(this.#field), values, nullBytes) !== 0;
    return this.#register.own(hasNulls);
  }
}

/** Runs an aggregation, and makes its groups current batch by batch. */
class GroupSteps {
  readonly #aggregation: Aggregation;
  #batches: Generator<number> | undefined;

  constructor(aggregation: Aggregation) {
    this.#aggregation = aggregation;
  }

  /** How many groups are current now, 0 at the end. */
  next(): number | Promise<number> {
    if (this.#batches === undefined) {
      this.#batches = this.#aggregation.batches();
      const run = this.#aggregation.run();
      if (run instanceof Promise) return run.then(() => this.#step());
    }
    return this.#step();
  }

  #step(): number {
    const step = this.#batches?.next();
    return step === undefined || step.done === true ? 0 : step.value;
  }
}

/** Groups as batches of rows. */
export class GroupRows {
  readonly #aggregation: Aggregation;
  readonly #context: VectorContext;
  readonly #columns: readonly (
    | { readonly kind: 'key'; readonly keys: KeyReader; readonly box: BoxColumn }
    | { readonly kind: 'aggregate'; readonly offset: number; readonly read: ReadState }
  )[];
  readonly #steps: GroupSteps;

  constructor(columns: readonly ResultColumn[], aggregation: Aggregation, context: VectorContext) {
    this.#aggregation = aggregation;
    this.#steps = new GroupSteps(aggregation);
    this.#context = context;
    const { heap } = context.host;
    this.#columns = columns.map((column) =>
      column.kind === 'key'
        ? {
            kind: 'key',
            keys: new KeyReader(column.field, column.column, aggregation, context),
            box: boxColumn(heap, column.column.type, column.column.form),
          }
        : { kind: 'aggregate', ...readerOfState(column.number, column.specification, aggregation, heap) },
    );
  }

  /** The next groups, null at the end. */
  next(): Row[] | null | Promise<Row[] | null> {
    const count = this.#steps.next();
    return count instanceof Promise ? count.then((settled) => this.#rowsOf(settled)) : this.#rowsOf(count);
  }

  close(): void {
    this.#aggregation.close();
  }

  #rowsOf(count: number): Row[] | null {
    if (count === 0) return null;
    const rows: Row[] = Array.from({ length: count }, () => new Array<Value>(this.#columns.length));
    const { buffer } = this.#context.host.heap.memory;
    const tuples = new Uint32Array(buffer, this.#aggregation.tuples, count);
    const view = new DataView(buffer);
    for (const [place, column] of this.#columns.entries()) {
      if (column.kind === 'key') column.box(column.keys.read(count), rows, place, count);
      else for (let at = 0; at < count; at++) rows[at][place] = column.read(view, tuples[at] + column.offset);
    }
    return rows;
  }
}

function readerOfState(
  number: number,
  specification: AggregateSpecification,
  aggregation: Aggregation,
  heap: Heap,
): { readonly offset: number; readonly read: ReadState } {
  const { layout, stateOf, shownStateOf } = aggregation;
  const offset = layout.stateOffset(stateOf[number]);
  const shown = shownStateOf[number];
  const read = shown === undefined ? stateReader(specification, heap) : mixedSumReader(specification, layout.stateOffset(shown) - offset);
  return { offset, read };
}

/** Groups as batches of vectors. */
export class GroupVectors implements VectorOperator {
  readonly columns: readonly ColumnInfo[];
  readonly #aggregation: Aggregation;
  readonly #readers: readonly ((rows: number) => Vector)[];
  readonly #out: Batch;
  readonly #steps: GroupSteps;

  constructor(columns: readonly ColumnInfo[], results: readonly ResultColumn[], aggregation: Aggregation, context: VectorContext) {
    this.columns = columns;
    this.#aggregation = aggregation;
    this.#steps = new GroupSteps(aggregation);
    this.#readers = results.map((result) => readerOf(result, aggregation, context));
    this.#out = { rows: 0, columns: columns.map((column) => new Vector(column.form.type)) };
  }

  next(): Batch | null | Promise<Batch | null> {
    const rows = this.#steps.next();
    return rows instanceof Promise ? rows.then((settled) => this.#batchOf(settled)) : this.#batchOf(rows);
  }

  close(): void {
    this.#aggregation.close();
  }

  #batchOf(rows: number): Batch | null {
    if (rows === 0) return null;
    this.#out.rows = rows;
    for (const [at, column] of this.#out.columns.entries()) column.pointAt(this.#readers[at](rows));
    return this.#out;
  }
}

function readerOf(result: ResultColumn, aggregation: Aggregation, context: VectorContext): (rows: number) => Vector {
  if (result.kind === 'key') {
    const keys = new KeyReader(result.field, result.column, aggregation, context);
    return (rows) => keys.read(rows);
  }
  const { kernels } = context;
  const { layout, tuples } = aggregation;
  const { specification } = result;
  const offset = layout.stateOffset(aggregation.stateOf[result.number]);
  const register = context.registers.register(specification.form?.type ?? 'i64');
  const { values, nullBytes, type } = register;
  switch (specification.finishing) {
    case 'count':
      return (rows) => {
        kernels.readState64(tuples, rows, offset, offset, values, nullBytes);
        return register.own(false); // a count of nothing is 0
      };
    case 'sum':
      if (specification.state === 'sumF64')
        return (rows) => register.own(kernels.readState64(tuples, rows, offset, offset + 8, values, nullBytes) !== 0);
      return (rows) => {
        orFallBack(kernels.readSumInt(tuples, rows, offset, values, nullBytes));
        return register.own(true);
      };
    case 'average': {
      if (specification.state === 'sumInt') return averageReader(specification, aggregation, offset, context);
      const counts = context.registers.register('i64');
      const divisors = context.registers.register('f64');
      return (rows) => {
        const hasNulls = kernels.readState64(tuples, rows, offset, offset + 8, values, nullBytes) !== 0;
        kernels.readState64(tuples, rows, offset + 8, offset + 8, counts.values, counts.nullBytes);
        kernels.i64ToF64(counts.values, rows, divisors.values);
        kernels.divF64(values, divisors.values, hasNulls ? nullBytes : 0, rows, values);
        return register.own(hasNulls);
      };
    }
    default: {
      const read = type === 'bool' ? kernels.readStateBool : type === 'i32' ? kernels.readStateI32 : kernels.readState64;
      return (rows) => register.own(read(tuples, rows, offset, offset + 8, values, nullBytes) !== 0);
    }
  }
}

/** Averages of integers and numerics as integers of the form's decimal places. Throws `VectorFallback` for one that shows others. */
function averageReader(
  specification: AggregateSpecification,
  aggregation: Aggregation,
  offset: number,
  context: VectorContext,
): (rows: number) => Vector {
  const form = specification.form ?? { type: 'i64', scale: 0 };
  const unboxer = new Unboxer(context.registers, specification.type, form);
  const { heap } = context.host;
  const read = stateReader(specification, heap);
  return (rows) => {
    const { buffer } = heap.memory;
    const tuples = new Uint32Array(buffer, aggregation.tuples, rows);
    const view = new DataView(buffer);
    unboxer.start();
    for (let at = 0; at < rows; at++) {
      const value = read(view, tuples[at] + offset);
      if (value instanceof Numeric && value.scale !== form.scale) throw new VectorFallback('an average of another scale');
      unboxer.set(at, value);
    }
    return unboxer.finish();
  };
}

/** Columns of the node's output; undefined for what is neither key nor call. */
export function resultColumns(
  node: AggregateNode,
  keys: readonly ColumnInfo[],
  specifications: readonly AggregateSpecification[],
): ResultColumn[] | undefined {
  const columns: ResultColumn[] = [];
  for (const ref of node.output) {
    const field = node.groups.findIndex((group) => group.ref === ref);
    const number = node.aggregates.findIndex((aggregate) => aggregate.ref === ref);
    if (field >= 0) columns.push({ kind: 'key', field, column: keys[field] });
    else if (number >= 0) columns.push({ kind: 'aggregate', number, specification: specifications[number] });
    else return undefined;
  }
  return columns;
}
