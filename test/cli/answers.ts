/** TPC's answers: fields between |, a header, numbers equal within 1e-6, blanks at the ends of text ignored. */

/** What is wrong with `rows` (of text cells) as an answer to `expected`; undefined when nothing is. */
export function answerDifference(expected: string, rows: readonly (readonly string[])[]): string | undefined {
  const wanted = expected
    .replace(/\n$/, '')
    .split('\n')
    .slice(1)
    .map((line) => line.split('|'));
  if (rows.length !== wanted.length) return `${rows.length} rows, expected ${wanted.length}`;
  for (const [number, row] of wanted.entries()) {
    if (rows[number].length !== row.length) return `row ${number + 1} has ${rows[number].length} columns, expected ${row.length}`;
    const at = row.findIndex((cell, column) => !sameCell(cell, rows[number][column]));
    if (at >= 0) return `row ${number + 1}, column ${at + 1}: ${rows[number][at]}, expected ${row[at]}`;
  }
  return undefined;
}

const NUMBER = /^[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i;
const TOLERANCE = 1e-6;

function sameCell(expected: string, actual: string): boolean {
  const [left, right] = [expected.trim(), actual.trim()];
  if (left === right) return true;
  if (!NUMBER.test(left) || !NUMBER.test(right)) return false;
  const [a, b] = [Number(left), Number(right)];
  return Math.abs(a - b) <= TOLERANCE * Math.max(Math.abs(a), Math.abs(b));
}

/** The records of a CSV text, header left out. */
export function csvRows(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = '';
  let isQuoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (isQuoted) {
      if (character === '"' && text[at + 1] === '"') cell += text[at++];
      else if (character === '"') isQuoted = false;
      else cell += character;
    } else if (character === '"') isQuoted = true;
    else if (character === ',' || character === '\n') {
      row.push(cell);
      cell = '';
      if (character === '\n') {
        rows.push(row);
        row = [];
      }
    } else cell += character;
  }
  return rows.slice(1);
}
