import { sortFlags } from '../../../kernels/sort-descriptor.ts';
import type { Kernels } from '../../../kernels/kernels.ts';
import type { VectorContext } from '../context.ts';
import { Widener } from '../expression/registers.ts';
import { moveRows, type RowMover } from '../move.ts';
import type { Vector, VectorType } from '../vector.ts';
import type { SortColumn } from './sort.ts';

/** Lets through only rows whose first key is not behind a bound: those behind cannot be among the first any more. */
export class TopBound {
  readonly #context: VectorContext;
  readonly #flags: number;
  readonly #keysOf: (vector: Vector, rows: number, into: number) => void;
  readonly #descriptors: number;
  readonly #movers: readonly RowMover[];
  readonly #bound: number;
  readonly #keys: number;
  readonly #mask: number;
  readonly #selection: number;
  #isSet = false;

  /** `descriptors` are those of the tuples' keys, whose first one is `key`; `types` are of all fields. */
  constructor(key: SortColumn, types: readonly VectorType[], descriptors: number, context: VectorContext) {
    this.#context = context;
    this.#flags = sortFlags(key);
    this.#keysOf = sortKeysOf(key.type, this.#flags, context);
    this.#descriptors = descriptors;
    this.#movers = types.map((type) => moveRows(context.registers, type));
    this.#bound = context.memory.take(8);
    this.#keys = context.memory.takeValues('i64');
    this.#mask = context.memory.takeBytes();
    this.#selection = context.memory.takeValues('i32');
  }

  /** The tuple whose address is at `place` is the last that is wanted so far. */
  raise(place: number): void {
    this.#context.kernels.tupleSortKeys(place, 1, this.#descriptors, this.#bound);
    this.#isSet = true;
  }

  /** Cuts the fields' rows to those that pass; how many. */
  cut(fields: readonly Vector[], rows: number): number {
    if (!this.#isSet) return rows;
    const { kernels } = this.#context;
    this.#keysOf(fields[0], rows, this.#keys);
    if (kernels.topMask(this.#keys, this.#bound, 1, rows, this.#mask) === rows) return rows;
    const passed = kernels.select(this.#mask, 0, rows, this.#selection);
    if (passed > 0) for (const [at, field] of fields.entries()) field.pointAt(this.#movers[at](field, this.#selection, passed));
    return passed;
  }
}

function sortKeysOf(type: VectorType, flags: number, context: VectorContext): (vector: Vector, rows: number, into: number) => void {
  const { kernels } = context;
  const widener = new Widener(context.registers, type);
  const run = kernelOf(type, kernels);
  return (vector, rows, into) => {
    if (vector.isNarrow) kernels.sortKeyI32(vector.data, vector.nulls, rows, flags, into);
    else {
      const { data, nulls } = widener.wide(vector, rows);
      run(data, nulls, rows, flags, into);
    }
  };
}

function kernelOf(type: VectorType, kernels: Kernels): Kernels['sortKeyI32'] {
  switch (type) {
    case 'bool':
      return kernels.sortKeyBool;
    case 'i32':
      return kernels.sortKeyI32;
    case 'i64':
      return kernels.sortKeyI64;
    case 'f64':
      return kernels.sortKeyF64;
    case 'str':
      return kernels.sortKeyStr;
  }
}
