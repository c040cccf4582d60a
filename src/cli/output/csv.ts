/** CSV as PostgreSQL's COPY writes it, which is RFC 4180 with bare line feeds. */
import { textsOf, type PrintedResult } from './result.ts';

export function csvText(result: PrintedResult, options: { readonly header: boolean }): string {
  const lines = result.rows.map((row) => textsOf(result, row).map(csvCell).join(','));
  if (options.header) lines.unshift(result.fields.map((field) => csvCell(field.name)).join(','));
  return lines.map((line) => `${line}\n`).join('');
}

/** Null is nothing, the empty string is `""`. */
function csvCell(text: string | null): string {
  if (text === null) return '';
  return text === '' || text === '\\.' || /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
