/**
 * What flows between the vector operators: batches of columns, each an address in the heap.
 *
 *     i32, i64, f64   4 or 8 bytes a row          bool   a byte a row, 0 or 1          nulls   a byte a row, 1 for null
 *     str             8 bytes a row: address, length of UTF-8 bytes anywhere in the heap
 *
 * Invariants
 *   V1  A batch has at most VECTOR_ROWS_MAX rows, and its columns stay valid until its producer is asked for the next.
 *   V2  A column of i64 may come as `i32` where all values fit, one of strings as codes into a dictionary: consumers that
 *       care ask for the wide form (`Widener`).
 */

/** The most rows of a batch; leaves with more come in parts. */
export const VECTOR_ROWS_MAX = 2048;

/** How values of an expression lie in a vector. */
export type VectorType = 'i32' | 'i64' | 'f64' | 'bool' | 'str';

/** A type of vector with its decimal places: numerics are integers times 10^-scale; 0 for everything else. */
export interface Form {
  readonly type: VectorType;
  readonly scale: number;
}

/** One column of a batch. Mutable: its owner points it elsewhere for every batch. */
export class Vector {
  readonly type: VectorType;
  /** Address of the values; of u32 codes when `dictionary` is not 0. */
  data = 0;
  /** Address of the null bytes, 0 when no row is null. */
  nulls = 0;
  /** Whether an i64 comes as i32. */
  isNarrow = false;
  /** Address of the dictionary's references, 0 when `data` are the values themselves. */
  dictionary = 0;
  dictionaryCount = 0;

  constructor(type: VectorType) {
    this.type = type;
  }

  /** Points at the same values as another vector of the type. */
  pointAt(other: Vector): void {
    this.data = other.data;
    this.nulls = other.nulls;
    this.isNarrow = other.isNarrow;
    this.dictionary = other.dictionary;
    this.dictionaryCount = other.dictionaryCount;
  }

  /** Points at plain values. */
  pointAtValues(data: number, nulls: number): void {
    this.data = data;
    this.nulls = nulls;
    this.isNarrow = false;
    this.dictionary = 0;
    this.dictionaryCount = 0;
  }
}

/** Rows as columns. */
export interface Batch {
  rows: number;
  /** Where set and not 0: a byte for each row, 0 for those that do not count; only for who asked for it (`VectorOperator.masksRows`). */
  mask?: number;
  readonly columns: readonly Vector[];
}

/** Bytes of one value. */
export function widthOfType(type: VectorType): 1 | 4 | 8 {
  switch (type) {
    case 'bool':
      return 1;
    case 'i32':
      return 4;
    default:
      return 8;
  }
}

/**
 * Thrown when vectors cannot go on where rows can: a number left its 64 bits, a division by zero that a condition may guard.
 * The plan is then run by rows, which answer exactly or raise the error that is due.
 */
export class VectorFallback extends Error {}

/** Ends the run over vectors when a kernel counted rows that it could not compute. */
export function orFallBack(failures: number): void {
  if (failures > 0) throw new VectorFallback('a value that vectors cannot hold');
}
