/** Rows as DataRow messages, cells in the formats the client asked for. */
import { utf8 } from '../base/bytes.ts';
import type { Field, Session } from '../session/session.ts';
import type { Row } from '../types/value.ts';
import type { BackendWriter } from './backend-writer.ts';
import { binaryOf } from './binary.ts';

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
    writer.dataRow(
      fields.map((field, at) => {
        const value = row[at];
        if (value === null || value === undefined) return null;
        return binary[at] ? binaryOf(field.type.oid, value) : utf8(session.textOfValue(field.type.oid, value));
      }),
    );
    await relieve();
  }
}

export function formatAt(formats: readonly number[], at: number): number {
  return formats.length === 1 ? formats[0] : (formats[at] ?? 0);
}
