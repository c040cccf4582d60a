import type { StoredValue } from '../../types/type.ts';
import { Numeric, canonicalInt8, type Row } from '../../types/value.ts';
import { unpackAt } from '../../kernels/bit-packing.ts';
import type { ValueSource } from './column-view.ts';

/** Integers by row, in the canonical form of an int8. */
export interface IntegerSource extends ValueSource {
  value(row: number): number | bigint;
}

export class ConstantSource implements ValueSource {
  readonly #value: StoredValue;

  constructor(value: StoredValue) {
    this.#value = value;
  }

  value(): StoredValue {
    return this.#value;
  }

  fill(into: Row[], start: number, place: number, _from: number, count: number): number {
    const value = this.#value;
    for (let at = 0; at < count; at++) into[start + at][place] = value;
    return 0;
  }
}

/** base + code; `base` and every sum are safe integers. */
export class PackedSource implements IntegerSource {
  readonly #words: Uint32Array;
  readonly #width: number;
  readonly #base: number;

  constructor(words: Uint32Array, width: number, base: number) {
    this.#words = words;
    this.#width = width;
    this.#base = base;
  }

  value(row: number): number {
    return this.#base + unpackAt(this.#words, row, this.#width);
  }

  fill(into: Row[], start: number, place: number, from: number, count: number): number {
    const words = this.#words;
    const width = this.#width;
    const base = this.#base;
    for (let at = 0; at < count; at++) into[start + at][place] = base + unpackAt(words, from + at, width);
    return 0;
  }
}

/** base + code where sums may leave the safe integers. */
export class WidePackedSource implements IntegerSource {
  readonly #words: Uint32Array;
  readonly #width: number;
  readonly #base: bigint;

  constructor(words: Uint32Array, width: number, base: bigint) {
    this.#words = words;
    this.#width = width;
    this.#base = base;
  }

  value(row: number): number | bigint {
    return canonicalInt8(this.#base + BigInt(unpackAt(this.#words, row, this.#width)));
  }
}

export class Int32Source implements IntegerSource {
  readonly #values: Int32Array;

  constructor(values: Int32Array) {
    this.#values = values;
  }

  value(row: number): number {
    return this.#values[row];
  }

  fill(into: Row[], start: number, place: number, from: number, count: number): number {
    const values = this.#values;
    for (let at = 0; at < count; at++) into[start + at][place] = values[from + at];
    return 0;
  }
}

/** 64-bit integers as pairs of words. */
export class Int64Source implements IntegerSource {
  readonly #words: Int32Array;

  constructor(words: Int32Array) {
    this.#words = words;
  }

  value(row: number): number | bigint {
    const low = this.#words[row * 2] >>> 0;
    const high = this.#words[row * 2 + 1];
    const value = high * 0x100000000 + low;
    return Number.isSafeInteger(value) ? value : canonicalInt8((BigInt(high) << 32n) | BigInt(low));
  }
}

/** Runs of equal integers: row r is in the first run whose end is greater. */
export class RunSource implements IntegerSource {
  readonly #ends: Uint16Array;
  readonly #values: IntegerSource;
  #run = 0;

  constructor(ends: Uint16Array, values: IntegerSource) {
    this.#ends = ends;
    this.#values = values;
  }

  value(row: number): number | bigint {
    const ends = this.#ends;
    let run = this.#run;
    if (!(row < ends[run] && (run === 0 || row >= ends[run - 1]))) {
      let low = 0;
      let high = ends.length - 1;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (ends[middle] > row) high = middle;
        else low = middle + 1;
      }
      run = low;
      this.#run = run;
    }
    return this.#values.value(run);
  }
}

/** Numerics kept as integers at one scale, shown at that scale or at a scale of their own. */
export class ScaledSource implements ValueSource {
  readonly #integers: IntegerSource;
  readonly #scale: number;
  readonly #displayScales: Uint16Array | undefined;

  constructor(integers: IntegerSource, scale: number, displayScales: Uint16Array | undefined) {
    this.#integers = integers;
    this.#scale = scale;
    this.#displayScales = displayScales;
  }

  value(row: number): Numeric {
    const integer = this.#integers.value(row);
    if (this.#displayScales === undefined) return new Numeric(integer, this.#scale);
    const scale = this.#displayScales[row];
    const spare = this.#scale - scale;
    if (spare === 0 || integer === 0) return new Numeric(integer, scale);
    // Exact: the writer multiplied by the same power.
    return new Numeric(typeof integer === 'number' && spare <= 15 ? integer / 10 ** spare : BigInt(integer) / 10n ** BigInt(spare), scale);
  }
}
