/**
 * The build side of a join by one integer that comes once and lies close to the others: its other columns as arrays by place, the
 * key less the least. A row meets its partner's value with one look, and no key is compared.
 */
import type { TupleLayout } from '../../../kernels/tuple-layout.ts';
import type { Kernels } from '../../../kernels/kernels.ts';
import type { Computing } from '../computing.ts';
import type { Register } from '../expression/registers.ts';
import type { QueryMemory } from '../memory.ts';
import { FieldReader } from '../tuple-reader.ts';
import type { TupleStore } from '../tuple-store.ts';
import { VECTOR_ROWS_MAX, widthOfType, type Vector, type VectorType } from '../vector.ts';

/** More columns than this lie nearer to each other as tuples. */
const COLUMNS_MAX = 4;

/** Places are worth it when there are at most so many for each row. */
const PLACES_PER_ROW = 4;

/** Where everything lies, for other threads to read. Arrays begin with a value that is of no row: places are from 1. */
export interface DenseColumnPlaces {
  /** Bits of the places that have a row; 0: all have. */
  readonly present: number;
  /** Address of the i64 that place 1 stands for, and how many places there are. */
  readonly least: number;
  readonly range: number;
  /** Nulls 0: none is null. Narrow: i64s that lie there as i32s. */
  readonly columns: readonly { readonly values: number; readonly nulls: number; readonly isNarrow: boolean }[];
}

export class DenseColumns {
  readonly places: DenseColumnPlaces;
  readonly #context: Computing;
  readonly #readers: readonly ((places: number, rows: number) => Vector)[];

  /** Over columns of these types. */
  constructor(places: DenseColumnPlaces, types: readonly VectorType[], context: Computing) {
    this.places = places;
    this.#context = context;
    this.#readers = types.map((type, at) => readerOf(places.columns[at], context.registers.register(type), context));
  }

  /** Whether rows with `payload` columns besides the key may be kept so. */
  static isWorthwhile(rows: number, range: number, payload: number): boolean {
    return payload <= COLUMNS_MAX && range <= rows * PLACES_PER_ROW;
  }

  /** The tuples of a store, whose first field is the key, as columns in `room`; undefined when a key comes twice. */
  static of(store: TupleStore, least: number, range: number, room: QueryMemory, context: Computing): DenseColumns | undefined {
    const { memory, kernels, host } = context;
    const { layout } = store;
    const types = layout.fields.slice(1);
    const present = room.takeCleared(Math.ceil(range / 64) * 8);
    const tuples = memory.takeValues('i32');
    const places = memory.takeValues('i32');
    const columns = types.map((type) => new ColumnBuilder(type, range, room, context.kernels));
    const readers = types.map((_, at) => new FieldReader(layout, at + 1, context));
    let missing = range;
    for (const rows of store.batches(tuples)) {
      const again = kernels.densePlaces(present, least, range, keyField(layout), keyFlag(layout), tuples, rows, places);
      if (again > 0) {
        for (const column of columns) column.release();
        return undefined;
      }
      missing -= rows;
      for (const [at, column] of columns.entries()) column.put(readers[at].read(tuples, rows), places, rows);
      // A key that is null has no place.
      const words = new Uint32Array(host.heap.memory.buffer, places, rows);
      for (let at = words.indexOf(0); at >= 0; at = words.indexOf(0, at + 1)) missing++;
    }
    return new DenseColumns(
      { present: missing === 0 ? 0 : present, least, range, columns: columns.map((column) => column.places) },
      types,
      context,
    );
  }

  /** Rows that have a partner and its place, as `joinCandidates`; the key's descriptor is at `key`. */
  candidates(key: number, rows: number, intoRows: number, intoPlaces: number): number {
    const { present, least, range } = this.places;
    return this.#context.kernels.denseCandidates(present, least, range, key, rows, intoRows, intoPlaces);
  }

  /** A column at `rows` places, u32s at `places`, in a vector of its own. */
  read(column: number, places: number, rows: number): Vector {
    return this.#readers[column](places, rows);
  }
}

function keyField(layout: TupleLayout): number {
  return layout.fieldOffset(0);
}

function keyFlag(layout: TupleLayout): number {
  return layout.flagOffset(0);
}

/** One column being put in its places. */
class ColumnBuilder {
  readonly #room: QueryMemory;
  readonly #kernels: Kernels;
  readonly #range: number;
  readonly #width: 1 | 4 | 8;
  #values: number;
  #nulls = 0;
  /** Integers of 64 bits that fit 32 so far: half as much memory is half as many misses. */
  #isNarrow: boolean;

  constructor(type: VectorType, range: number, room: QueryMemory, kernels: Kernels) {
    this.#room = room;
    this.#kernels = kernels;
    this.#range = range;
    this.#width = widthOfType(type);
    this.#isNarrow = type === 'i64';
    this.#values = room.take((range + 1) * (this.#isNarrow ? 4 : this.#width));
  }

  get places(): DenseColumnPlaces['columns'][number] {
    return { values: this.#values, nulls: this.#nulls, isNarrow: this.#isNarrow };
  }

  /** Puts a vector's values, whose buffers it may change. */
  put(vector: Vector, places: number, rows: number): void {
    const kernels = this.#kernels;
    const memory = this.#room;
    if (this.#isNarrow && kernels.fitsI32(vector.data, rows) === 0) this.#widen();
    if (this.#isNarrow) kernels.narrowI64(vector.data, rows, vector.data);
    const width = this.#isNarrow ? 4 : this.#width;
    const scatter = { 1: kernels.scatter8, 4: kernels.scatter32, 8: kernels.scatter64 }[width];
    scatter(vector.data, places, rows, this.#values);
    if (vector.nulls === 0) return;
    if (this.#nulls === 0) this.#nulls = memory.takeCleared(this.#range + 1);
    kernels.scatter8(vector.nulls, places, rows, this.#nulls);
  }

  release(): void {
    const memory = this.#room;
    memory.giveBack(this.#values);
    if (this.#nulls !== 0) memory.giveBack(this.#nulls);
  }

  #widen(): void {
    const kernels = this.#kernels;
    const memory = this.#room;
    const narrow = this.#values;
    this.#values = memory.take((this.#range + 1) * 8);
    for (let at = 0; at <= this.#range; at += VECTOR_ROWS_MAX)
      kernels.i32ToI64(narrow + at * 4, Math.min(VECTOR_ROWS_MAX, this.#range + 1 - at), this.#values + at * 8);
    memory.giveBack(narrow);
    this.#isNarrow = false;
  }
}

function readerOf(
  { values, nulls, isNarrow }: DenseColumnPlaces['columns'][number],
  register: Register,
  { kernels }: Computing,
): (places: number, rows: number) => Vector {
  const gather = { 1: kernels.gather8, 4: kernels.gather32, 8: kernels.gather64 }[isNarrow ? 4 : widthOfType(register.type)];
  return (places, rows) => {
    gather(values, places, rows, register.values);
    if (nulls !== 0) kernels.gather8(nulls, places, rows, register.nullBytes);
    register.own(nulls !== 0);
    register.isNarrow = isNarrow;
    return register;
  };
}
