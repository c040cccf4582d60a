/** A statement under way within a block: rows are pulled, and the tag is known at the end. */
import type { Row, Value } from '../types/value.ts';
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

/** Rows pulled, and those beyond what was wanted. */
export interface PulledRows {
  readonly rows: readonly (readonly Value[])[];
  readonly rest: readonly (readonly Value[])[];
  readonly ended: boolean;
}

/** The rows in `buffered` and more, up to `limit` (all when 0). Looks one row ahead, to know whether it was the last. */
export async function pullRows(running: Running, buffered: PulledRows['rows'], limit: number): Promise<PulledRows> {
  const rows = [...buffered];
  let ended = false;
  while (!ended && (limit === 0 || rows.length <= limit)) {
    const batch = await running.next();
    if (batch === null) ended = true;
    else rows.push(...batch);
  }
  if (limit !== 0 && rows.length > limit) return { rows: rows.slice(0, limit), rest: rows.slice(limit), ended: false };
  return { rows, rest: [], ended };
}
