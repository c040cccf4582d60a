/**
 * Batches that came in no order, put in the order of their keys and cut anew.
 *
 *     batches with keys ─ rows numbered batch × 2048 + row ─> merge sort by key ─> columns gathered, a leaf's worth at a time
 */
import { compareBytes } from '../../base/bytes.ts';
import type { LoadingKernels } from '../../kernels/loading.ts';
import type { LoadingMemory } from '../../kernels/loading-memory.ts';
import type { Key } from '../tree.ts';
import type { Row } from '../../types/value.ts';
import type { BatchColumn } from './batch-column.ts';
import { BatchKeys } from './batch-keys.ts';
import { BATCH_ROWS_MAX, ColumnBatch } from './column-batch.ts';

interface Held {
  readonly batch: ColumnBatch;
  readonly keys: BatchKeys;
}

/** Bytes of a row's number and sort key, twice. */
const ORDER_BYTES = 24;

export class BatchSorter {
  readonly #memory: LoadingMemory;
  readonly #held: Held[] = [];
  #bytes = 0;
  #rows = 0;

  constructor(memory: LoadingMemory) {
    this.#memory = memory;
  }

  /** Bytes of memory that sorting what is held needs. */
  get bytes(): number {
    return this.#bytes + this.#rows * ORDER_BYTES;
  }

  get rows(): number {
    return this.#rows;
  }

  /** Takes a batch whose strings are its own. */
  add(batch: ColumnBatch, keys: BatchKeys): void {
    this.#held.push({ batch, keys });
    this.#bytes += batch.heldBytes + keys.heldBytes;
    this.#rows += batch.rows;
  }

  /** Everything held, in order, at most `rowsMax()` rows at a time; the first row whose key another has too, instead of the batch that it is in. */
  *sorted(rowsMax: () => number): Generator<{ readonly duplicate: Row } | { readonly batch: ColumnBatch; readonly keys: BatchKeys }> {
    const [first] = this.#held;
    if (first === undefined) return;
    const order = this.#order();
    const { schema } = first.batch;
    const batch = new ColumnBatch(schema, this.#memory);
    const keys = new BatchKeys(schema, this.#memory);
    let previous: Key | undefined;
    for (let from = 0; from < this.#rows; from += batch.rows) {
      batch.clear();
      this.#gather(order, from, Math.min(rowsMax(), this.#rows - from), batch, keys);
      const twin = keys.firstDisorder(previous);
      if (twin < keys.count) {
        yield { duplicate: batch.rowAt(twin) }; // in order but not strictly
        break;
      }
      previous = keys.keyAt(batch.rows - 1);
      yield { batch, keys };
    }
    batch.release();
    keys.release();
    order.release();
  }

  /** Gives all batches back. */
  clear(): void {
    for (const { batch, keys } of this.#held) {
      batch.release();
      keys.release();
    }
    this.#held.length = 0;
    this.#bytes = 0;
    this.#rows = 0;
  }

  #order(): Order {
    const { kernels } = this.#memory;
    return kernels === undefined ? this.#plainOrder() : this.#quickOrder(kernels);
  }

  #quickOrder(kernels: LoadingKernels): Order {
    const memory = this.#memory;
    const count = this.#rows;
    const heads = memory.allocate(count * 8);
    const rows = memory.allocate(count * 4);
    const otherHeads = memory.allocate(count * 8);
    const otherRows = memory.allocate(count * 4);
    const table = memory.allocate(this.#held.length * 8);
    const skip = this.#sharedBytes();
    let at = 0;
    this.#held.forEach(({ keys, batch }, number) => {
      memory.u32.set([keys.bytes, keys.ends], (table >>> 2) + 2 * number);
      kernels.headsOfKeys(keys.bytes, keys.ends, batch.rows, skip, heads + at * 8);
      for (let row = 0; row < batch.rows; row++) memory.u32[(rows >>> 2) + at + row] = number * BATCH_ROWS_MAX + row;
      at += batch.rows;
    });
    kernels.sortRows(heads, rows, count, otherHeads, otherRows, table);
    memory.release(heads, count * 8);
    memory.release(otherHeads, count * 8);
    memory.release(otherRows, count * 4);
    return {
      rows,
      table,
      release: () => {
        memory.release(rows, count * 4);
        memory.release(table, this.#held.length * 8);
      },
    };
  }

