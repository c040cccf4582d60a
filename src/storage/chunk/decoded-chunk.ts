/**
 * A whole chunk decoded for kernels: numbers as they lie in a vector, strings as bytes with ends, nulls as bytes.
 *
 * What does not fit a vector (a value out of line, a numeric that is no scaled integer) is answered by undefined: the caller
 * then goes by rows.
 */
import { SqlError } from '../../base/sql-error.ts';
import { utf8 } from '../../base/bytes.ts';
import { packedBytes, unpackBits } from '../../kernels/bit-packing.ts';
import type { Physical, StoredValue } from '../../types/type.ts';
import { Numeric } from '../../types/value.ts';
import { CellReader } from '../cell-reader.ts';
import { CHUNK_FLAG, ENCODING, PHYSICAL_OF_CODE, type ChunkEntry } from './chunk-entry.ts';
import { SectionReader } from './section-reader.ts';

/** Values of a column, one a row. `nulls` has a byte a row, 1 for null; undefined: there are none. */
export type DecodedChunk = DecodedNumbers | DecodedStrings | DecodedDictionary;

export interface DecodedNumbers {
  readonly kind: 'i32' | 'i64' | 'f64' | 'bool';
  /** i32: Int32Array; i64: pairs of words, low first; f64: Float64Array; bool: bytes of 0 and 1. */
  readonly values: Int32Array | Float64Array | Uint8Array;
  readonly nulls: Uint8Array | undefined;
}

export interface DecodedStrings {
  readonly kind: 'str';
  /** Exclusive ends in `bytes`, a row each. */
  readonly ends: Uint32Array;
  readonly bytes: Uint8Array;
  readonly nulls: Uint8Array | undefined;
}

export interface DecodedDictionary {
  readonly kind: 'dict';
  /** The place of each row's value in the dictionary. */
  readonly codes: Uint32Array;
  readonly ends: Uint32Array;
  readonly bytes: Uint8Array;
  readonly nulls: Uint8Array | undefined;
}

const cells = new CellReader('a constant chunk');

/**
 * Decodes `raw` (verified, decompressed) of `rows` rows. Rows that lack the column read as `missing` (stored form); numerics come out
 * as integers of `scale` decimal places. SQLSTATE XX001 naming `object` when the bytes do not hold together.
 */
export function decodeChunk(
  entry: ChunkEntry,
  raw: Uint8Array,
  rows: number,
  scale: number,
  missing: StoredValue | null,
  object: string,
): DecodedChunk | undefined {
  const { flags, encoding } = entry;
  if ((flags & (CHUNK_FLAG.external | CHUNK_FLAG.cells | CHUNK_FLAG.scales)) !== 0) return undefined;
  if ((flags & CHUNK_FLAG.absent) !== 0 && missing !== null) return undefined;
  const damaged = (): never => {
    throw new SqlError('data_corrupted', `${object} is damaged: the chunk of column ${entry.column} does not hold together`);
  };
  const sections = new SectionReader(raw, damaged);
  const bitmapBytes = (rows + 7) >> 3;
  let nulls: Uint8Array | undefined;
  for (const flag of [CHUNK_FLAG.nulls, CHUNK_FLAG.absent]) {
    if ((flags & flag) !== 0) nulls = bitsToBytes(sections.bytes(bitmapBytes), rows, nulls);
  }
  const physical = PHYSICAL_OF_CODE[entry.physical];
  if (encoding === ENCODING.nothing || physical === undefined) return undefined;
  return new ChunkDecoding(entry, sections, rows, damaged).decode(physical, scale, nulls);
}

class ChunkDecoding {
  readonly #entry: ChunkEntry;
  readonly #sections: SectionReader;
  readonly #rows: number;
  readonly #damaged: () => never;

  constructor(entry: ChunkEntry, sections: SectionReader, rows: number, damaged: () => never) {
    this.#entry = entry;
    this.#sections = sections;
    this.#rows = rows;
    this.#damaged = damaged;
  }

