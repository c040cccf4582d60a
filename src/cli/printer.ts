/** Prints what statements give, as the options of the moment say. */
import type { Session, StatementResult } from '../session/session.ts';
import { csvText } from './output/csv.ts';
import { jsonText, ndjsonText } from './output/json.ts';
import { OUTPUT_FORMATS, type OutputFormat, type PrintedResult } from './output/result.ts';
import { tableText } from './output/table.ts';

/** What \pset, \x, \t and \timing change. */
export interface PrintOptions {
  format: OutputFormat;
  expanded: boolean;
  /** Rows only: no header, no count, no command tags. */
  bare: boolean;
  /** Whether command tags are left out. */
  quiet: boolean;
  timing: boolean;
  nullText: string;
  color: boolean;
}

export function resultText(session: Session, result: StatementResult, options: PrintOptions): string {
  const { fields, rows } = result;
  const tag = options.quiet || options.bare || options.format !== 'table' || result.tag === '' ? '' : `${result.tag}\n`;
  if (fields === undefined) return tag;
  const printed: PrintedResult = { fields, rows, textOf: (type, value) => session.textOfValue(type, value) };
  const rest =
    result.tag.startsWith('SELECT') || result.tag.startsWith('SHOW') || result.tag.startsWith('FETCH') || result.tag.startsWith('EXPLAIN')
      ? ''
      : tag;
  return rowsText(printed, options) + rest;
}

function rowsText(printed: PrintedResult, options: PrintOptions): string {
  switch (options.format) {
    case 'json':
      return jsonText(printed);
    case 'ndjson':
      return ndjsonText(printed);
    case 'csv':
      return csvText(printed, { header: !options.bare });
    case 'table': {
      const paint = options.color ? (text: string): string => `\u001b[1m${text}\u001b[0m` : (text: string): string => text;
      const text = tableText(printed, { nullText: options.nullText, expanded: options.expanded, bare: options.bare, paint });
      return options.bare ? text : `${text}\n`;
    }
  }
}

/** The format of that name, or undefined. */
export function outputFormat(name: string): OutputFormat | undefined {
  return OUTPUT_FORMATS.find((format) => format === name) ?? (name === 'aligned' ? 'table' : undefined);
}
