/** Rows as DataRow messages, cells in the formats the client asked for. */
import type { Field, Session } from '../session/session.ts';
import type { Row } from '../types/value.ts';
import { FLUSH_BYTES, type BackendWriter } from './backend-writer.ts';
import { binaryOf } from './binary/output.ts';

/** `formats`: none (all text), one for all columns, or one each; 0 text, 1 binary. `relieve` lets full buffers leave. */
export async function sendRows(
  session: Session,
  writer: BackendWriter,
  fields: readonly Field[],
  formats: readonly number[],
  rows: readonly Row[],
  relieve: () => Promise<void>,
): Promise<void> {
  const binary = fields.map((_, at) => formatAt(formats, at) === 1);
  for (const row of rows) {
    writer.beginRow(fields.length);
    try {
      for (let at = 0; at < fields.length; at++) {
        const value = row[at];
        if (value === null) writer.nullCell();
        else if (binary[at]) writer.bytesCell(binaryOf(fields[at].type.oid, value, session));
        else writer.textCell(session.textOfValue(fields[at].type.oid, value));
      }
    } catch (error) {
      writer.abandon();
      throw error;
    }
    writer.endRow();
    if (writer.length >= FLUSH_BYTES) await relieve();
  }
}

export function formatAt(formats: readonly number[], at: number): number {
  return formats.length === 1 ? formats[0] : (formats[at] ?? 0);
}
