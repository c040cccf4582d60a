import type { Row } from '../../types/value.ts';

/** The rows of one partition in order, and where each row's peers begin and end. */
export class Partition {
  readonly rows: readonly Row[];
  /** The sort-key values of each row. */
  readonly keys: readonly Row[];
  /** For each row, the number of its peer group. */
  readonly groupOf: readonly number[];
  /** Where each peer group starts; one more entry marks the end. */
  readonly groupStarts: readonly number[];

  constructor(rows: readonly Row[], keys: readonly Row[], order: ((a: Row, b: Row) => number) | undefined) {
    this.rows = rows;
    this.keys = keys;
    const groupOf: number[] = [];
    const starts: number[] = [];
    for (let at = 0; at < rows.length; at++) {
      if (at === 0 || (order !== undefined && order(keys[at - 1], keys[at]) !== 0)) starts.push(at);
      groupOf.push(starts.length - 1);
    }
    starts.push(rows.length);
    this.groupOf = groupOf;
    this.groupStarts = starts;
  }

  get groupCount(): number {
    return this.groupStarts.length - 1;
  }

  peerStart(row: number): number {
    return this.groupStarts[this.groupOf[row]];
  }

  peerEnd(row: number): number {
    return this.groupStarts[this.groupOf[row] + 1];
  }
}
