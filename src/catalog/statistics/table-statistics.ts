/** The statistics of all columns of a table, from a sample of its tree. */
import type { TreeSample } from '../../storage/sample.ts';
import type { ColumnStatistics, TableDescriptor } from '../descriptor.ts';
import { describeColumn } from './describe-column.ts';

/** How much of a table is looked at: rows enough for a histogram of 64 parts, from as many leaves as a few megabytes hold. */
export const SAMPLE = { rows: 20_000, blocks: 128 } as const;

/** `sample` holds the table's columns in their order. `pause` is awaited between columns, so that others get their turn. */
export async function tableStatistics(
  table: TableDescriptor,
  sample: TreeSample,
  pause: () => void | Promise<void>,
): Promise<ColumnStatistics[]> {
  const statistics: ColumnStatistics[] = [];
  for (const [position, { id, type }] of table.columns.entries()) {
    const blocks = sample.blocks.map((block) => block.map((row) => row[position]));
    statistics.push(describeColumn({ column: id, type, rows: sample.rows, blocks }));
    await pause();
  }
  return statistics;
}

/** Whether a sample leaves open how many distinct values there are: many, and yet not every one another. */
export function isUncertain({ distinct, rows }: ColumnStatistics): boolean {
  return rows > SAMPLE.rows && distinct > SAMPLE.rows / 5 && distinct < rows * 0.8;
}
