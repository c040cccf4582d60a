/** Build rows that a join hands out at its end, by whether they met a partner: unmatched ones, of a semi join the matched ones. */
import type { Computing } from '../computing.ts';
import type { ColumnInfo } from '../expression/lower.ts';
import { VECTOR_ROWS_MAX, Vector, type Batch } from '../vector.ts';
import type { JoinTable } from './join-table.ts';

/** Vectors of nulls, of every type. */
export class NullVectors {
  readonly #context: Computing;
  readonly #made = new Map<Vector['type'], Vector>();

  constructor(context: Computing) {
    this.#context = context;
  }

  of(type: Vector['type']): Vector {
    const known = this.#made.get(type);
    if (known !== undefined) return known;
    const { memory } = this.#context;
    const vector = new Vector(type);
    vector.pointAtValues(memory.takeCleared(VECTOR_ROWS_MAX * 8), memory.takeBytes());
    memory.heap.bytes().fill(1, vector.nulls, vector.nulls + VECTOR_ROWS_MAX);
    this.#made.set(type, vector);
    return vector;
  }
}

export class BuildRest {
  readonly #context: Computing;
  readonly #table: JoinTable;
  readonly #wantsMatched: boolean;
  readonly #readers: readonly (((tuples: number, rows: number) => Vector) | undefined)[];
  readonly #nulls: NullVectors;
  readonly #out: Batch;
  readonly #tuples: number;
  readonly #chosen: number;
  readonly #mask: number;
  readonly #selection: number;
  #batches: Generator<number> | undefined;

  /** `readers` read the output's columns; undefined: of the probe side, null beside a row that met nobody. */
  constructor(
    table: JoinTable,
    wantsMatched: boolean,
    output: readonly ColumnInfo[],
    readers: readonly (((tuples: number, rows: number) => Vector) | undefined)[],
    nulls: NullVectors,
    context: Computing,
  ) {
    const { memory } = context;
    this.#context = context;
    this.#table = table;
    this.#wantsMatched = wantsMatched;
    this.#readers = readers;
    this.#nulls = nulls;
    this.#out = { rows: 0, columns: output.map((column) => new Vector(column.form.type)) };
    this.#tuples = memory.takeValues('i32');
    this.#chosen = memory.takeValues('i32');
    this.#mask = memory.takeBytes();
    this.#selection = memory.takeValues('i32');
  }

  /** The next rows of the table as it is; null at the end, after which it begins anew. */
  next(): Batch | null {
    const { kernels } = this.#context;
    const { layout, store } = this.#table;
    this.#batches ??= store.batches(this.#tuples);
    for (let step = this.#batches.next(); step.done !== true; step = this.#batches.next()) {
      const rows = step.value;
      kernels.readMatched(this.#tuples, rows, layout.matchedOffset, this.#mask);
      if (!this.#wantsMatched) kernels.notBool(this.#mask, rows, this.#mask);
      const passed = kernels.select(this.#mask, 0, rows, this.#selection);
      if (passed === 0) continue;
      kernels.gather32(this.#tuples, this.#selection, passed, this.#chosen);
      for (const [at, column] of this.#out.columns.entries())
        column.pointAt(this.#readers[at]?.(this.#chosen, passed) ?? this.#nulls.of(column.type));
      this.#out.rows = passed;
      return this.#out;
    }
    this.#batches = undefined;
    return null;
  }
}
