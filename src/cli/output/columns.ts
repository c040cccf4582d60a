/** Rows of text side by side, each column as wide as it needs; the first row is the head. */
export function columnsText(rows: readonly (readonly string[])[]): string {
  const widths = rows[0].map((_, at) => Math.max(...rows.map((row) => row[at].length)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, at) => (at === row.length - 1 ? cell : cell.padEnd(widths[at])))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}
