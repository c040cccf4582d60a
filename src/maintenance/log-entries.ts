/** The log as a list of what happened: per record who wrote it, when, and how many rows of which trees. */
import { assert } from '../base/assert.ts';
import type { Slot, TreeId } from '../storage/tree.ts';
import type { Database } from '../transaction/database.ts';
import type { Control, LogRecord, WriterId } from '../transaction/record.ts';
import { recordsBetween } from './records.ts';

export interface LogEntry {
  readonly slot: Slot;
  /** timestamptz microseconds. */
  readonly committedAt: number;
  /** Of the process that wrote it: another one each time a database is opened. */
  readonly writer: WriterId;
  readonly transactions: number;
  readonly changes: readonly TreeChange[];
  readonly controls: readonly Control[];
}

/** What a record did to one tree. */
export interface TreeChange {
  readonly tree: TreeId;
  /** Rows put: inserted or replaced. */
  readonly written: number;
  readonly deleted: number;
  /** Rows loaded in bulk. */
  readonly loaded: number;
  /** Whether every row before was forgotten. */
  readonly cleared: boolean;
}

/** The records that are in the bucket, newest first, from the newest at a moment after the call on. */
export async function* logEntries(database: Database): AsyncGenerator<LogEntry> {
  await database.confirm({ kind: 'linearizable' });
  const { fence } = database.root;
  assert(fence !== undefined, 'an open database has read root');
  for await (const record of recordsBetween(database.store, database.runtime, fence.boundary, database.slot)) yield entryOf(record);
}

function entryOf({ slot, committedAt, writer, transactions }: LogRecord): LogEntry {
  const changes = new Map<TreeId, { tree: TreeId; written: number; deleted: number; loaded: number; cleared: boolean }>();
  const changeOf = (tree: TreeId): NonNullable<ReturnType<typeof changes.get>> => {
    const known = changes.get(tree) ?? { tree, written: 0, deleted: 0, loaded: 0, cleared: false };
    changes.set(tree, known);
    return known;
  };
  for (const transaction of transactions) {
    for (const { tree, cleared, rows } of transaction.writes) {
      const change = changeOf(tree);
      change.cleared ||= cleared;
      for (const { row } of rows) {
        if (row === null) change.deleted++;
        else change.written++;
      }
    }
    for (const { tree, rows } of transaction.bulk) changeOf(tree).loaded += rows;
  }
  return {
    slot,
    committedAt,
    writer,
    transactions: transactions.length,
    changes: [...changes.values()].sort((a, b) => a.tree - b.tree),
    controls: transactions.flatMap(({ controls }) => controls),
  };
}
