/** Two scans of one range as one, in key order. */
import { compareBytes } from '../base/bytes.ts';
import type { Cursor, Key, RowBatch } from '../storage/tree.ts';
import type { Row } from '../types/value.ts';

const BATCH_ROWS = 1024;

interface Side {
  readonly cursor: Cursor;
  batch: RowBatch | null;
  position: number;
  hasEnded: boolean;
}

/** The rows of `a` and `b`, which have no key in common and whose batches carry keys, merged. */
export function mergeCursors(a: Cursor, b: Cursor, reverse: boolean): Cursor {
  const sides: readonly [Side, Side] = [side(a), side(b)];

  function next(): RowBatch | null | Promise<RowBatch | null> {
    for (;;) {
      const hungry = sides.find((one) => one.batch === null && !one.hasEnded);
      if (hungry !== undefined) {
        const batch = hungry.cursor.next();
        if (batch instanceof Promise) return batch.then((loaded) => (fill(hungry, loaded), next()));
        fill(hungry, batch);
        continue;
      }
      const rows: Row[] = [];
      const keys: Key[] = [];
      while (rows.length < BATCH_ROWS && sides.every((one) => one.batch !== null || one.hasEnded)) {
        const from = chosen(sides, reverse);
        if (from === undefined || from.batch === null) break;
        rows.push(from.batch.rows[from.position]);
        keys.push(from.batch.keys[from.position]);
        if (++from.position === from.batch.keys.length) from.batch = null;
      }
      if (rows.length > 0) return { rows, keys };
      if (sides.every((one) => one.hasEnded)) return null;
    }
  }

  return {
    next,
    close() {
      a.close();
      b.close();
    },
  };
}

function side(cursor: Cursor): Side {
  return { cursor, batch: null, position: 0, hasEnded: false };
}

function fill(into: Side, batch: RowBatch | null): void {
  into.batch = batch;
  into.position = 0;
  if (batch === null) into.hasEnded = true;
}

function chosen([a, b]: readonly [Side, Side], reverse: boolean): Side | undefined {
  if (a.batch === null) return b.batch === null ? undefined : b;
  if (b.batch === null) return a;
  const order = compareBytes(a.batch.keys[a.position], b.batch.keys[b.position]);
  return (reverse ? order > 0 : order < 0) ? a : b;
}