  #plainOrder(): Order {
    const memory = this.#memory;
    const count = this.#rows;
    const all = this.#held.flatMap(({ keys, batch }, number) =>
      Array.from({ length: batch.rows }, (_, row) => ({ key: keys.keyAt(row), number: number * BATCH_ROWS_MAX + row })),
    );
    all.sort((a, b) => compareBytes(a.key, b.key) || a.number - b.number);
    const rows = memory.allocate(count * 4);
    all.forEach(({ number }, at) => (memory.u32[(rows >>> 2) + at] = number));
    return { rows, table: 0, release: () => memory.release(rows, count * 4) };
  }

  /** How many leading bytes all keys share. */
  #sharedBytes(): number {
    const [{ keys }] = this.#held;
    let shared = keys.keyAt(0);
    for (const held of this.#held) shared = shared.subarray(0, held.keys.sharedBytes(shared));
    return shared.length;
  }

  #gather(order: Order, from: number, count: number, into: ColumnBatch, keys: BatchKeys): void {
    const { kernels } = this.#memory;
    const rows = order.rows + from * 4;
    into.columns.forEach((column, position) => {
      const sources = this.#held.map(({ batch }) => batch.columns[position]);
      if (kernels !== undefined && sources.every(isPlain) && sameScale(sources)) this.#gatherQuickly(kernels, sources, column, rows, count);
      else this.#gatherPlainly(sources, column, rows, count);
    });
    into.advance(count, 0);
    if (kernels === undefined) {
      keys.make(into);
      return;
    }
    this.#gatherKeys(kernels, order, rows, count, keys);
  }

  #gatherQuickly(kernels: LoadingKernels, sources: readonly BatchColumn[], into: BatchColumn, rows: number, count: number): void {
    const memory = this.#memory;
    const table = memory.allocate(sources.length * 4);
    memory.u32.set(
      sources.map((source) => source.data),
      table >>> 2,
    );
    if (into.width === 8) kernels.gather8(table, rows, count, into.data);
    else if (into.width === 4) kernels.gather4(table, rows, count, into.data);
    else kernels.gather1(table, rows, count, into.data);
    memory.u32.set(
      sources.map((source) => source.nulls),
      table >>> 2,
    );
    kernels.gather1(table, rows, count, into.nulls);
    memory.release(table, sources.length * 4);
    into.hasNulls = sources.some((source) => source.hasNulls);
    if (into.form === 'decimal') into.scale = sources[0].scale;
  }

  #gatherPlainly(sources: readonly BatchColumn[], into: BatchColumn, rows: number, count: number): void {
    for (let at = 0; at < count; at++) {
      const number = this.#memory.u32[(rows >>> 2) + at];
      into.set(at, sources[Math.floor(number / BATCH_ROWS_MAX)].get(number % BATCH_ROWS_MAX));
    }
  }

  #gatherKeys(kernels: LoadingKernels, order: Order, rows: number, count: number, into: BatchKeys): void {
    const { u32 } = this.#memory;
    let bytes = 0;
    for (let at = 0; at < count; at++) {
      const number = u32[(rows >>> 2) + at];
      const ends = (this.#held[Math.floor(number / BATCH_ROWS_MAX)].keys.ends >>> 2) + (number % BATCH_ROWS_MAX);
      bytes += u32[ends] - (number % BATCH_ROWS_MAX === 0 ? 0 : u32[ends - 1]);
    }
    into.reserve(bytes, count);
    kernels.gatherKeys(order.table, rows, count, into.bytes, into.ends);
    for (let at = 0; at < count; at++) {
      const number = this.#memory.u32[(rows >>> 2) + at];
      const { keys } = this.#held[Math.floor(number / BATCH_ROWS_MAX)];
      this.#memory.u8[into.whole + at] = this.#memory.u8[keys.whole + (number % BATCH_ROWS_MAX)];
    }
  }
}

/** Row numbers in order (u32 each), and the table of keys that kernels find them by. */
interface Order {
  readonly rows: number;
  readonly table: number;
  release(): void;
}

function isPlain({ exceptions }: BatchColumn): boolean {
  return exceptions === undefined || exceptions.size === 0;
}

function sameScale(sources: readonly BatchColumn[]): boolean {
  return sources.every(({ form, scale }) => form !== 'decimal' || scale === sources[0].scale);
}
