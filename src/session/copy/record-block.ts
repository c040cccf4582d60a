/**
 * The data of a COPY as it lies in a load's memory, and the records that were found in it by kernel (assembly/loading/scan.ts).
 *
 *     input    … rest of the last chunk │ chunk │ room
 *              └ from                           └ to
 */
import { assert } from '../../base/assert.ts';
import { textOf, utf8 } from '../../base/bytes.ts';
import { SqlError } from '../../base/sql-error.ts';
import type { LoadingKernels } from '../../kernels/loading.ts';
import type { LoadingMemory } from '../../kernels/loading-memory.ts';
import type { CopyFormat } from './copy-format.ts';
import { RECORD_LENGTH_MAX } from './record-reader.ts';

const INPUT_BYTES = 3 * 1024 * 1024;
/** Behind and before the input there is something that is no backslash. */
const LEAD_BYTES = 64;

/** Records found at a time, and how many more there may be. */
export const BLOCK_RECORDS = 512;
const RECORDS_MORE = 64;

const KIND = { tbl: 0, text: 1, csv: 2 } as const;
const NO_BYTE = 256;
const NO_LENGTH = 0xffffffff;

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const BACKSLASH = 92;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/** Words of what the kernels share, by name: see assembly/loading/scan.ts. */
const WORD = {
  from: 0,
  to: 1,
  columns: 2,
  delimiter: 3,
  quote: 4,
  line: 5,
  kind: 6,
  cutsReturn: 7,
  records: 8,
  isOver: 9,
  next: 10,
  starts: 12,
  stops: 13,
  firsts: 14,
  lines: 15,
  flags: 16,
  ends: 17,
  endsMax: 18,
  escape: 19,
  nullText: 20,
  nullLength: 21,
} as const;
const STATE_BYTES = 256;

export class RecordBlock {
  /** Where the kernels find everything. */
  readonly state: number;
  /** Room for a reference to a string of every record, and for a byte that says which are unusual. */
  readonly refs: number;
  readonly unusual: number;
  readonly #memory: LoadingMemory;
  readonly #kernels: LoadingKernels;
  readonly #format: CopyFormat;
  #input: number;
  #inputBytes = INPUT_BYTES;
  #from: number;
  #to: number;
  #line = 1;
  #isFirst = true;
  #isOver = false;
  /** Whether a byte order mark, which is none of the data, may come. */
  #isMarkDue = true;
  #endsMax = 0;

