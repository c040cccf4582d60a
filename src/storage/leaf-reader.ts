/**
 * A leaf page opened for reading. The head is verified when it is opened; each chunk when it is first touched, then it stays
 * decoded. Everything is synchronous except values that lie out of line, which come out as `External`.
 */
import type { Crypto } from '../base/runtime.ts';
import { SqlError } from '../base/sql-error.ts';
import { decompressBlock } from '../kernels/lz4.ts';
import { CHUNK_FLAG, PHYSICAL_OF_CODE, PSEUDO_COLUMN, type ChunkEntry } from './chunk/chunk-entry.ts';
import { openChunk } from './chunk/chunk-reader.ts';
import type { ColumnView } from './chunk/column-view.ts';
import { KeyColumn, encodeKeys } from './key-column.ts';
import { decodeLeafHead, type LeafColumn, type LeafHead } from './leaf.ts';
import { verifyHash } from './page-hash.ts';
import { PAGE_ALIGNMENT, type PageReference } from './page-reference.ts';
import type { ColumnStatistics, SubtreeStatistics } from './statistics.ts';
import { resolveKey, type RowIdOrigin } from './row-id.ts';
import type { LeafVectors } from './column-vectors.ts';
import { resolvedRowIds } from './row-id-view.ts';
import { ROW_ID_COLUMN, type Key } from './tree.ts';

/** Decompressing more than this is refused: no leaf holds so much. */
const CHUNK_RAW_BYTES_MAX = 64 * 1024 * 1024;

/** Numbers leaves, so that what is kept of one elsewhere is never taken for another's. */
let leaves = 0;

export class Leaf {
  readonly reference: PageReference;
  /** Unique in this process. */
  readonly number = ++leaves;
  /** Columns that lie, or lay, in the heap: for column-vectors.ts. */
  readonly vectors: LeafVectors = new Map();
  readonly head: LeafHead;
  readonly #bytes: Uint8Array;
  readonly #crypto: Crypto;
  readonly #rowIds: RowIdOrigin | undefined;
  readonly #onDamage: (() => void) | undefined;
  readonly #views: (ColumnView | undefined)[];
  readonly #placeOfId = new Map<number, number>();
  #keys: KeyColumn | undefined;

