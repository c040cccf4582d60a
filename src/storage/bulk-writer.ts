/**
 * Bulk load: rows in any order become one run in fresh segments, ahead of the commit that will refer to it.
 *
 *     add ─> key arena, row arena ─ finish ─> sort (skipped when they came sorted) ─> leaves ─> segments
 *
 * Rows wait in memory until `finish`; the caller bounds how many it adds.
 */
import { assert } from '../base/assert.ts';
import { compareBytes } from '../base/bytes.ts';
import type { Row } from '../types/value.ts';
import { Arena } from './arena.ts';
import { afterKey, encodeKey } from './key-codec.ts';
import { commonPrefix } from './key-column.ts';
import { decodeRow, encodeRow } from './row-codec.ts';
import { RunBuilder } from './run-builder.ts';
import { isPlaceholderKey, keyEndsWithRowId, placeholderOrdinal } from './row-id.ts';
import type { RunDescriptor } from './run.ts';
import type { SegmentWriter } from './segment.ts';
import { slot, type Key, type KeyRange, type TreeSchema } from './tree.ts';

export interface BulkResult {
  /** The run, its pages durable; its slot is 0 until a record attaches it. Undefined without rows, or with a duplicate. */
  readonly run: RunDescriptor | undefined;
  readonly rows: number;
  /** Keys of the run, placeholders unresolved. */
  readonly range: KeyRange | undefined;
  /** The first row, in key order, whose key another row has too. */
  readonly duplicate: Row | undefined;
}

/** Collects the rows of one tree. */
export class BulkWriter {
  readonly #schema: TreeSchema;
  readonly #segments: SegmentWriter;
  readonly #keys = new Arena();
  readonly #rows = new Arena();
  #keyAt = new Float64Array(1024);
  #keyLength = new Uint16Array(1024);
  #rowAt = new Float64Array(1024);
  #rowLength = new Uint32Array(1024);
  /** 1: the key ends with a placeholder row id. */
  #endsWithRowId = new Uint8Array(1024);
  #count = 0;
  #isSorted = true;
  #hasPlaceholders = false;
  #shared: Key | undefined;
  #sharedBytes = 0;
  #last: Key | undefined;

  constructor(schema: TreeSchema, segments: SegmentWriter) {
    this.#schema = schema;
    this.#segments = segments;
  }

  /** Bytes held until `finish`. */
  get bytes(): number {
    return this.#keys.bytes + this.#rows.bytes;
  }

  /** Takes a whole row; nothing of it is kept but its bytes. */
  add(row: Row): void {
    const key = encodeKey(this.#schema, row);
    const bytes = encodeRow(this.#schema, row);
    const at = this.#count++;
    if (at === this.#keyAt.length) this.#grow();
    this.#keyAt[at] = this.#keys.add(key);
    this.#keyLength[at] = key.length;
    this.#rowAt[at] = this.#rows.add(bytes);
    this.#rowLength[at] = bytes.length;
    this.#endsWithRowId[at] = keyEndsWithRowId(this.#schema, row) && isPlaceholderKey(key) ? 1 : 0;
    const rowId = this.#schema.rowId === undefined ? null : row[this.#schema.rowId];
    if (typeof rowId === 'bigint' && placeholderOrdinal(rowId) !== undefined) this.#hasPlaceholders = true;
    if (this.#shared === undefined) {
      this.#shared = key;
      this.#sharedBytes = key.length;
    } else this.#sharedBytes = Math.min(this.#sharedBytes, commonPrefix(this.#shared, key));
    if (this.#last !== undefined && compareBytes(this.#last, key) >= 0) this.#isSorted = false;
    this.#last = key;
  }

  /** Writes the run. The writer is spent. */
  async finish(): Promise<BulkResult> {
    const order = this.#isSorted ? undefined : this.#sorted();
    const duplicate = order === undefined ? undefined : this.#firstDuplicate(order);
    if (duplicate !== undefined || this.#count === 0) return { run: undefined, rows: this.#count, range: undefined, duplicate };
    const firstOrdinal = this.#hasPlaceholders ? 0 : undefined;
    const builder = new RunBuilder(this.#segments, { tree: this.#schema.id, kind: 'base', slot: slot(0), firstOrdinal, base: undefined });
    for (let place = 0; place < this.#count; place++) {
      const at = order === undefined ? place : order[place];
      builder.rows.row(this.#key(at), this.#row(at), undefined, this.#endsWithRowId[at] === 1);
      if (this.#segments.isBacklogged) await this.#segments.drain();
    }
    const run = builder.finish();
    assert(run !== undefined, 'a run of rows is a run');
    await this.#segments.finish();
    return { run, rows: this.#count, range: { from: run.first, to: afterKey(run.last) }, duplicate: undefined };
  }

  #key(at: number): Key {
    return this.#keys.view(this.#keyAt[at], this.#keyLength[at]);
  }

  #row(at: number): Uint8Array {
    return this.#rows.view(this.#rowAt[at], this.#rowLength[at]);
  }

  /** Entries in key order: by six bytes after what all keys share, then by the whole key. */
  #sorted(): Uint32Array {
    const heads = new Float64Array(this.#count);
    for (let at = 0; at < this.#count; at++) {
      const key = this.#key(at);
      let head = 0;
      for (let byte = 0; byte < 6; byte++) head = head * 256 + (key[this.#sharedBytes + byte] ?? 0);
      heads[at] = head;
    }
    const order = new Uint32Array(this.#count);
    for (let at = 0; at < this.#count; at++) order[at] = at;
    return order.sort((a, b) => heads[a] - heads[b] || compareBytes(this.#key(a), this.#key(b)) || a - b);
  }

  #firstDuplicate(order: Uint32Array): Row | undefined {
    for (let place = 1; place < order.length; place++) {
      if (compareBytes(this.#key(order[place - 1]), this.#key(order[place])) !== 0) continue;
      return decodeRow(
        this.#schema,
        this.#row(order[place]),
        this.#schema.columns.map((_, position) => position),
      );
    }
    return undefined;
  }

  #grow(): void {
    const capacity = this.#keyAt.length * 2;
    this.#keyAt = grown(this.#keyAt, new Float64Array(capacity));
    this.#keyLength = grown(this.#keyLength, new Uint16Array(capacity));
    this.#rowAt = grown(this.#rowAt, new Float64Array(capacity));
    this.#rowLength = grown(this.#rowLength, new Uint32Array(capacity));
    this.#endsWithRowId = grown(this.#endsWithRowId, new Uint8Array(capacity));
  }
}

function grown<Numbers extends Float64Array | Uint32Array | Uint16Array | Uint8Array>(old: Numbers, larger: Numbers): Numbers {
  larger.set(old);
  return larger;
}
