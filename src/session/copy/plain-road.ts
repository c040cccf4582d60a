/** Records one by one: text, fields, values, rows. What every format and table can take. */
import { concatBytes, textOf } from '../../base/bytes.ts';
import { located, notText } from './copy-error.ts';
import { recordReader, type CopyRecord, type RecordReader } from './record-reader.ts';
import type { RecordRows } from './record-rows.ts';
import { validText } from './valid-text.ts';

/** A way from bytes into a table. */
export interface Road {
  /** Rows loaded so far. */
  readonly rows: number;
  push(chunk: Uint8Array): Promise<void>;
  /** No more bytes come: loads what is left. */
  end(): Promise<void>;
}

export class PlainRoad implements Road {
  readonly #rows: RecordRows;
  readonly #reader: RecordReader;
  /** The beginning of a character whose end is still to come. */
  #cut: Uint8Array = NOTHING;
  #isFirst = true;
  #count = 0;

  /** `line`: where the data begins, when it is the end of something longer. */
  constructor(rows: RecordRows, line = 1) {
    this.#rows = rows;
    this.#reader = recordReader(rows.format, line);
  }

  get rows(): number {
    return this.#count;
  }

  async push(chunk: Uint8Array): Promise<void> {
    const bytes = this.#cut.length === 0 ? chunk : concatBytes([this.#cut, chunk]);
    const { end, isCut } = validText(bytes);
    await this.#take(bytes.subarray(0, end));
    this.#cut = bytes.slice(end);
    if (!isCut && end < bytes.length) this.#refuseText();
  }

  async end(): Promise<void> {
    if (this.#cut.length > 0) this.#refuseText();
    await this.#load(this.#reader.end());
  }

  /** Text comes in; a byte order mark before it is none of the data. */
  #take(bytes: Uint8Array): Promise<void> {
    const text = textOf(bytes);
    const isMarked = this.#isFirst && text.startsWith(BYTE_ORDER_MARK);
    if (text !== '') this.#isFirst = false;
    return this.#load(this.#reader.push(isMarked ? text.slice(1) : text));
  }

  #refuseText(): never {
    throw notText(this.#cut, `COPY ${this.#rows.table.name}, line ${this.#reader.line}`);
  }

  async #load(records: readonly CopyRecord[]): Promise<void> {
    const rows = this.#rows;
    for (const record of records) {
      if (rows.isHeaderDue) {
        rows.readHeader(record);
        continue;
      }
      const row = rows.parsed(record);
      const completed = rows.complete(row, record);
      if (completed instanceof Promise) await completed;
      try {
        const added = rows.loader.add(row);
        if (added instanceof Promise) await added;
      } catch (error) {
        throw located(error, rows.where(record));
      }
      this.#count++;
    }
  }
}

const NOTHING = new Uint8Array(0);
const BYTE_ORDER_MARK = '\ufeff';