  decode(physical: Physical, scale: number, nulls: Uint8Array | undefined): DecodedChunk | undefined {
    const rows = this.#rows;
    switch (physical) {
      case 'bool':
        this.#expectPlain();
        return { kind: 'bool', values: bitsToBytes(this.#sections.bytes((rows + 7) >> 3), rows, undefined), nulls };
      case 'float32':
        this.#expectPlain();
        return { kind: 'f64', values: Float64Array.from(this.#sections.typed(rows * 4, Float32Array)), nulls };
      case 'float64':
        this.#expectPlain();
        return { kind: 'f64', values: this.#sections.typed(rows * 8, Float64Array), nulls };
      case 'int32':
      case 'int64':
        return numbers(this.#integers(physical, this.#entry.encoding, rows), nulls);
      case 'numeric':
        return this.#numerics(scale, nulls);
      case 'text':
      case 'bytes':
        return this.#strings(nulls);
    }
  }

  #numerics(scale: number, nulls: Uint8Array | undefined): DecodedNumbers | undefined {
    const constant = this.#entry.encoding === ENCODING.constant ? this.#constant() : undefined;
    if (constant instanceof Numeric) {
      if (constant.kind !== 'finite' || constant.scale > scale) return undefined;
      const value = BigInt(constant.coefficient) * 10n ** BigInt(scale - constant.scale);
      return BigInt.asIntN(64, value) === value ? numbers(this.#repeated(value, this.#rows), nulls) : undefined;
    }
    if (this.#entry.scale > scale) return undefined;
    const integers = constant === undefined ? this.#integers('int64', this.#entry.encoding, this.#rows) : this.#repeatedInteger(constant);
    const scaled = multiplied(integers, 10n ** BigInt(scale - this.#entry.scale));
    return scaled === undefined ? undefined : numbers(scaled, nulls);
  }

  /** Integers as 32 bits where all fit, else as pairs of words. */
  #integers(physical: 'int32' | 'int64', encoding: number, count: number): Int32Array | Words {
    switch (encoding) {
      case ENCODING.constant:
        return this.#repeatedInteger(this.#constant());
      case ENCODING.packed: {
        const { width, base } = this.#entry;
        if (width > 32) return this.#damaged();
        const packed = this.#sections.typed(packedBytes(count, width), Uint32Array);
        const codes = new Uint32Array(count);
        unpackBits(packed, 0, count, width, codes);
        return withBase(codes, base, width);
      }
      case ENCODING.plain:
        return physical === 'int32'
          ? this.#sections.typed(count * 4, Int32Array)
          : narrowed(new Words(this.#sections.typed(count * 8, Int32Array)));
      case ENCODING.runs: {
        const runs = this.#sections.peekCount();
        if (runs === 0 || runs > count) return this.#damaged();
        const section = this.#sections.bytes(4 + runs * 2);
        const ends = new Uint16Array(section.buffer, section.byteOffset + 4, runs);
        return this.#expanded(ends, this.#integers(physical, ENCODING.plain, runs), count);
      }
      default:
        return this.#damaged();
    }
  }

  #expanded(ends: Uint16Array, values: Int32Array | Words, count: number): Int32Array | Words {
    const narrow = values instanceof Int32Array;
    const source = narrow ? values : values.words;
    const into = new Int32Array(narrow ? count : count * 2);
    let row = 0;
    for (let run = 0; run < ends.length; run++) {
      const end = ends[run];
      if (end < row || end > count) return this.#damaged();
      if (narrow) into.fill(source[run], row, end);
      else
        for (let at = row; at < end; at++) {
          into[at * 2] = source[run * 2];
          into[at * 2 + 1] = source[run * 2 + 1];
        }
      row = end;
    }
    if (row !== count) this.#damaged();
    return narrow ? into : new Words(into);
  }

  #strings(nulls: Uint8Array | undefined): DecodedStrings | DecodedDictionary {
    const rows = this.#rows;
    switch (this.#entry.encoding) {
      case ENCODING.constant: {
        const value = this.#constant();
        const bytes = typeof value === 'string' ? utf8(value) : value instanceof Uint8Array ? value : this.#damaged();
        return { kind: 'dict', codes: new Uint32Array(rows), ends: Uint32Array.of(bytes.length), bytes, nulls };
      }
      case ENCODING.plain: {
        const ends = this.#ends(this.#sections.typed(rows * 4, Uint32Array));
        return { kind: 'str', ends, bytes: this.#sections.bytes(ends[rows - 1]), nulls };
      }
      case ENCODING.dictionary: {
        const count = this.#sections.peekCount();
        if (count === 0 || count > rows) return this.#damaged();
        const section = this.#sections.bytes(4 + count * 4);
        const ends = this.#ends(new Uint32Array(section.buffer, section.byteOffset + 4, count));
        const bytes = this.#sections.bytes(ends[count - 1]);
        const { width } = this.#entry;
        if (width > 32) return this.#damaged();
        const codes = new Uint32Array(rows);
        unpackBits(this.#sections.typed(packedBytes(rows, width), Uint32Array), 0, rows, width, codes);
        for (let row = 0; row < rows; row++)
          if (codes[row] >= count) {
            if (nulls?.[row] !== 1) this.#damaged();
            codes[row] = 0;
          }
        return { kind: 'dict', codes, ends, bytes, nulls };
      }
      default:
        return this.#damaged();
    }
  }

  /** Ends that ascend, so that no string lies outside of its bytes. */
  #ends(ends: Uint32Array): Uint32Array {
    for (let at = 1; at < ends.length; at++) if (ends[at] < ends[at - 1]) this.#damaged();
    return ends;
  }

  #constant(): StoredValue {
    cells.open(this.#sections.rest());
    const value = cells.value(cells.varint());
    cells.finish();
    return value === null ? this.#damaged() : value;
  }

  #repeatedInteger(value: StoredValue): Int32Array | Words {
    return typeof value === 'number' || typeof value === 'bigint' ? this.#repeated(BigInt(value), this.#rows) : this.#damaged();
  }

  #repeated(value: bigint, count: number): Int32Array | Words {
    if (BigInt.asIntN(32, value) === value) return new Int32Array(count).fill(Number(value));
    const words = new BigInt64Array(count).fill(value);
    return new Words(new Int32Array(words.buffer));
  }

  #expectPlain(): void {
    if (this.#entry.encoding !== ENCODING.plain) this.#damaged();
  }
}

/** 64-bit integers as pairs of words, low first. */
class Words {
  readonly words: Int32Array;

  constructor(words: Int32Array) {
    this.words = words;
  }
}

function numbers(integers: Int32Array | Words, nulls: Uint8Array | undefined): DecodedNumbers {
  return integers instanceof Int32Array ? { kind: 'i32', values: integers, nulls } : { kind: 'i64', values: integers.words, nulls };
}

/** base + code for each code of `width` bits. */
function withBase(codes: Uint32Array, base: bigint, width: number): Int32Array | Words {
  const most = base + (1n << BigInt(width)) - 1n;
  if (BigInt.asIntN(32, base) === base && BigInt.asIntN(32, most) === most) {
    const add = Number(base);
    const values = new Int32Array(codes.buffer);
    for (let at = 0; at < codes.length; at++) values[at] = codes[at] + add;
    return values;
  }
  const words = new Int32Array(codes.length * 2);
  const low = Number(BigInt.asUintN(32, base));
  const high = Number(BigInt.asIntN(32, base >> 32n));
  for (let at = 0; at < codes.length; at++) {
    const sum = codes[at] + low;
    words[at * 2] = sum | 0;
    words[at * 2 + 1] = high + (sum > 0xffffffff ? 1 : 0);
  }
  return new Words(words);
}

/** As 32 bits where all fit. */
function narrowed(wide: Words): Int32Array | Words {
  const { words } = wide;
  const count = words.length >> 1;
  for (let at = 0; at < count; at++) if (words[at * 2] >> 31 !== words[at * 2 + 1]) return wide;
  const narrow = new Int32Array(count);
  for (let at = 0; at < count; at++) narrow[at] = words[at * 2];
  return narrow;
}

/** Each times `factor`; undefined when one leaves 64 bits. */
function multiplied(integers: Int32Array | Words, factor: bigint): Int32Array | Words | undefined {
  if (factor === 1n) return integers;
  const narrow = integers instanceof Int32Array;
  const count = narrow ? integers.length : integers.words.length >> 1;
  const source = narrow ? undefined : new BigInt64Array(integers.words.slice().buffer);
  const products = new BigInt64Array(count);
  for (let at = 0; at < count; at++) {
    const product = (narrow ? BigInt(integers[at]) : (source?.[at] ?? 0n)) * factor;
    if (BigInt.asIntN(64, product) !== product) return undefined;
    products[at] = product;
  }
  return narrowed(new Words(new Int32Array(products.buffer)));
}

/** A bitmap as a byte a row, laid over what `into` has. */
function bitsToBytes(bits: Uint8Array, rows: number, into: Uint8Array | undefined): Uint8Array {
  const bytes = into ?? new Uint8Array(rows);
  for (let row = 0; row < rows; row++) bytes[row] |= (bits[row >> 3] >> (row & 7)) & 1;
  return bytes;
}
