/** CSV: RFC 4180 as PostgreSQL reads it. A quoted part may stand anywhere in a field, and may hold delimiters and line breaks. */
import { SqlError } from '../../base/sql-error.ts';
import type { CsvFormat } from './copy-format.ts';
import { RECORD_LENGTH_MAX, type CopyRecord, type RecordReader } from './record-reader.ts';

const END_OF_DATA = '\\.';

export class CsvRecords implements RecordReader {
  readonly #format: CsvFormat;
  #rest = '';
  #line: number;
  #isOver = false;

  /** `line`: where the first record starts. */
  constructor(format: CsvFormat, line = 1) {
    this.#format = format;
    this.#line = line;
  }

  get line(): number {
    return this.#line;
  }

  push(text: string): CopyRecord[] {
    return this.#records(this.#rest === '' ? text : this.#rest + text, false);
  }

  end(): CopyRecord[] {
    return this.#records(this.#rest, true);
  }

  #records(text: string, atEnd: boolean): CopyRecord[] {
    const { delimiter, nullText, quote } = this.#format;
    const records: CopyRecord[] = [];
    let from = 0;
    let nextQuote = text.indexOf(quote);
    while (from < text.length && !this.#isOver) {
      let end = text.indexOf('\n', from);
      if (end < 0) {
        if (!atEnd) break;
        end = text.length;
      }
      if (nextQuote >= 0 && nextQuote < from) nextQuote = text.indexOf(quote, from);
      if (nextQuote < 0 || nextQuote >= end) {
        const raw = text.slice(from, end > from && text[end - 1] === '\r' ? end - 1 : end);
        if (raw === END_OF_DATA) this.#isOver = true;
        else {
          const fields: (string | null)[] = raw.split(delimiter);
          for (let at = 0; at < fields.length; at++) if (fields[at] === nullText) fields[at] = null;
          records.push({ fields, quoted: undefined, line: this.#line++, raw });
        }
        from = end + 1;
        continue;
      }
      const scanned = this.#quotedRecord(text, from, atEnd);
      if (scanned === undefined) break;
      records.push(scanned.record);
      from = scanned.next;
    }
    this.#rest = this.#isOver ? '' : text.slice(from);
    if (this.#rest.length > RECORD_LENGTH_MAX) throw new SqlError('program_limit_exceeded', `the record at line ${this.#line} is too long`);
    return records;
  }

  /** The record at `from`, character by character; undefined when more text is needed. */
  #quotedRecord(text: string, from: number, atEnd: boolean): { readonly record: CopyRecord; readonly next: number } | undefined {
    const { delimiter, nullText, quote, escape } = this.#format;
    const fields: (string | null)[] = [];
    const quoted: boolean[] = [];
    const line = this.#line;
    let breaks = 0;
    let field = '';
    let hasQuote = false;
    let inQuote = false;
    let at = from;
    const endField = (): void => {
      fields.push(!hasQuote && field === nullText ? null : field);
      quoted.push(hasQuote);
      field = '';
      hasQuote = false;
    };
    for (; at < text.length; at++) {
      const character = text[at];
      if (inQuote) {
        if (character === '\n') breaks++;
        if (character === escape && at + 1 === text.length && !atEnd) return undefined; // the next character decides
        if (character === escape && (text[at + 1] === quote || text[at + 1] === escape)) field += text[++at];
        else if (character === quote) inQuote = false;
        else field += character;
      } else if (character === quote) {
        inQuote = true;
        hasQuote = true;
      } else if (character === delimiter) endField();
      else if (character === '\n') break;
      else if (character === '\r' && text[at + 1] === '\n') continue;
      else field += character;
    }
    if (at >= text.length && !atEnd) return undefined;
    if (inQuote) throw new SqlError('bad_copy_file_format', 'unterminated CSV quoted field', { where: `line ${line}` });
    endField();
    this.#line = line + breaks + 1;
    const raw = text.slice(from, at).replace(/\r$/, '');
    return { record: { fields, quoted, line, raw }, next: at + 1 };
  }
}
