import { LEAF_ROWS_MAX } from '../leaf.ts';

/** Bytes that a leaf is to come to. */
const LEAF_BYTES_WANTED = 128 * 1024;

/** Rows of the first leaf at most, when nothing is known of them. */
const ROWS_FIRST = 1024;
const ROWS_MIN = 16;

/** How many rows the next leaf is to have, by what the one before came to. */
export class LeafSize {
  #rowsMax = ROWS_FIRST;

  get rowsMax(): number {
    return this.#rowsMax;
  }

  /** A leaf of `rows` rows took so many bytes. */
  note(rows: number, bytes: number): void {
    this.#rowsMax = Math.max(ROWS_MIN, Math.min(LEAF_ROWS_MAX, Math.round((LEAF_BYTES_WANTED * rows) / bytes)));
  }
}
