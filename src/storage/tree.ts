/**
 * The vocabulary of storage: trees, keys, ranges, cursors.
 *
 * Every table is a tree clustered on its primary key (or on a hidden row id), every secondary index a tree of its columns
 * and the table's key. A key is one memcomparable byte string: trees order by memcmp of keys and by nothing else.
 *
 * Invariants
 *   T1  A tree's id is never used again, not even after DROP.
 *   T2  A column's id is never used again within its tree: ADD and DROP COLUMN touch no page.
 *   T3  A row holds a value for every column of its schema; a stored row that lacks one reads as that column's `missing`.
 *   T4  The hidden row id of a committed row is (slot << 25) | ordinal; before commit its slot bits are all ones.
 */
import { assert } from '../base/assert.ts';
import type { Brand } from '../base/brand.ts';
import type { SqlType } from '../types/type.ts';
import type { Leaf } from './leaf-reader.ts';
import type { WholeRuns } from './run-columns.ts';
import type { Row, Value } from '../types/value.ts';

/** The number of a committed log record; 0 is the state before the first. */
export type Slot = Brand<number, 'Slot'>;

export function slot(value: number): Slot {
  assert(Number.isSafeInteger(value) && value >= 0, 'slots are whole and not negative', { value });
  return value as Slot;
}

export type TreeId = Brand<number, 'TreeId'>;

export function treeId(value: number): TreeId {
  assert(Number.isSafeInteger(value) && value >= 1, 'T1: tree ids start at 1', { value });
  return value as TreeId;
}

/** A column's stable number within its tree, from 1; 0 is the hidden row id. */
export type ColumnId = Brand<number, 'ColumnId'>;

export function columnId(value: number): ColumnId {
  assert(Number.isSafeInteger(value) && value >= 0, 'T2: column ids are not negative', { value });
  return value as ColumnId;
}

export const ROW_ID_COLUMN = columnId(0);

/** Bits of a hidden row id below its slot: at most 2^25 rows without a key in one record. */
export const ROW_ID_ORDINAL_BITS = 25;

export interface TreeColumn {
  readonly id: ColumnId;
  readonly type: SqlType;
  /** What rows written before this column existed hold. */
  readonly missing: Value;
}

export interface KeyPart {
  /** Position in `TreeSchema.columns`. */
  readonly column: number;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

/** The shape of one tree. Immutable: ALTER TABLE makes another of the same id. */
export interface TreeSchema {
  readonly id: TreeId;
  readonly columns: readonly TreeColumn[];
  readonly key: readonly KeyPart[];
  /** Position of the hidden row id (an int8) in `columns`; it is then the last part of the key, or a value of a unique index. */
  readonly rowId: number | undefined;
  /**
   * For a unique index: how many leading parts are the whole key when none of them is null. The remaining parts (the table's
   * key) are appended only where one is null, so that duplicates collide as writes and nulls never do.
   */
  readonly uniqueParts: number | undefined;
}

/** A memcomparable key. */
export type Key = Uint8Array;

/** Keys from `from` inclusive to `to` exclusive; undefined is open. */
export interface KeyRange {
  readonly from: Key | undefined;
  readonly to: Key | undefined;
}

export const WHOLE_TREE: KeyRange = { from: undefined, to: undefined };

/** Rows of a scan, in key order (or reverse). `keys[i]` belongs to `rows[i]`; empty when the scan was asked for none. */
export interface RowBatch {
  readonly rows: Row[];
  readonly keys: Key[];
  /** With `ScanOptions.slices`: rows as they lie in a leaf; `rows` is then empty. */
  readonly slice?: LeafSlice | undefined;
}

/** Rows [from, to) of a leaf, none of them a tombstone or overridden. */
export interface LeafSlice {
  readonly leaf: Leaf;
  readonly from: number;
  readonly to: number;
  /** The same as rows of the scan's columns. */
  rows(): Row[] | Promise<Row[]>;
}

/**
 * A running scan. `next` answers null at the end and a promise only when bytes are missing; batches are never empty and
 * belong to the caller. `close` releases pins however far the pulling got.
 */
export interface Cursor {
  next(): RowBatch | null | Promise<RowBatch | null>;
  /** Before the first `next` of a scan for slices: the runs that are all it would hand out; undefined or absent when it is more than that. */
  wholeRuns?: (() => WholeRuns | undefined) | undefined;
  close(): void;
}

export interface ScanOptions {
  /** Positions in `TreeSchema.columns` to materialise, in the order wanted; a row of the batch has exactly these. */
  readonly columns: readonly number[];
  readonly reverse?: boolean | undefined;
  /** Whether longer stretches of a leaf may come as slices: forward scans without keys only. */
  readonly slices?: boolean | undefined;
  /** Whether batches carry keys. */
  readonly keys?: boolean | undefined;
  /** How many rows the caller expects to pull, to bound prefetching; undefined: all. */
  readonly rowsWanted?: number | undefined;
  /** Column positions (not into `columns` of this struct but of the schema) with inclusive value bounds that rows outside may skip by zone map. */
  readonly bounds?: readonly ColumnBounds[] | undefined;
}

/** Rows whose column lies outside [min, max], or is null, may be left out by the scan (they need not be). Null is open. */
export interface ColumnBounds {
  readonly column: number;
  readonly min: Value;
  readonly max: Value;
}
