/** A statement under way within a block: rows are pulled, and the tag is known at the end. */
import type { Row } from '../types/value.ts';
import type { Field, StatementResult } from './session.ts';

export interface Running {
  readonly fields: readonly Field[] | undefined;
  /** The next rows, null at the end. */
  next(): readonly Row[] | null | Promise<readonly Row[] | null>;
  /** Known once `next` has answered null. */
  tag(): string;
  rowCount(): number | undefined;
  close(): void;
}

/** A command that is over when it answers. */
export function finished(tag: string, rows?: { readonly fields: readonly Field[]; readonly rows: readonly Row[] }): Running {
  let pending = rows === undefined || rows.rows.length === 0 ? null : rows.rows;
  return {
    fields: rows?.fields,
    next() {
      const batch = pending;
      pending = null;
      return batch;
    },
    tag: () => tag,
    rowCount: () => rows?.rows.length,
    close() {},
  };
}

/** Pulls everything. */
export async function drain(running: Running): Promise<StatementResult> {
  const rows: Row[] = [];
  try {
    for (;;) {
      const pulled = running.next();
      const batch = pulled instanceof Promise ? await pulled : pulled;
      if (batch === null) break;
      for (const row of batch) rows.push(row);
    }
    return { tag: running.tag(), rowCount: running.rowCount(), fields: running.fields, rows };
  } finally {
    running.close();
  }
}