  /** `columns`: fields of a record, at least one. */
  constructor(memory: LoadingMemory, kernels: LoadingKernels, format: CopyFormat) {
    this.#memory = memory;
    this.#kernels = kernels;
    this.#format = format;
    const room = BLOCK_RECORDS + RECORDS_MORE;
    this.state = memory.allocate(STATE_BYTES);
    this.refs = memory.allocate(room * 8);
    this.unusual = memory.allocate(room);
    const nullText = utf8(format.nullText ?? '');
    const nullAt = memory.allocate(nullText.length + 8);
    memory.u8.set(nullText, nullAt);
    this.#input = memory.allocate(INPUT_BYTES + LEAD_BYTES);
    this.#from = this.#input + LEAD_BYTES;
    this.#to = this.#from;
    memory.u8[this.#from - 1] = 0;
    const words = [room * 4, room * 4, room * 4, room * 4, room].map((bytes) => memory.allocate(bytes));
    const state = memory.u32.subarray(this.state >>> 2, (this.state + STATE_BYTES) >>> 2).fill(0);
    state.set(words, WORD.starts);
    state[WORD.kind] = KIND[format.kind];
    state[WORD.delimiter] = format.delimiter.charCodeAt(0);
    state[WORD.quote] = format.kind === 'csv' ? format.quote.charCodeAt(0) : NO_BYTE;
    state[WORD.escape] = format.kind === 'csv' ? format.escape.charCodeAt(0) : 0;
    state[WORD.cutsReturn] = format.kind === 'csv' ? 1 : 0;
    state[WORD.nullText] = nullAt;
    state[WORD.nullLength] = format.nullText === undefined ? NO_LENGTH : nullText.length;
  }

  /** Whether the kernels read what this format writes. */
  static reads(format: CopyFormat): boolean {
    if (!isByte(format.delimiter)) return false;
    if (format.kind !== 'csv') return true;
    const { quote, escape, forceNull, forceNotNull } = format;
    return isByte(quote) && quote === escape && forceNull.length === 0 && forceNotNull.length === 0;
  }

  /** Addresses between which the input lies. */
  get low(): number {
    return this.#input;
  }

  get high(): number {
    return this.#input + LEAD_BYTES + this.#inputBytes;
  }

  /** Bytes at hand that belong to no record found so far. */
  get rest(): number {
    return this.#to - this.#from;
  }

  /** Where the next record begins, as a line. */
  get line(): number {
    return this.#line;
  }

  /** Whether the end of the data was reached. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Puts as much of `chunk` as there is room for behind the input; how much. */
  take(chunk: Uint8Array): number {
    const room = this.high - this.#to;
    const taken = chunk.length > room ? chunk.subarray(0, room) : chunk;
    this.#memory.u8.set(taken, this.#to);
    this.#to += taken.length;
    if (!this.#isMarkDue || this.rest < BYTE_ORDER_MARK.length) return taken.length;
    this.#isMarkDue = false;
    const { u8 } = this.#memory;
    if (BYTE_ORDER_MARK.every((byte, at) => u8[this.#from + at] === byte)) {
      this.#from += BYTE_ORDER_MARK.length;
      u8[this.#from - 1] = 0;
    }
    return taken.length;
  }

  /** Makes room: moves the rest to the front; grows when that is where it is. Strings in the input must have been copied. */
  makeRoom(): void {
    const { rest } = this;
    const front = this.#input + LEAD_BYTES;
    if (this.#from > front) {
      this.#memory.u8.copyWithin(front, this.#from, this.#to);
    } else if (this.#to === this.high) {
      if (rest > RECORD_LENGTH_MAX) throw new SqlError('program_limit_exceeded', `the record at line ${this.#line} is too long`);
      const bytes = this.#inputBytes * 2;
      const input = this.#memory.allocate(bytes + LEAD_BYTES);
      this.#memory.u8.copyWithin(input + LEAD_BYTES, this.#from, this.#to);
      this.#memory.release(this.#input, this.#inputBytes + LEAD_BYTES);
      this.#input = input;
      this.#inputBytes = bytes;
    }
    this.#from = this.#input + LEAD_BYTES;
    this.#to = this.#from + rest;
    this.#memory.u8[this.#from - 1] = 0;
  }

  /** Finds records of `columns` fields, `records` and a few at most; how many. */
  find(columns: number, records = BLOCK_RECORDS): number {
    if (this.#isFirst && !this.#looksAtFirst()) return 0;
    this.#reserveEnds((columns + 1) * (records + RECORDS_MORE) + 64);
    for (;;) {
      this.#put(WORD.from, this.#from);
      this.#put(WORD.to, this.#to);
      this.#put(WORD.columns, columns);
      this.#put(WORD.line, this.#line);
      this.#put(WORD.records, records);
      const found = this.#kernels.scanRecords(this.state);
      if (found === 0) this.#isOver = this.#word(WORD.isOver) === 1;
      if (found > 0 || this.#isOver || this.rest < this.#endsMax) {
        this.#memory.u8.fill(0, this.unusual, this.unusual + found);
        return found;
      }
      this.#reserveEnds(this.#endsMax * 4); // perhaps one record has more fields than there was room for
    }
  }

  /** The number of records, of `found`, before the first that holds bytes which are no text; those bytes. */
  firstWrong(found: number): { readonly records: number; readonly bytes: Uint8Array } | undefined {
    const next = this.#word(WORD.next);
    const wrong = this.#kernels.validText(this.#from, next);
    if (wrong >= next) return undefined;
    let records = 0;
    while (records < found - 1 && this.#at(WORD.starts, records + 1) <= wrong) records++;
    return { records, bytes: this.#memory.u8.slice(wrong, Math.min(wrong + 4, this.#at(WORD.stops, records))) };
  }

  /** Goes on behind the first `records` of those `found`. */
  advance(records: number, found: number): void {
    this.#isOver = records === found && this.#word(WORD.isOver) === 1;
    this.#from = records < found ? this.#at(WORD.starts, records) : this.#word(WORD.next);
    this.#line = records < found ? this.#at(WORD.lines, records) : this.#word(WORD.line);
  }

  /** The text of a record found, without its line break. */
  textAt(record: number): string {
    return textOf(this.#memory.u8.slice(this.#at(WORD.starts, record), this.#at(WORD.stops, record)));
  }

  lineAt(record: number): number {
    return this.#at(WORD.lines, record);
  }

  isUnusual(record: number): boolean {
    return this.#memory.u8[this.unusual + record] === 1;
  }

  /** The first unusual record of [from, to), or `to`. */
  nextUnusual(from: number, to: number): number {
    const found = this.#memory.u8.subarray(0, this.unusual + to).indexOf(1, this.unusual + from);
    return found < 0 ? to : found - this.unusual;
  }

  /** Bytes of records [from, from + count). */
  bytesOf(from: number, count: number): number {
    return this.#at(WORD.stops, from + count - 1) - this.#at(WORD.starts, from) + count;
  }

  /** How many records from number `from` on, of `count`, have no more than so many bytes; at least one. */
  countWithin(from: number, count: number, bytes: number): number {
    if (this.bytesOf(from, count) <= bytes) return count;
    let fits = 1;
    while (fits < count && this.bytesOf(from, fits + 1) <= bytes) fits++;
    return fits;
  }

  /** The bytes that are left when no more come: a record that is not whole, or whose line does not end. */
  takeRest(): Uint8Array {
    const rest = this.#memory.u8.slice(this.#from, this.#to);
    this.#from = this.#to;
    return rest;
  }

  /** The first line tells whether lines end in CR LF. False while it is not whole. */
  #looksAtFirst(): boolean {
    const { u8 } = this.#memory;
    const { kind } = this.#format;
    const data = u8.subarray(0, this.#to);
    let end = data.indexOf(LINE_FEED, this.#from);
    while (end >= 0 && kind === 'text' && this.#isEscaped(end)) end = data.indexOf(LINE_FEED, end + 1);
    if (end < 0) return false;
    if (kind !== 'csv' && end > this.#from && u8[end - 1] === CARRIAGE_RETURN) this.#put(WORD.cutsReturn, 1);
    this.#isFirst = false;
    return true;
  }

  #isEscaped(at: number): boolean {
    const { u8 } = this.#memory;
    let from = at;
    while (from > this.#from && u8[from - 1] === BACKSLASH) from--;
    return (at - from) % 2 === 1;
  }

  #reserveEnds(count: number): void {
    if (count <= this.#endsMax) return;
    if (this.#endsMax > 0) this.#memory.release(this.#word(WORD.ends), (this.#endsMax + 128) * 4);
    const ends = this.#memory.allocate((count + 128) * 4);
    this.#endsMax = count;
    this.#put(WORD.ends, ends);
    this.#put(WORD.endsMax, count);
  }

  #word(word: number): number {
    return this.#memory.u32[(this.state >>> 2) + word];
  }

  #put(word: number, value: number): void {
    this.#memory.u32[(this.state >>> 2) + word] = value;
  }

  #at(word: number, record: number): number {
    assert(record >= 0, 'records are numbered from 0');
    return this.#memory.u32[(this.#word(word) >>> 2) + record];
  }
}

function isByte(text: string): boolean {
  return text.length === 1 && text.charCodeAt(0) < 0x80;
}
