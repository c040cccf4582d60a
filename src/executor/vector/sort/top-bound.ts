import { COMPARE } from '../../../kernels/interface/compare.ts';
import { sortFlags } from '../../../kernels/sort-descriptor.ts';
import type { Kernels } from '../../../kernels/kernels.ts';
import type { TupleLayout } from '../../../kernels/tuple-layout.ts';
import type { VectorContext } from '../context.ts';
import { Widener } from '../expression/registers.ts';
import { moveRows, type RowMover } from '../move.ts';
import type { MovingBound } from '../operator.ts';
import type { Vector, VectorType } from '../vector.ts';
import type { SortColumn } from './sort.ts';

const INT32_MIN = -(2 ** 31);
const INT32_MAX = 2 ** 31 - 1;

/**
 * Lets through only rows whose first key is not behind a bound: those behind cannot be among the first any more. Where the key is
 * all that counts, rows equal to the bound are behind it too, since they came later.
 */
export class TopBound {
  /** The bound as numbers, for whoever can pass rows over before they get here. */
  readonly moving: MovingBound;
  readonly #context: VectorContext;
  readonly #key: SortColumn;
  readonly #layout: TupleLayout;
  readonly #isStrict: boolean;
  readonly #keysOf: (vector: Vector, rows: number, into: number) => void;
  readonly #descriptors: number;
  readonly #movers: readonly RowMover[];
  readonly #bound: number;
  /** The bound as a cell of the key's type, and as an i32. */
  readonly #cell: number;
  readonly #narrow: number;
  readonly #keys: number;
  readonly #mask: number;
  readonly #selection: number;
  /** How rows are judged: not yet, by sort keys, by their values. */
  #judging: 'none' | 'keys' | 'values' = 'none';
  #fitsNarrow = false;

  /** `descriptors` are those of the keys of tuples of `layout`, whose first field is `key`; `keyCount` of its fields are keys. */
  constructor(key: SortColumn, keyCount: number, layout: TupleLayout, descriptors: number, context: VectorContext) {
    this.#context = context;
    this.#key = key;
    this.#layout = layout;
    this.#isStrict = keyCount === 1;
    this.moving = { least: Number.NEGATIVE_INFINITY, greatest: Number.POSITIVE_INFINITY, admitsNulls: true };
    this.#keysOf = sortKeysOf(key.type, sortFlags(key), context);
    this.#descriptors = descriptors;
    this.#movers = layout.fields.map((type) => moveRows(context.registers, type));
    this.#bound = context.memory.take(8);
    this.#cell = context.memory.take(8);
    this.#narrow = context.memory.take(8);
    this.#keys = context.memory.takeValues('i64');
    this.#mask = context.memory.takeBytes();
    this.#selection = context.memory.takeValues('i32');
  }

  /** The tuple whose address is at `place` is the last that is wanted so far. */
  raise(place: number): void {
    const { kernels, host } = this.#context;
    const { type, nullsFirst, isDescending } = this.#key;
    kernels.tupleSortKeys(place, 1, this.#descriptors, this.#bound);
    this.#judging = 'keys';
    const view = new DataView(host.heap.memory.buffer);
    const tuple = view.getUint32(place, true);
    if (type === 'str' || type === 'bool' || view.getUint8(tuple + this.#layout.flagOffset(0)) !== 0) return;
    this.#judging = 'values';
    const field = tuple + this.#layout.fieldOffset(0);
    view.setBigInt64(this.#cell, view.getBigInt64(field, true), true);
    const value = type === 'f64' ? view.getFloat64(field, true) : Number(view.getBigInt64(field, true));
    this.#fitsNarrow = value >= INT32_MIN && value <= INT32_MAX;
    if (this.#fitsNarrow && type !== 'f64') view.setInt32(this.#narrow, value, true);
    this.moving.admitsNulls = nullsFirst;
    if (Number.isNaN(value) || (type !== 'f64' && !Number.isSafeInteger(value))) return;
    if (isDescending) this.moving.least = value;
    else this.moving.greatest = value;
  }

  /** Cuts the fields' rows to those that pass; how many. */
  cut(fields: readonly Vector[], rows: number): number {
    if (this.#judging === 'none') return rows;
    const { kernels } = this.#context;
    const count = this.#judge(fields[0], rows);
    if (count === rows) return rows;
    const passed = count === 0 ? 0 : kernels.select(this.#mask, 0, rows, this.#selection);
    if (passed > 0) for (const [at, field] of fields.entries()) field.pointAt(this.#movers[at](field, this.#selection, passed));
    return passed;
  }

  /** Makes the mask of the rows that pass; how many, or, when it is not known, one less than all. */
  #judge(key: Vector, rows: number): number {
    const { kernels } = this.#context;
    const isNarrow = key.isNarrow || key.type === 'i32';
    if (this.#judging === 'keys' || (isNarrow && !this.#fitsNarrow)) {
      this.#keysOf(key, rows, this.#keys);
      return kernels.topMask(this.#keys, this.#bound, this.#isStrict ? 0 : 1, rows, this.#mask);
    }
    const [below, above] = this.#isStrict ? [COMPARE.lt, COMPARE.gt] : [COMPARE.le, COMPARE.ge];
    const op = this.#key.isDescending ? above : below;
    if (key.type === 'f64') kernels.compareConstantF64(op, key.data, this.#cell, rows, this.#mask);
    else if (isNarrow) kernels.compareConstantI32(op, key.data, this.#narrow, rows, this.#mask);
    else kernels.compareConstantI64(op, key.data, this.#cell, rows, this.#mask);
    if (key.nulls !== 0 && this.#key.nullsFirst) kernels.maskOr(this.#mask, key.nulls, rows, this.#mask);
    else if (key.nulls !== 0) kernels.maskAndNot(this.#mask, key.nulls, rows, this.#mask);
    const anyAll = kernels.maskAnyAll(this.#mask, rows);
    return anyAll === 1 ? rows - 1 : anyAll === 2 ? rows : 0;
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
