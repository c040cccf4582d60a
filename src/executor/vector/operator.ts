import type { ColumnRef } from '../../binder/expression.ts';
import type { ColumnInfo } from './expression/lower.ts';
import type { PipelineHead } from './parallel/pipeline.ts';
import type { Batch } from './vector.ts';

/**
 * One node of a running plan over vectors. Batches are pulled: nothing is read until asked for.
 *
 * Callers may rely on
 *   - every batch having between 1 and VECTOR_ROWS_MAX rows of `columns`, valid until `next` or `close` is called;
 *   - row order being the input's order, unless the operator is documented to change it;
 *   - `close()` releasing everything below, however far the pulling got, and being harmless when repeated.
 */
export interface VectorOperator {
  readonly columns: readonly ColumnInfo[];
  /** The next batch, null at the end. A promise only when bytes are missing. Throws `VectorFallback` where rows must take over. */
  next(): Batch | null | Promise<Batch | null>;
  close(): void;
  /**
   * Rows whose column lies outside of the bound need not come any more, whenever that is known before they are read. Absent where
   * nothing is ever passed over.
   */
  passOver?(column: ColumnRef, bound: MovingBound): void;
  /** Asks for rows that a filter leaves out to stay in batches, masked, rather than the others being moved together. Absent where nothing does so. */
  masksRows?(): void;
  /** What leads here from a scan, when other threads could run it too. Absent where nothing ever does. */
  pipeline?(): PipelineHead | undefined;
}

/** What is still wanted of a column, numbers as vectors hold them. It narrows while rows come. */
export interface MovingBound {
  least: number;
  greatest: number;
  admitsNulls: boolean;
}

/** Pulls everything, then closes the input. */
export function drainVectors(input: VectorOperator, each: (batch: Batch) => void): void | Promise<void> {
  for (;;) {
    const batch = input.next();
    if (batch instanceof Promise) return drainLater(batch, input, each);
    if (batch === null) break;
    each(batch);
  }
  input.close();
}

async function drainLater(first: Promise<Batch | null>, input: VectorOperator, each: (batch: Batch) => void): Promise<void> {
  let batch = await first;
  while (batch !== null) {
    each(batch);
    const next = input.next();
    batch = next instanceof Promise ? await next : next;
  }
  input.close();
}
