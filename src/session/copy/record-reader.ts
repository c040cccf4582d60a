/** Text cut into records of fields. */
import { unreachable } from '../../base/assert.ts';
import type { CopyFormat } from './copy-format.ts';
import { CsvRecords } from './csv-records.ts';
import { LineRecords } from './line-records.ts';

export interface CopyRecord {
  readonly fields: (string | null)[];
  /** For CSV: which fields were quoted, when any was. */
  readonly quoted: readonly boolean[] | undefined;
  /** Where it starts, from 1. */
  readonly line: number;
  /** As it stood, for messages. */
  readonly raw: string;
}

export interface RecordReader {
  /** The line at which the next record starts. */
  readonly line: number;
  /** The records that end in `text`, which follows what was pushed before. */
  push(text: string): CopyRecord[];
  /** The last record, when it has no line break. SQLSTATE 22P04 when it is not whole. */
  end(): CopyRecord[];
}

/** `line`: where the first record starts. */
export function recordReader(format: CopyFormat, line = 1): RecordReader {
  switch (format.kind) {
    case 'text':
    case 'tbl':
      return new LineRecords(format, line);
    case 'csv':
      return new CsvRecords(format, line);
    default:
      return unreachable(format);
  }
}

/** The record that is all of `raw`, at line `line`. */
export function recordOf(format: CopyFormat, raw: string, line: number): CopyRecord {
  const reader = recordReader(format, line);
  const [record] = [...reader.push(raw), ...reader.end()];
  return record ?? { fields: format.nullText === '' ? [null] : [''], quoted: undefined, line, raw };
}

/** Bytes of one record, about; more is SQLSTATE 54000. */
export const RECORD_LENGTH_MAX = 512 * 1024 * 1024;
