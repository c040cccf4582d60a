import { NO_SCALE, type BatchColumn } from './batch-column.ts';
import type { ColumnBatch } from './column-batch.ts';

/** Any address: a string may lie anywhere. */
const ADDRESS_MAX = 0xffffffff;

/**
 * Puts columns `positions` of rows [base, base + count) of one batch behind the rows of another, whose columns they are in that order;
 * `advance` is left to the caller. Both lie in one memory.
 */
export function copyRows(from: ColumnBatch, base: number, count: number, into: ColumnBatch, positions: readonly number[]): void {
  positions.forEach((position, at) => {
    const source = from.columns[position];
    const target = into.columns[at];
    if (!copyColumn(source, base, count, target, into)) {
      for (let row = 0; row < count; row++) target.set(into.rows + row, source.get(base + row));
    }
  });
}

/** False when the values have to be looked at one by one. */
function copyColumn(source: BatchColumn, base: number, count: number, target: BatchColumn, into: ColumnBatch): boolean {
  const { memory, rows } = into;
  const { kernels } = memory;
  if (kernels === undefined || source.form !== target.form || source.exceptions !== undefined) return false;
  if (source.form === 'decimal') {
    if (target.scale === NO_SCALE) target.scale = source.scale;
    if (target.scale !== source.scale) return false;
  }
  const { width } = source;
  const data = target.data + rows * width;
  memory.u8.copyWithin(data, source.data + base * width, source.data + (base + count) * width);
  memory.u8.copyWithin(target.nulls + rows, source.nulls + base, source.nulls + base + count);
  if (source.hasNulls) target.hasNulls = true;
  if (source.form === 'string') {
    const arena = into.strings.reserve(kernels.totalLength(data, 0, count));
    into.strings.taken(kernels.moveStrings(data, count, 0, ADDRESS_MAX, arena));
  }
  return true;
}
