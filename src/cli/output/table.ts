/**
 * psql's aligned output:
 *
 *      id │ name            header centred, numbers at the right
 *     ----+------
 *       1 | one     +       a line break in a value goes on below, marked +
 *         | two
 *     (1 row)
 */
import { displayWidth, shown } from './display-width.ts';
import { isNumber, textsOf, type PrintedResult } from './result.ts';

export interface TableOptions {
  /** What null looks like. */
  readonly nullText: string;
  /** One column a line, as \x does. */
  readonly expanded: boolean;
  /** Whether header and count are left out. */
  readonly bare: boolean;
  /** Paints the header; the identity where no colors are wanted. */
  readonly paint: (text: string) => string;
}

export function tableText(result: PrintedResult, options: TableOptions): string {
  return options.expanded ? expandedText(result, options) : alignedText(result, options);
}

interface Cell {
  readonly lines: readonly string[];
  readonly width: number;
}

function cellOf(text: string): Cell {
  const lines = shown(text).split('\n');
  return { lines, width: Math.max(...lines.map(displayWidth)) };
}

function alignedText(result: PrintedResult, { nullText, bare, paint }: TableOptions): string {
  const header = result.fields.map((field) => cellOf(field.name));
  const rows = result.rows.map((row) => textsOf(result, row).map((text) => cellOf(text ?? nullText)));
  const widths = header.map((cell, at) => rows.reduce((width, row) => Math.max(width, row[at].width), bare ? 0 : cell.width));
  const atRight = result.fields.map((field) => isNumber(field.type.oid));
  const out: string[] = [];
  if (result.fields.length === 0) return bare ? '' : `--\n${countText(result)}\n`;
  if (!bare) {
    headerLines(header, widths).forEach((line) => out.push(line.map((text) => paint(text)).join('|')));
    out.push(widths.map((width) => '-'.repeat(width + 2)).join('+'));
  }
  for (const row of rows) pushRow(out, row, widths, atRight);
  if (!bare) out.push(countText(result));
  return out.length === 0 ? '' : `${out.join('\n')}\n`;
}

function countText({ rows }: PrintedResult): string {
  return `(${rows.length} ${rows.length === 1 ? 'row' : 'rows'})`;
}

function headerLines(header: readonly Cell[], widths: readonly number[]): string[][] {
  const height = Math.max(1, ...header.map((cell) => cell.lines.length));
  return Array.from({ length: height }, (_, number) =>
    header.map((cell, at) => {
      const text = cell.lines[number] ?? '';
      const space = widths[at] - displayWidth(text);
      const left = Math.floor(space / 2);
      return ` ${' '.repeat(left)}${text}${' '.repeat(space - left)}${number + 1 < cell.lines.length ? '+' : ' '}`;
    }),
  );
}

function pushRow(out: string[], row: readonly Cell[], widths: readonly number[], atRight: readonly boolean[]): void {
  const height = Math.max(1, ...row.map((cell) => cell.lines.length));
  const last = row.length - 1;
  for (let number = 0; number < height; number++) {
    const texts = row.map((cell, at) => {
      const text = cell.lines[number] ?? '';
      const space = ' '.repeat(widths[at] - displayWidth(text));
      const goesOn = number + 1 < cell.lines.length;
      const filled = atRight[at] ? space + text : at === last && !goesOn ? text : text + space;
      return ` ${filled}${goesOn ? '+' : at === last ? '' : ' '}`;
    });
    out.push(texts.join('|'));
  }
}

function expandedText(result: PrintedResult, { nullText, bare, paint }: TableOptions): string {
  if (result.rows.length === 0) return bare ? '' : '(0 rows)\n';
  const names = result.fields.map((field) => cellOf(field.name));
  const rows = result.rows.map((row) => textsOf(result, row).map((text) => cellOf(text ?? nullText)));
  const nameWidth = Math.max(0, ...names.map((name) => name.width));
  const valueWidth = Math.max(0, ...rows.flat().map((cell) => cell.width));
  const out: string[] = [];
  rows.forEach((row, number) => {
    const title = `-[ RECORD ${number + 1} ]`;
    if (!bare) out.push(recordLine(title, nameWidth, valueWidth));
    else if (number > 0) out.push('');
    row.forEach((cell, at) => {
      const height = Math.max(cell.lines.length, names[at].lines.length);
      for (let line = 0; line < height; line++) {
        const name = names[at].lines[line] ?? '';
        const text = cell.lines[line] ?? '';
        const goesOn = line + 1 < cell.lines.length;
        out.push(
          `${paint(name)}${' '.repeat(nameWidth - displayWidth(name))} | ${text}${goesOn ? `${' '.repeat(valueWidth - displayWidth(text))}+` : ''}`,
        );
      }
    });
  });
  return `${out.join('\n')}\n`;
}

/** The title, drawn on in dashes to the width of the record, with a crossing under the column's bar. */
function recordLine(title: string, nameWidth: number, valueWidth: number): string {
  const line = Array.from(title.padEnd(nameWidth + 3 + valueWidth, '-'));
  if (title.length <= nameWidth + 1) line[nameWidth + 1] = '+';
  return line.join('');
}
