/**
 * Columns of leaves as vectors in the heap: decoded once, kept while there is room, pinned while somebody computes with them.
 *
 *     leaf, column ──> page table ── hit ──> pinned vector
 *                          └─ miss ──> verify, decompress, decode ──> block ──> pinned vector
 *
 *     block   data | nulls, a byte a row | references, 8 bytes each | string bytes        each at a multiple of 16, 16 bytes to spare
 *
 * Invariants
 *   C1  A vector stays where it is, with its bytes, from `pin` to the matching `unpin`.
 *   C2  Numbers keep their value whatever the width they come in: a column of 64-bit integers may come as 32 bits where all fit.
 */
import { Heap } from '../kernels/heap.ts';
import { NO_ENTRY, type EntryNumber } from '../kernels/page-table.ts';
import type { StoredValue } from '../types/type.ts';
import { CHUNK_FLAG, ENCODING } from './chunk/chunk-entry.ts';
import { decodeChunk, type DecodedChunk } from './chunk/decoded-chunk.ts';
import type { Leaf } from './leaf-reader.ts';
import { RunColumns } from './run-columns.ts';
import { ROW_ID_COLUMN } from './tree.ts';

/** What kernels can compute with. `dict`: codes into a list of strings. */
export type VectorKind = 'i32' | 'i64' | 'f64' | 'bool' | 'str' | 'dict';

/** What is wanted of a column. */
export interface ColumnWish {
  /** The column's id. */
  readonly id: number;
  readonly kind: 'i32' | 'i64' | 'f64' | 'bool' | 'str';
  /** Decimal places of numerics, which come as integers. */
  readonly scale: number;
  /** Whether blanks at the end of strings are left out of their references: character(n). */
  readonly trimmed: boolean;
  /** What rows hold that were written before the column was, in stored form. */
  readonly missing: StoredValue | null;
}

/** A pinned column. Addresses are the heap's. */
export interface ColumnVector {
  readonly entry: EntryNumber;
  readonly kind: VectorKind;
  /** i32, f64, i64, bool: values; str: references; dict: codes, u32 each. */
  readonly data: number;
  /** A byte a row, 1 for null; 0: there are none. */
  readonly nulls: number;
  /** dict: the references of its strings, and how many. */
  readonly dictionary: number;
  readonly dictionaryCount: number;
}

/** Columns of one leaf by variant; null where one cannot be had as a vector. */
export type LeafVectors = Map<number, ColumnVector | null>;

/** Numbers of the ways in which a column may be wanted: part of its key. */
const variants = new Map<string, number>();

/** A wish with its key, made once per scan. */
export interface KeyedWish extends ColumnWish {
  readonly key: number;
}

export function keyedWish(wish: ColumnWish): KeyedWish {
  const variant = `${wish.kind} ${wish.scale} ${wish.trimmed}`;
  let number = variants.get(variant);
  if (number === undefined) variants.set(variant, (number = variants.size));
  return { ...wish, key: wish.id * 256 + number };
}

/** Flags of chunks whose values are not all there, or have no common scale. */
const UNFIT = CHUNK_FLAG.external | CHUNK_FLAG.cells | CHUNK_FLAG.scales;

export class ColumnVectors {
  readonly heap: Heap;
  /** Whole runs as lists. */
  readonly runs: RunColumns;

  constructor(heap: Heap) {
    this.heap = heap;
    this.runs = new RunColumns(this);
  }

  /** Whether a column's values all lie in the leaf, in a form that vectors have, as far as the leaf's head tells. */
  mayHave(leaf: Leaf, wish: KeyedWish): boolean {
    const known = leaf.vectors.get(wish.key);
    if (known !== undefined) return known !== null;
    if (wish.id === ROW_ID_COLUMN && leaf.hasPlaceholders) return false;
    const entry = leaf.bounds(wish.id)?.entry;
    if (entry === undefined) return wish.missing === null;
    const lacksRows = (entry.flags & CHUNK_FLAG.absent) !== 0 || (entry.encoding === ENCODING.nothing && entry.nulls < leaf.rows);
    return (entry.flags & UNFIT) === 0 && !(lacksRows && wish.missing !== null);
  }

  /**
   * The column of a leaf, pinned; undefined when it cannot be had: values out of line, numerics that are no scaled integers, or no
   * room. SQLSTATE XX001 when the chunk is damaged.
   */
  pin(leaf: Leaf, wish: KeyedWish): ColumnVector | undefined {
    const known = leaf.vectors.get(wish.key);
    if (known === null) return undefined;
    if (known !== undefined) {
      const entry = this.heap.table.pinAt(known.entry, leaf.number, wish.key);
      if (entry !== NO_ENTRY) return known;
    }
    const made = this.#make(leaf, wish);
    if (made !== undefined) leaf.vectors.set(wish.key, made);
    return made ?? undefined;
  }

