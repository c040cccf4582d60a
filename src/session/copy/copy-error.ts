/** Where in the data an error is, as PostgreSQL says it in the context of a message. */
import { SqlError } from '../../base/sql-error.ts';

/** Characters of a value or line shown in messages. */
const SHOWN_LENGTH_MAX = 100;

export function quotedText(text: string): string {
  return text.length > SHOWN_LENGTH_MAX ? `"${text.slice(0, SHOWN_LENGTH_MAX)}..."` : `"${text}"`;
}

/** The same error with its place, unless it has one. */
export function located(error: unknown, where: string): unknown {
  if (!(error instanceof SqlError) || error.where !== undefined) return error;
  const { detail, hint, schema, table, column, dataType, constraint } = error;
  return new SqlError(error.condition, error.message, {
    detail,
    hint,
    schema,
    table,
    column,
    dataType,
    constraint,
    where,
    cause: error.cause,
  });
}

/** SQLSTATE 22021 for the bytes that begin no character, as many as the first of them announces. */
export function notText(bytes: Uint8Array, where: string | undefined): SqlError {
  const [lead] = bytes;
  const announced = lead >= 0xf0 && lead < 0xf8 ? 4 : lead >= 0xe0 && lead < 0xf0 ? 3 : lead >= 0xc0 && lead < 0xe0 ? 2 : 1;
  const shown = Array.from(bytes.subarray(0, announced), (byte) => `0x${byte.toString(16).padStart(2, '0')}`).join(' ');
  return new SqlError('character_not_in_repertoire', `invalid byte sequence for encoding "UTF8": ${shown}`, { where });
}
