/**
 * Advances: transactions that take the next numbers of a counter, and nothing else. A counter is a row (id, last number given out, whether
 * any was). Where somebody else took numbers first that is no conflict: whoever puts an advance into a record computes its row anew from the
 * newest one, so that any number of writers draw from one counter in one record.
 *
 *     log: last = 32        intents: A takes 32, B takes 32        record: A writes 64, B writes 96
 *
 * Invariants
 *   A1  The row that a record has for an advance is computed from the newest row before it: in the log, then in the record.
 *   A2  What an advance took is told by the record that holds it, never by what its owner expected.
 *   A3  An advance has no bounds of its own, so that nobody's view of the log makes one impossible that another would commit: its owner looks at
 *       what it took. Only where there is no counter, or its row is not at hand, it waits, or is a conflict while nobody else knows of it.
 */
import { hexOf } from '../base/bytes.ts';
import { encodeRow, decodeRowAt, decoderOf } from '../storage/row-codec.ts';
import { columnId, treeId, type Key, type TreeSchema } from '../storage/tree.ts';
import { OID } from '../types/oid.ts';
import { canonicalInt8, type Row } from '../types/value.ts';
import type { TransactionRecord } from './record.ts';

/** The tree of counters: id, last number given out, whether any was. */
export const COUNTERS: TreeSchema = {
  id: treeId(16),
  columns: [OID.int8, OID.int8, OID.bool].map((oid, position) => ({
    id: columnId(position + 1),
    type: { oid, modifier: -1 },
    missing: null,
  })),
  key: [{ column: 0, descending: false, nullsFirst: false }],
  rowId: undefined,
  uniqueParts: undefined,
};

/** Positions of a whole row of `COUNTERS`. */
export const COUNTER_COLUMNS: readonly number[] = [0, 1, 2];

/** Takes the next numbers of the counter at `key`. */
export interface Advance {
  readonly key: Key;
  /** From one number to the next. */
  readonly step: bigint;
  /** How many are taken. */
  readonly count: number;
}

/** The row after an advance of `row`; undefined where there is none (A3). */
export function advanced(row: Row | null | undefined, { step, count }: Advance): Row | undefined {
  if (row === null || row === undefined) return undefined;
  const last = BigInt(row[1] as number | bigint) + step * BigInt(row[2] === true ? count : count - 1);
  return BigInt.asIntN(64, last) === last ? [row[0], canonicalInt8(last), true] : undefined;
}

/** What a record holds of an advance that leaves `row`. */
export function advanceRecord(id: TransactionRecord['id'], snapshot: TransactionRecord['snapshot'], key: Key, row: Row): TransactionRecord {
  return {
    id,
    snapshot,
    isolation: 'serializable',
    rowIds: 0,
    reads: [{ tree: COUNTERS.id, always: true, keys: [key], ranges: [] }],
    writes: [{ tree: COUNTERS.id, cleared: false, rows: [{ key, row: encodeRow(COUNTERS, row), keyHasRowId: false, rowHasRowId: false }] }],
    bulk: [],
    controls: [],
  };
}

/** The last number that an advance took, by the record that holds it (A2). */
export function lastOf(record: TransactionRecord): bigint | undefined {
  for (const write of record.writes.find(({ tree }) => tree === COUNTERS.id)?.rows ?? []) {
    if (write.row === null) continue;
    const [last] = decodeRowAt(decoderOf(COUNTERS, [1]), write.row, 0, write.row.length);
    return BigInt(last as number | bigint);
  }
  return undefined;
}

/** The counters as they are behind what a record to be holds so far. */
export class CounterRows {
  readonly #below: (key: Key) => Row | undefined;
  readonly #rows = new Map<string, Row>();

  /** `below`: the row as of the log, undefined where it cannot be told at once. */
  constructor(below: (key: Key) => Row | undefined) {
    this.#below = below;
  }

  /** The row that an advance would leave here. */
  after(advance: Advance): Row | undefined {
    return advanced(this.#rows.get(hexOf(advance.key)) ?? this.#below(advance.key), advance);
  }

  /** Whether the record to be advances this counter already: then it has no other writer in it. */
  has(key: Key): boolean {
    return this.#rows.has(hexOf(key));
  }

  took(key: Key, row: Row): void {
    this.#rows.set(hexOf(key), row);
  }
}
