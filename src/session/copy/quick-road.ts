/**
 * Records by the thousand, column by column, from bytes into the table's batch without a string or a row in between.
 *
 *     bytes ─> records and fields (kernel) ─> each field of all records into its column (kernel) ─> unusual records one by one ─> batch
 *
 * Invariants
 *   Q1  What the kernels read is what the plain road would read; whatever they are not sure of makes a record unusual.
 *   Q2  An unusual record takes the plain road, in its turn: errors come in the order of the data, the first is the one that is thrown.
 */
import type { LoadingKernels } from '../../kernels/loading.ts';
import type { LoadingMemory } from '../../kernels/loading-memory.ts';
import type { ColumnBatch } from '../../storage/bulk/column-batch.ts';
import type { Row } from '../../types/value.ts';
import { located, notText } from './copy-error.ts';
import { PlainRoad, type Road } from './plain-road.ts';
import { quickColumn, type ReadColumn } from './quick-column.ts';
import { RecordBlock } from './record-block.ts';
import { recordOf, type CopyRecord } from './record-reader.ts';
import type { RecordRows } from './record-rows.ts';

const LINE_BREAK = Uint8Array.of(10);

/** Records are looked for once so many bytes are at hand. */
const LOAD_BYTES = 256 * 1024;

export class QuickRoad implements Road {
  readonly #rows: RecordRows;
  readonly #memory: LoadingMemory;
  readonly #block: RecordBlock;
  #readers: readonly ReadColumn[];
  #count = 0;

  private constructor(rows: RecordRows, memory: LoadingMemory, kernels: LoadingKernels) {
    this.#rows = rows;
    this.#memory = memory;
    this.#block = new RecordBlock(memory, kernels, rows.format);
    this.#readers = readersOf(rows, memory);
  }

  /** This road for `rows`; undefined where it does not go: rows must be judged as wholes, or the host has no kernels. */
  static of(rows: RecordRows): QuickRoad | undefined {
    const { memory } = rows.loader.batch;
    const { kernels } = memory;
    const { columns, constraints } = rows.table;
    if (kernels === undefined || !RecordBlock.reads(rows.format) || rows.maker.columns.length === 0) return undefined;
    if (constraints.some(({ kind }) => kind === 'check') || columns.some(({ generated }) => generated !== undefined)) return undefined;
    return new QuickRoad(rows, memory, kernels);
  }

  get rows(): number {
    return this.#count;
  }

  async push(chunk: Uint8Array): Promise<void> {
    const block = this.#block;
    if (block.isOver) return;
    for (let at = block.take(chunk); at < chunk.length && !block.isOver; at += block.take(chunk.subarray(at))) {
      await this.#load();
      this.#makeRoom();
    }
    if (block.rest >= LOAD_BYTES) await this.#load();
  }

  async end(): Promise<void> {
    const block = this.#block;
    if (block.isOver) return;
    await this.#load();
    if (block.isOver || block.rest === 0) return;
    // The last line break may be missing.
    this.#makeRoom();
    block.take(LINE_BREAK);
    await this.#load();
    if (block.isOver) return;
    const rest = block.takeRest();
    if (rest.length === 0) return;
    const plain = new PlainRoad(this.#rows, block.line);
    await plain.push(rest.subarray(0, rest.length - 1));
    await plain.end();
    this.#count += plain.rows;
  }

  /** Everything that is moved must not be referred to any more. */
  #makeRoom(): void {
    this.#rows.loader.batch.settle();
    this.#block.makeRoom();
  }

  /** Loads every whole record at hand. */
  async #load(): Promise<void> {
    const block = this.#block;
    while (!block.isOver) {
      const isHeader = this.#rows.isHeaderDue;
      const found = block.find(this.#rows.maker.columns.length, isHeader ? 1 : undefined);
      if (found === 0) return;
      const wrong = block.firstWrong(found);
      const count = wrong?.records ?? found;
      if (isHeader && count > 0) {
        this.#rows.readHeader(this.#recordAt(0));
        this.#readers = readersOf(this.#rows, this.#memory);
        block.advance(1, found);
        continue;
      }
      for (let from = 0; from < count;) from += await this.#read(from, count - from);
      if (wrong !== undefined) throw notText(wrong.bytes, `COPY ${this.#rows.table.name}, line ${block.lineAt(count)}`);
      block.advance(found, found);
    }
  }

  /** Takes records from number `from` on, at most `count`, as many as there is room for; how many. */
  async #read(from: number, most: number): Promise<number> {
    const { loader } = this.#rows;
    const { batch } = loader;
    const block = this.#block;
    const count = block.countWithin(from, Math.min(most, batch.room), batch.bytesRoom);
    const base = batch.rows;
    batch.borrow(block.low, block.high);
    const rowId = loader.newRowIds(count);
    for (const read of this.#readers) read(block, from, count, batch, base);
    const { rowId: position } = batch.schema;
    if (rowId !== undefined && position !== undefined) batch.columns[position].setSequence(base, count, rowId);
    const hasDefaults = this.#rows.maker.defaults.length > 0;
    const next = (record: number): number => (hasDefaults ? record : block.nextUnusual(record, from + count));
    for (let at = next(from); at < from + count; at = next(at + 1)) {
      const row = base + at - from;
      if (!block.isUnusual(at) && (await this.#setDefaults(batch, row, at))) continue;
      const record = this.#recordAt(at);
      const values = this.#rows.parsed(record);
      const completed = this.#rows.complete(values, record, rowId === undefined ? undefined : nth(rowId, at - from));
      if (completed instanceof Promise) await completed;
      batch.set(row, values);
    }
    const where = (): string => `COPY ${this.#rows.table.name}, line ${block.lineAt(from + count - 1)}`;
    await loader.advance(count, block.bytesOf(from, count)).catch((error: unknown) => {
      throw located(error, where());
    });
    this.#count += count;
    return count;
  }

  /** Puts in the values of columns that records do not have. False when one is null and may not be. */
  async #setDefaults(batch: ColumnBatch, at: number, record: number): Promise<boolean> {
    const { maker, table } = this.#rows;
    const values: Row = [];
    try {
      const completed = maker.complete(values);
      if (completed instanceof Promise) await completed;
    } catch (error) {
      throw located(error, this.#rows.where(this.#recordAt(record)));
    }
    for (const position of maker.defaults) {
      if (values[position] === null && table.columns[position].notNull) return false;
      batch.columns[position].set(at, values[position]);
    }
    return true;
  }

  #recordAt(record: number): CopyRecord {
    return recordOf(this.#rows.format, this.#block.textAt(record), this.#block.lineAt(record));
  }
}

function readersOf({ maker }: RecordRows, memory: LoadingMemory): ReadColumn[] {
  return maker.columns.map((column, field) =>
    quickColumn(column, field, maker.positions[field], maker.parsers[field], maker.areDomains[field], memory),
  );
}

/** The `count`-th row id behind `first`. */
function nth(first: number | bigint, count: number): number | bigint {
  return typeof first === 'bigint' ? first + BigInt(count) : first + count;
}
