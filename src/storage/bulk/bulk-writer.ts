/**
 * Bulk load: rows of one tree, in any order, become runs in fresh segments, ahead of the commit that will refer to them.
 *
 *     rows, columns ─> batch ─ full ─> keys ─┬─ held, until there are enough bytes for segments
 *                                            ├─ still in key order ─> leaf ─> the one run of what came in order
 *                                            └─ no longer ─> sorter ─ PART_BYTES ─> sorted ─> leaves ─> a run for each part
 *
 * Invariants
 *   W1  Nothing is written before so many bytes came; until then the rows may be taken back.
 *   W2  Memory is bounded by a part, a leaf and the segments under way, however many rows come.
 *   W3  Keys ascend strictly within a run; runs of one load may overlap.
 */
import { equalBytes } from '../../base/bytes.ts';
import { giveLoadingMemoryBack, takeLoadingMemory, type LoadingMemory } from '../../kernels/loading-memory.ts';
import type { Row } from '../../types/value.ts';
import { afterKey } from '../key-codec.ts';
import type { RunDescriptor } from '../run.ts';
import type { SegmentWriter } from '../segment.ts';
import type { KeyRange, TreeSchema } from '../tree.ts';
import { BatchKeys } from './batch-keys.ts';
import { BatchLeafWriter } from './batch-leaf.ts';
import { BatchSorter } from './batch-sorter.ts';
import { BulkRun } from './bulk-run.ts';
import { BATCH_ROWS_MAX, ColumnBatch } from './column-batch.ts';
import { LeafSize } from './leaf-size.ts';
import { PlaceholderRows } from './placeholder-rows.ts';

/** A run that was written, its pages durable; its slot is 0 until a record attaches it. `range` holds its keys, placeholders unresolved. */
export interface BulkPart {
  readonly run: RunDescriptor;
  readonly range: KeyRange;
}

export interface BulkWriterOptions {
  /** Bytes of values from which on segments are written; until then rows are held. */
  readonly segmentBytesMin?: number | undefined;
  /** Bytes of memory for rows that wait to be sorted. */
  readonly partBytes?: number | undefined;
  /** Where it works, when several writers share it; else a memory of its own. */
  readonly memory?: LoadingMemory | undefined;
}

const PART_BYTES = 128 * 1024 * 1024;

export class BulkWriter {
  readonly memory: LoadingMemory;
  /** What is known of row ids that are placeholders. */
  readonly placeholders: PlaceholderRows;
  readonly #schema: TreeSchema;
  readonly #segments: SegmentWriter;
  readonly #segmentBytesMin: number;
  readonly #partBytes: number;
  readonly #ownsMemory: boolean;
  readonly #size = new LeafSize();
  readonly #leaves: BatchLeafWriter;
  readonly #parts: BulkPart[] = [];
  readonly #spare: ColumnBatch[] = [];
  #batch: ColumnBatch;
  #keys: BatchKeys;
  /** Full batches, until segments are written. */
  #held: ColumnBatch[] | undefined = [];
  #heldBytes = 0;
  /** What leaves go into: the run of rows that come in order, or of a part. */
  #run: BulkRun | undefined;
  /** There once a row was out of order. */
  #sorter: BatchSorter | undefined;
  #duplicate: Row | undefined;
  #rows = 0;

  constructor(schema: TreeSchema, segments: SegmentWriter, options: BulkWriterOptions = {}) {
    this.#schema = schema;
    this.#segments = segments;
    this.#segmentBytesMin = options.segmentBytesMin ?? 0;
    this.#partBytes = options.partBytes ?? PART_BYTES;
    this.#ownsMemory = options.memory === undefined;
    this.memory = options.memory ?? takeLoadingMemory();
    this.placeholders = new PlaceholderRows(schema);
    this.#leaves = new BatchLeafWriter(this.memory, segments.crypto, (physical, bytes) => this.#openRun().pages.overflow(physical, bytes));
    this.#batch = new ColumnBatch(schema, this.memory);
    this.#keys = new BatchKeys(schema, this.memory);
  }

  /** Where rows go by column; `advanced` must follow. It has room for one at least. */
  get batch(): ColumnBatch {
    return this.#batch;
  }

  /** Rows taken so far. */
  get rows(): number {
    return this.#rows + this.#batch.rows;
  }

  /** A row found whose key another has too: the load is of no use. */
  get duplicate(): Row | undefined {
    return this.#duplicate;
  }

  /** Whether no segment has to be written for what came so far. */
  get isSmall(): boolean {
    return this.#held !== undefined && this.#heldBytes + this.#batch.valueBytes < this.#segmentBytesMin;
  }