  /** Opens the bytes of a page. With `rowIds`, placeholder row ids read as what they stand for. `onDamage` hears of a chunk that does not verify. */
  constructor(
    reference: PageReference,
    bytes: Uint8Array,
    crypto: Crypto,
    rowIds: RowIdOrigin | undefined,
    onDamage?: (() => void) | undefined,
  ) {
    this.reference = reference;
    this.#bytes = bytes;
    this.#crypto = crypto;
    this.#rowIds = rowIds;
    this.#onDamage = onDamage;
    const head = bytes.subarray(0, reference.headBytes);
    verifyHash(crypto, head, reference.hash, this.#object());
    this.#expectZeros(reference.headBytes);
    this.head = decodeLeafHead(head, bytes.length, this.#object());
    this.#views = new Array<ColumnView | undefined>(this.head.columns.length).fill(undefined);
    for (const [place, column] of this.head.columns.entries()) this.#placeOfId.set(column.entry.column, place);
  }

  get rows(): number {
    return this.head.rows;
  }

  get keys(): KeyColumn {
    this.#keys ??= this.#openKeys();
    return this.#keys;
  }

  /** The column of an id; undefined when no row of the leaf has one. */
  column(id: number): ColumnView | undefined {
    const place = this.#placeOfId.get(id);
    if (place === undefined) return undefined;
    const known = this.#views[place];
    if (known !== undefined) return known;
    const column = this.head.columns[place];
    const opened = openChunk(column.entry, this.#rawBytes(column), this.head.rows, this.head.segments, this.#object());
    const view = id === ROW_ID_COLUMN && this.#rowIds !== undefined ? resolvedRowIds(opened, this.#rowIds) : opened;
    this.#views[place] = view;
    return view;
  }

  /** Where the directory has a column; -1 when no row of the leaf has one. */
  placeOf(id: number): number {
    return this.#placeOfId.get(id) ?? -1;
  }

  /** A column's chunk, verified and decompressed; undefined when no row has one. Row ids that stand for others cannot be had so. */
  chunk(id: number): { readonly entry: ChunkEntry; readonly raw: Uint8Array; readonly object: string } | undefined {
    const place = this.#placeOfId.get(id);
    if (place === undefined) return undefined;
    const column = this.head.columns[place];
    return { entry: column.entry, raw: this.#rawBytes(column), object: this.#object() };
  }

  /** Whether the row ids it stores are placeholders. */
  get hasPlaceholders(): boolean {
    return this.#rowIds !== undefined;
  }

  /** What placeholder row ids in it stand for. */
  get rowIds(): RowIdOrigin | undefined {
    return this.#rowIds;
  }

  /** The bounds of a column's values as the head has them. */
  bounds(id: number): LeafColumn | undefined {
    const place = this.#placeOfId.get(id);
    return place === undefined ? undefined : this.head.columns[place];
  }

  /** Ids of the table's columns that rows have here, ascending. */
  columnIds(): number[] {
    return this.head.columns.map((column) => column.entry.column).filter((id) => id < PSEUDO_COLUMN.keyEndsWithRowId);
  }

  isTombstone(row: number): boolean {
    const tombstones = this.column(PSEUDO_COLUMN.tombstone);
    return tombstones !== undefined && tombstones.valueAt(row) === true;
  }

  /** Whether any row is a tombstone. */
  get hasTombstones(): boolean {
    return this.#placeOfId.has(PSEUDO_COLUMN.tombstone);
  }

  /** What its parent's statistics page says of it. */
  get statistics(): SubtreeStatistics {
    let tombstones = 0;
    if (this.hasTombstones) for (let row = 0; row < this.rows; row++) if (this.isTombstone(row)) tombstones++;
    const columns = this.columnIds().map((id): ColumnStatistics => {
      const column = this.bounds(id);
      let absent = 0;
      if (column !== undefined && (column.entry.flags & CHUNK_FLAG.absent) !== 0) {
        const view = this.column(id);
        for (let row = 0; row < this.rows; row++) if (view?.valueAt(row) === undefined) absent++;
      }
      const physical = PHYSICAL_OF_CODE[column?.entry.physical ?? 0];
      return {
        column: id,
        physical,
        nulls: column?.entry.nulls ?? 0,
        absent: absent - Math.min(absent, tombstones),
        min: column?.min,
        max: column?.max,
      };
    });
    return { rows: this.rows - tombstones, tombstones, leaves: 1, bytes: this.reference.length + this.head.overflowBytes, columns };
  }

  #openKeys(): KeyColumn {
    const column = this.head.columns[0];
    if (column === undefined || column.entry.column !== PSEUDO_COLUMN.keys)
      throw new SqlError('data_corrupted', `${this.#object()} is damaged: it has no keys`);
    const keys = new KeyColumn(this.head.prefix, this.#rawBytes(column), this.head.rows, this.#object());
    const endsWithRowId = this.#rowIds === undefined ? undefined : this.column(PSEUDO_COLUMN.keyEndsWithRowId);
    if (endsWithRowId === undefined || this.#rowIds === undefined) return keys;
    const resolved: Key[] = [];
    for (let row = 0; row < keys.count; row++) {
      const key = keys.keyAt(row);
      resolved.push(endsWithRowId.valueAt(row) === true ? resolveKey(key, this.#rowIds.slot, this.#rowIds.firstOrdinal) : key);
    }
    const { prefix, raw } = encodeKeys(resolved);
    return new KeyColumn(prefix, raw, keys.count, this.#object());
  }

  /** Verifies every chunk now; throws SQLSTATE XX001 at the first that is damaged. */
  verifyChunks(): void {
    for (const column of this.head.columns) this.#storedBytes(column);
  }

  #storedBytes({ entry }: LeafColumn): Uint8Array {
    const stored = this.#bytes.subarray(entry.offset, entry.offset + entry.storedBytes);
    try {
      verifyHash(this.#crypto, stored, entry.hash, this.#object());
    } catch (error) {
      this.#onDamage?.();
      throw error;
    }
    this.#expectZeros(entry.offset + entry.storedBytes);
    return stored;
  }

  #rawBytes(column: LeafColumn): Uint8Array {
    const { entry } = column;
    const stored = this.#storedBytes(column);
    if ((entry.flags & CHUNK_FLAG.compressed) === 0) return stored;
    const raw = entry.rawBytes > CHUNK_RAW_BYTES_MAX ? null : decompressBlock(stored, entry.rawBytes);
    if (raw === null)
      throw new SqlError('data_corrupted', `${this.#object()} is damaged: the chunk of column ${entry.column} does not decompress`);
    return raw;
  }

  /** The padding from `at` to the next chunk: no hash covers it, so it must be what it always is. */
  #expectZeros(from: number): void {
    const to = Math.min(Math.ceil(from / PAGE_ALIGNMENT) * PAGE_ALIGNMENT, this.#bytes.length);
    for (let at = from; at < to; at++)
      if (this.#bytes[at] !== 0) throw new SqlError('data_corrupted', `${this.#object()} is damaged: its padding is not zero`);
  }

  #object(): string {
    return objectName(this.reference);
  }
}

/** How errors name a page. */
export function objectName(reference: PageReference): string {
  return `page at ${reference.offset} of ${reference.segment}`;
}
