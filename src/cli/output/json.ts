/** JSON that loses nothing: numbers keep every digit, json columns are embedded, everything else is PostgreSQL's text. */
import { OID, type Oid } from '../../types/oid.ts';
import type { Value } from '../../types/value.ts';
import { isNumber, type PrintedResult } from './result.ts';

/** One array with an object a row. */
export function jsonText(result: PrintedResult): string {
  const objects = result.rows.map((row) => objectText(result, row));
  return objects.length === 0 ? '[]\n' : `[\n  ${objects.join(',\n  ')}\n]\n`;
}

/** One object a line. */
export function ndjsonText(result: PrintedResult): string {
  return result.rows.map((row) => `${objectText(result, row)}\n`).join('');
}

function objectText(result: PrintedResult, row: readonly Value[]): string {
  return `{${result.fields.map((field, at) => `${JSON.stringify(field.name)}:${cellText(result, field.type.oid, row[at])}`).join(',')}}`;
}

function cellText(result: PrintedResult, type: Oid, value: Value): string {
  if (value === null) return 'null';
  const text = result.textOf(type, value);
  if (type === OID.bool) return text === 't' ? 'true' : 'false';
  if (type === OID.json || type === OID.jsonb) return text;
  return isNumber(type) && /^-?\d/.test(text) ? text : JSON.stringify(text); // NaN and Infinity are no JSON numbers
}