  /** All rows, while nothing was written (W1). */
  *heldRows(): Generator<Row> {
    for (const batch of [...(this.#held ?? []), this.#batch]) for (let at = 0; at < batch.rows; at++) yield batch.rowAt(at);
  }

  /** Takes a whole row; nothing of it is kept. A promise must be awaited before anything else. */
  add(row: Row): void | Promise<void> {
    this.#batch.add(row);
    return this.advanced();
  }

  /** Rows were put into the batch: when it is full they go where they belong, and there is another. */
  advanced(): void | Promise<void> {
    return this.#batch.room > 0 ? undefined : this.#close();
  }

  /** Writes what is left: the runs, in the order in which they were made. None when there is a `duplicate`. */
  async finish(): Promise<readonly BulkPart[]> {
    if (this.#batch.rows > 0) await this.#close();
    await this.#startWriting();
    if (this.#duplicate === undefined) this.#endRun();
    await this.#writePart();
    if (this.#duplicate !== undefined) return [];
    await this.#segments.finish();
    return this.#parts;
  }

  /** Gives its memory back. Nothing may be called afterwards. */
  release(): void {
    if (this.#ownsMemory) giveLoadingMemoryBack(this.memory);
  }

  async #close(): Promise<void> {
    const batch = this.#batch;
    this.#rows += batch.rows;
    if (this.#held === undefined) await this.#place(batch);
    else {
      batch.settle();
      this.#held.push(batch);
      this.#heldBytes += batch.valueBytes;
      if (this.#heldBytes >= this.#segmentBytesMin) await this.#startWriting();
    }
    this.#batch = this.#spare.pop() ?? new ColumnBatch(this.#schema, this.memory);
    this.#batch.clear(this.#sorter === undefined ? this.#size.rowsMax : BATCH_ROWS_MAX);
  }

  async #startWriting(): Promise<void> {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const batch of held) await this.#place(batch);
  }

  async #place(batch: ColumnBatch): Promise<void> {
    if (this.#duplicate !== undefined) {
      this.#spare.push(batch);
      return;
    }
    this.#keys.make(batch);
    this.placeholders.note(batch, this.#keys);
    if (this.#sorter === undefined) {
      const last = this.#run?.last;
      const at = this.#keys.firstDisorder(last);
      if (at === batch.rows) {
        this.#writeLeaf(batch, this.#keys);
        this.#spare.push(batch);
        return this.#relieve();
      }
      if (equalBytes(this.#keys.keyAt(at), at === 0 && last !== undefined ? last : this.#keys.keyAt(Math.max(0, at - 1)))) {
        this.#duplicate = batch.rowAt(at);
        this.#spare.push(batch);
        return;
      }
      this.#endRun();
      this.#sorter = new BatchSorter(this.memory);
    }
    batch.settle();
    this.#sorter.add(batch, this.#keys);
    this.#keys = new BatchKeys(this.#schema, this.memory);
    if (this.#sorter.bytes >= this.#partBytes) await this.#writePart();
  }

  /** Sorts what waits for it into a run of its own. */
  async #writePart(): Promise<void> {
    if (this.#sorter === undefined || this.#sorter.rows === 0) return;
    for (const sorted of this.#sorter.sorted(() => this.#size.rowsMax)) {
      if ('duplicate' in sorted) {
        this.#duplicate ??= sorted.duplicate;
        break;
      }
      this.#writeLeaf(sorted.batch, sorted.keys);
      await this.#relieve();
    }
    this.#sorter.clear();
    if (this.#duplicate === undefined) this.#endRun();
  }

  #writeLeaf(batch: ColumnBatch, keys: BatchKeys): void {
    const rowIdEnds = this.placeholders.endsOf(batch, keys);
    const leaf = this.#leaves.finish(batch, keys, rowIdEnds);
    this.#openRun().add(leaf, rowIdEnds?.[0] === 1);
    this.#size.note(batch.rows, leaf.bytes.length);
  }

  #openRun(): BulkRun {
    this.#run ??= new BulkRun(this.#segments, this.#schema.id, this.#schema.rowId !== undefined);
    return this.#run;
  }

  #endRun(): void {
    const run = this.#run?.finish(this.placeholders.hasAny ? 0 : undefined);
    this.#run = undefined;
    if (run !== undefined) this.#parts.push({ run, range: { from: run.first, to: afterKey(run.last) } });
  }

  #relieve(): Promise<void> | undefined {
    return this.#segments.isBacklogged ? this.#segments.drain() : undefined;
  }
}
