/** The range of the integers seen so far, each of which has a place: its distance from the least. It widens in steps. */
import type { Kernels } from '../../kernels/kernels.ts';
import type { QueryMemory } from './memory.ts';
import type { Vector } from './vector.ts';

/** Bytes of an aggregate state that holds an extreme. */
const EXTREME_BYTES = 16;

/** Places come in whole words of bits. */
const WORD = 64n;

export class DenseRange {
  /** Address of the i64 whose place is 0. */
  readonly least: number;
  readonly #kernels: Kernels;
  readonly #memory: QueryMemory;
  /** States of the least and the greatest integer seen. */
  readonly #extremes: number;
  #base = 0n;
  #places = 0;

  constructor(kernels: Kernels, memory: QueryMemory) {
    this.#kernels = kernels;
    this.#memory = memory;
    this.least = memory.takeCleared(8);
    this.#extremes = memory.takeCleared(EXTREME_BYTES * 2);
  }

  /** How many places there are: a multiple of 64. */
  get places(): number {
    return this.#places;
  }

  /**
   * Makes room for the integers of a vector: how many places those from before move up by, a multiple of 64. Undefined, and the places
   * as they were, where more than `placesMax` would be wanted: the range is then of no more use to newcomers.
   */
  widen({ data, nulls, type, isNarrow }: Vector, rows: number, placesMax: number): number | undefined {
    const [min, max] =
      type === 'i32' || isNarrow
        ? [this.#kernels.totalMinI32, this.#kernels.totalMaxI32]
        : [this.#kernels.totalMinI64, this.#kernels.totalMaxI64];
    min(this.#extremes, data, nulls, 0, rows);
    max(this.#extremes + EXTREME_BYTES, data, nulls, 0, rows);
    const view = new DataView(this.#memory.heap.memory.buffer, this.#extremes, EXTREME_BYTES * 2);
    const isEmpty = view.getBigUint64(8, true) === 0n;
    const seen = isEmpty ? [0n, 0n] : [floor(view.getBigInt64(0, true)), view.getBigInt64(EXTREME_BYTES, true)];
    const isFirst = this.#places === 0;
    const end = this.#base + BigInt(this.#places);
    const least = isFirst || seen[0] < this.#base ? seen[0] : this.#base;
    const greatest = isFirst || seen[1] >= end ? seen[1] : end - 1n;
    const wanted = floor(greatest - least) + WORD;
    if (wanted > BigInt(placesMax)) return undefined;
    const room = floor(BigInt(Math.min(placesMax, this.#places * 2)));
    const places = room > wanted ? room : wanted;
    // Room to spare lies on the side that grew.
    const base = isFirst || least === this.#base ? least : least - (places - wanted);
    const moved = isFirst ? 0 : Number(this.#base - base);
    this.#base = base;
    this.#places = Number(places);
    new DataView(this.#memory.heap.memory.buffer).setBigInt64(this.least, BigInt.asIntN(64, base), true);
    return moved;
  }
}

/** The greatest multiple of 64 that is not above. */
function floor(value: bigint): bigint {
  return value - (((value % WORD) + WORD) % WORD);
}
