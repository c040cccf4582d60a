/** A set of integers as bits, one for each place of their range: as long as they lie close enough together. */
import type { Computing } from '../computing.ts';
import { DenseRange } from '../dense-range.ts';
import type { Register } from '../expression/registers.ts';
import { VECTOR_ROWS_MAX, type Vector, type VectorType } from '../vector.ts';

/** Bits are worth it while there are at most so many for each value that came, and some more. */
const BITS_PER_VALUE = 16;
const BITS_SPARE = 2 ** 20;

const WORDS_OF_A_BATCH = VECTOR_ROWS_MAX / 64;

/** Where a set lies, for other threads to read: `least` is the address of the i64 that the first bit stands for. */
export interface IntegerSetPlaces {
  readonly words: number;
  readonly bits: number;
  readonly least: number;
}

export class IntegerSet {
  readonly #context: Computing;
  readonly #range: DenseRange;
  readonly #wide: Register;
  readonly #narrow: Register | undefined;
  #words = 0;
  #values = 0;

  constructor(type: VectorType, context: Computing) {
    this.#context = context;
    this.#range = new DenseRange(context.kernels, context.memory);
    this.#wide = context.registers.register('i64');
    this.#narrow = type === 'i32' ? context.registers.register('i32') : undefined;
  }

  get places(): IntegerSetPlaces {
    return { words: this.#words, bits: this.#range.places, least: this.#range.least };
  }

  /** Adds the values of a vector without nulls; false, and some of them may be in, when they lie too far apart. */
  add(values: Vector, rows: number): boolean {
    const { kernels } = this.#context;
    const set = values.type === 'i32' || values.isNarrow ? kernels.denseSetI32 : kernels.denseSetI64;
    this.#values += rows;
    if (this.#words !== 0 && set(this.#words, this.#range.places, this.#range.least, values.data, rows) === 0) return true;
    if (!this.#widen(values, rows)) return false;
    set(this.#words, this.#range.places, this.#range.least, values.data, rows);
    return true;
  }

  /** The values in ascending order, as vectors of the set's type that last until the next. */
  *batches({ words, bits, least }: IntegerSetPlaces = this.places): Generator<{ readonly values: Vector; readonly rows: number }> {
    const { kernels } = this.#context;
    for (let from = 0; from < bits / 64; from += WORDS_OF_A_BATCH) {
      const rows = kernels.denseList(words, from, Math.min(WORDS_OF_A_BATCH, bits / 64 - from), least, this.#wide.values);
      if (rows === 0) continue;
      if (this.#narrow !== undefined) kernels.i64ToI32(this.#wide.values, 0, rows, this.#narrow.values);
      yield { values: (this.#narrow ?? this.#wide).own(false), rows };
    }
  }

  #widen(values: Vector, rows: number): boolean {
    const { memory, host } = this.#context;
    const before = this.#range.places;
    const moved = this.#range.widen(values, rows, this.#values * BITS_PER_VALUE + BITS_SPARE);
    if (moved === undefined) return false;
    const old = this.#words;
    this.#words = memory.takeCleared(this.#range.places / 8);
    if (old === 0) return true;
    host.heap.bytes().copyWithin(this.#words + moved / 8, old, old + before / 8);
    memory.giveBack(old);
    return true;
  }
}