  unpin(vector: ColumnVector): void {
    this.heap.table.unpin(vector.entry);
  }

  #make(leaf: Leaf, wish: KeyedWish): ColumnVector | null | undefined {
    const decoded = decodedColumn(leaf, wish);
    if (decoded === undefined || !isOfKind(decoded, wish.kind)) {
      leaf.vectors.set(wish.key, null);
      return undefined;
    }
    const { rows } = leaf;
    const { nulls } = decoded;
    const isText = decoded.kind === 'str' || decoded.kind === 'dict';
    const data = isText ? (decoded.kind === 'str' ? undefined : decoded.codes) : decoded.values;
    const dataBytes = padded(data === undefined ? rows * 8 : data.byteLength);
    const nullBytes = nulls === undefined ? 0 : padded(rows);
    const dictionaryCount = decoded.kind === 'dict' ? decoded.ends.length : 0;
    const dictionaryBytes = decoded.kind === 'dict' ? padded(dictionaryCount * 8) : 0;
    const textBytes = isText ? padded(decoded.bytes.length) : 0;
    const entry = this.heap.allocate(leaf.number, wish.key, dataBytes + nullBytes + dictionaryBytes + textBytes);
    if (entry === NO_ENTRY) return undefined;
    const at = this.heap.table.addressOf(entry);
    const bytes = this.heap.bytes();
    if (data !== undefined) bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    const nullsAt = at + dataBytes;
    if (nulls !== undefined) bytes.set(nulls, nullsAt);
    const dictionary = nullsAt + nullBytes;
    if (isText) {
      const textAt = dictionary + dictionaryBytes;
      bytes.set(decoded.bytes, textAt);
      const references = new Uint32Array(this.heap.memory.buffer, decoded.kind === 'str' ? at : dictionary, decoded.ends.length * 2);
      writeReferences(references, decoded.ends, textAt, wish.trimmed ? decoded.bytes : undefined);
    }
    this.heap.table.publish(entry);
    return {
      entry,
      kind: decoded.kind,
      data: at,
      nulls: nulls === undefined ? 0 : nullsAt,
      dictionary: dictionaryCount === 0 ? 0 : dictionary,
      dictionaryCount,
    };
  }
}

/** References (address, length) of strings at `textAt`; with `trimmedIn`, their bytes, blanks at their ends are left out. */
function writeReferences(references: Uint32Array, ends: Uint32Array, textAt: number, trimmedIn: Uint8Array | undefined): void {
  let from = 0;
  for (let at = 0; at < ends.length; at++) {
    const end = ends[at];
    let to = end;
    if (trimmedIn !== undefined) while (to > from && trimmedIn[to - 1] === 0x20) to--;
    references[at * 2] = textAt + from;
    references[at * 2 + 1] = to - from;
    from = end;
  }
}

function decodedColumn(leaf: Leaf, wish: KeyedWish): DecodedChunk | undefined {
  if (wish.id === ROW_ID_COLUMN && leaf.hasPlaceholders) return undefined;
  const chunk = leaf.chunk(wish.id);
  if (chunk === undefined) return wish.missing === null ? allNull(wish.kind, leaf.rows) : undefined;
  const { entry } = chunk;
  if (entry.encoding === ENCODING.nothing) {
    const hasMissing = (entry.flags & CHUNK_FLAG.absent) !== 0 || entry.nulls < leaf.rows;
    return hasMissing && wish.missing !== null ? undefined : allNull(wish.kind, leaf.rows);
  }
  return decodeChunk(entry, chunk.raw, leaf.rows, wish.scale, wish.missing, chunk.object);
}

/** Whether values came as wanted (C2); a chunk of another type is for rows to complain of. */
function isOfKind({ kind }: DecodedChunk, wanted: ColumnWish['kind']): boolean {
  return kind === wanted || (wanted === 'i64' && kind === 'i32') || (wanted === 'str' && kind === 'dict');
}

function allNull(kind: ColumnWish['kind'], rows: number): DecodedChunk {
  const nulls = new Uint8Array(rows).fill(1);
  if (kind === 'str') return { kind: 'dict', codes: new Uint32Array(rows), ends: Uint32Array.of(0), bytes: new Uint8Array(0), nulls };
  if (kind === 'f64') return { kind, values: new Float64Array(rows), nulls };
  if (kind === 'bool') return { kind, values: new Uint8Array(rows), nulls };
  return { kind: 'i32', values: new Int32Array(rows), nulls };
}

/** Kernels may read and write up to the next multiple of 16, and 16 bytes beyond. */
function padded(bytes: number): number {
  return ((bytes + 15) & ~15) + 16;
}
