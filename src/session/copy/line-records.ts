/** One record a line: COPY's text format, and .tbl files. */
import { SqlError } from '../../base/sql-error.ts';
import type { PlainFormat, TextFormat } from './copy-format.ts';
import { RECORD_LENGTH_MAX, type CopyRecord, type RecordReader } from './record-reader.ts';
import { hasEscape, unescapedFields } from './text-escapes.ts';

/** The line that ends the data. */
const END_OF_DATA = '\\.';

export class LineRecords implements RecordReader {
  readonly #format: TextFormat | PlainFormat;
  #rest = '';
  /** Lines before the next record. */
  #line: number;
  /** Whether lines end in CR LF, as the first one does. */
  #isCrLf: boolean | undefined;
  #isOver = false;

  /** `line`: where the first record starts. */
  constructor(format: TextFormat | PlainFormat, line = 1) {
    this.#format = format;
    this.#line = line - 1;
  }

  get line(): number {
    return this.#line + 1;
  }

  push(text: string): CopyRecord[] {
    const all = this.#rest === '' ? text : this.#rest + text;
    const records: CopyRecord[] = [];
    let from = 0;
    for (let at = all.indexOf('\n'); at >= 0 && !this.#isOver; at = all.indexOf('\n', at + 1)) {
      if (this.#format.kind === 'text' && endsEscaped(all, from, at)) continue; // a backslash makes the line break a part of the value
      this.#isCrLf ??= all[at - 1] === '\r';
      this.#take(all.slice(from, this.#isCrLf && all[at - 1] === '\r' ? at - 1 : at), records);
      from = at + 1;
    }
    this.#rest = this.#isOver ? '' : all.slice(from);
    if (this.#rest.length > RECORD_LENGTH_MAX) throw new SqlError('program_limit_exceeded', `line ${this.#line + 1} is too long`);
    return records;
  }

  end(): CopyRecord[] {
    const records: CopyRecord[] = [];
    const rest = this.#isCrLf === true && this.#rest.endsWith('\r') ? this.#rest.slice(0, -1) : this.#rest;
    if (this.#rest !== '' && !this.#isOver) this.#take(rest, records);
    this.#rest = '';
    return records;
  }

  #take(raw: string, records: CopyRecord[]): void {
    const line = this.#line + 1;
    this.#line++;
    if (this.#format.kind === 'tbl') {
      records.push({ fields: this.#plainFields(raw), quoted: undefined, line, raw });
      return;
    }
    if (raw === END_OF_DATA) {
      this.#isOver = true;
      return;
    }
    records.push({ fields: textFields(raw, this.#format), quoted: undefined, line, raw });
    if (raw.includes('\n')) this.#line += raw.split('\n').length - 1;
  }

  #plainFields(raw: string): (string | null)[] {
    const fields: (string | null)[] = raw.split(this.#format.delimiter);
    const { nullText } = this.#format;
    if (nullText !== undefined) for (let at = 0; at < fields.length; at++) if (fields[at] === nullText) fields[at] = null;
    return fields;
  }
}

function textFields(raw: string, { delimiter, nullText }: TextFormat): (string | null)[] {
  if (hasEscape(raw)) return unescapedFields(raw, delimiter, nullText);
  const fields: (string | null)[] = raw.split(delimiter);
  for (let at = 0; at < fields.length; at++) if (fields[at] === nullText) fields[at] = null;
  return fields;
}

/** Whether an odd number of backslashes stands before `at`. */
function endsEscaped(text: string, from: number, at: number): boolean {
  let count = 0;
  while (at - 1 - count >= from && text[at - 1 - count] === '\\') count++;
  return count % 2 === 1;
}
