/** Which rows of a load have row ids that are placeholders, and which keys end with them (row-id.ts). */
import type { Key, TreeSchema } from '../tree.ts';
import type { BatchKeys } from './batch-keys.ts';
import type { ColumnBatch } from './column-batch.ts';

/** The halves of the least placeholder: slot bits all ones, ordinal 0. */
const HIGH = 0x7fffffff;
const LOW_MIN = 0xfe000000;

export class PlaceholderRows {
  /** Position of the row id. */
  readonly #position: number | undefined;
  /** Whether whole keys end with it. */
  readonly #endsKeys: boolean;
  readonly #isUnique: boolean;
  readonly #keys: Key[] = [];
  #hasAny = false;
  #areAll: boolean;

  constructor({ rowId, key, uniqueParts }: TreeSchema) {
    this.#position = rowId;
    this.#endsKeys = rowId !== undefined && key.length > 0 && key[key.length - 1].column === rowId;
    this.#isUnique = uniqueParts !== undefined;
    this.#areAll = rowId !== undefined;
  }

  /** Whether a row has a placeholder, and whether every one has. */
  get hasAny(): boolean {
    return this.#hasAny;
  }

  get areAll(): boolean {
    return this.#areAll;
  }

  /** In a unique tree, whose keys end with a row id only where one of their parts is null: the keys that end with a placeholder. */
  get keys(): readonly Key[] {
    return this.#keys;
  }

  /** Takes notice of the rows of a batch. */
  note(batch: ColumnBatch, keys: BatchKeys): void {
    const { rows } = batch;
    for (let row = 0; this.#position !== undefined && row < rows; row++) {
      if (!isPlaceholder(batch, this.#position, row)) this.#areAll = false;
      else {
        this.#hasAny = true;
        if (this.#isUnique && this.#endsKeys && batch.memory.u8[keys.whole + row] === 1) this.#keys.push(keys.keyAt(row));
      }
    }
  }

  /** For each row 1 when its key ends with a placeholder; undefined when none does. */
  endsOf(batch: ColumnBatch, keys: BatchKeys): Uint8Array | undefined {
    if (this.#position === undefined || !this.#endsKeys || !this.#hasAny) return undefined;
    const ends = new Uint8Array(batch.rows);
    let found = 0;
    for (let row = 0; row < ends.length; row++) {
      if (batch.memory.u8[keys.whole + row] === 0 || !isPlaceholder(batch, this.#position, row)) continue;
      ends[row] = 1;
      found++;
    }
    return found === 0 ? undefined : ends;
  }
}

function isPlaceholder(batch: ColumnBatch, position: number, row: number): boolean {
  const at = (batch.columns[position].data >>> 2) + 2 * row;
  return batch.memory.i32[at + 1] === HIGH && batch.memory.u32[at] >= LOW_MIN;
}
