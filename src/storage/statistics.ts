import type { ByteReader, ByteWriter } from '../base/bytes.ts';
import type { StoredValue } from '../types/type.ts';
import { CellWriter } from './cell-codec.ts';
import { CellReader } from './cell-reader.ts';
import { PHYSICAL_CODE, PHYSICAL_OF_CODE } from './chunk/chunk-entry.ts';
import { compareStored } from './chunk/stored-cell.ts';
import type { Physical } from '../types/type.ts';

/** What is known of one column below a page reference, without reading it. */
export interface ColumnStatistics {
  readonly column: number;
  /** Undefined when every row is null or lacks the column. */
  readonly physical: Physical | undefined;
  readonly nulls: number;
  /** Rows written before the column existed. */
  readonly absent: number;
  /** No value is below `min` or above `max`, in the natural order of the physical form; undefined: not known. */
  readonly min: StoredValue | undefined;
  readonly max: StoredValue | undefined;
}

/** What lies below one child reference. */
export interface SubtreeStatistics {
  readonly rows: number;
  readonly tombstones: number;
  readonly leaves: number;
  /** Bytes of the pages below, the child's own included, statistics and overflow pages too. */
  readonly bytes: number;
  /** In ascending column id; at most STATISTICS_COLUMNS_MAX. A column not listed is not known. */
  readonly columns: readonly ColumnStatistics[];
}

/** Columns beyond the first so many (by id) have no statistics in pages. */
export const STATISTICS_COLUMNS_MAX = 64;

/** The statistics of several subtrees taken together. */
export function joinStatistics(parts: readonly SubtreeStatistics[]): SubtreeStatistics {
  if (parts.length === 1) return parts[0];
  let rows = 0;
  let tombstones = 0;
  let leaves = 0;
  let bytes = 0;
  const columns = new Map<number, JoinedColumn>();
  for (const part of parts) {
    rows += part.rows;
    tombstones += part.tombstones;
    leaves += part.leaves;
    bytes += part.bytes;
    for (const column of part.columns) {
      const known = columns.get(column.column);
      if (known === undefined) columns.set(column.column, { ...column, parts: 1 });
      else join(known, column);
    }
  }
  const joined = [...columns.values()]
    .sort((a, b) => a.column - b.column)
    .map(({ parts: seen, ...column }) => (seen === parts.length ? column : withoutSome(column, parts)));
  return { rows, tombstones, leaves, bytes, columns: joined };
}

/** What is known of a column in the first `parts` subtrees that list it. */
type JoinedColumn = { -readonly [Part in keyof ColumnStatistics]: ColumnStatistics[Part] } & { parts: number };

function join(into: JoinedColumn, more: ColumnStatistics): void {
  into.parts++;
  into.nulls += more.nulls;
  into.absent += more.absent;
  if (more.physical === undefined) return;
  if (into.physical === undefined) {
    into.physical = more.physical;
    into.min = more.min;
    into.max = more.max;
  } else if (into.physical !== more.physical) {
    into.min = undefined;
    into.max = undefined;
  } else {
    if (into.min !== undefined && (more.min === undefined || compareStored(into.physical, more.min, into.min) < 0)) into.min = more.min;
    if (into.max !== undefined && (more.max === undefined || compareStored(into.physical, more.max, into.max) > 0)) into.max = more.max;
  }
}

/** A column that some parts do not list: absent in all of their rows, unless they list as many as they may. */
function withoutSome(column: ColumnStatistics, parts: readonly SubtreeStatistics[]): ColumnStatistics {
  let absent = column.absent;
  let known = true;
  for (const part of parts) {
    if (part.columns.some((one) => one.column === column.column)) continue;
    absent += part.rows;
    if (part.columns.length >= STATISTICS_COLUMNS_MAX) known = false;
  }
  return known ? { ...column, absent } : { ...column, absent, min: undefined, max: undefined };
}

const cellWriter = new CellWriter();
const cellReader = new CellReader('a bound in statistics');

const HAS_MIN = 1;
const HAS_MAX = 2;

/** varint rows, tombstones, leaves, bytes, columns; per column: varint id, u8 physical, u8 bounds, varint nulls, absent, the bounds as sized cells. */
export function writeStatistics(writer: ByteWriter, statistics: SubtreeStatistics): void {
  writer.varint(statistics.rows).varint(statistics.tombstones).varint(statistics.leaves).varint(statistics.bytes);
  const columns = statistics.columns.slice(0, STATISTICS_COLUMNS_MAX);
  writer.varint(columns.length);
  for (const column of columns) {
    const { physical, min, max } = column;
    writer.varint(column.column).u8(physical === undefined ? 0 : PHYSICAL_CODE[physical]);
    writer
      .u8((min === undefined ? 0 : HAS_MIN) | (max === undefined ? 0 : HAS_MAX))
      .varint(column.nulls)
      .varint(column.absent);
    if (physical !== undefined && min !== undefined) writeBound(writer, physical, min);
    if (physical !== undefined && max !== undefined) writeBound(writer, physical, max);
  }
}

export function readStatistics(reader: ByteReader): SubtreeStatistics {
  const rows = reader.varint();
  const tombstones = reader.varint();
  const leaves = reader.varint();
  const bytes = reader.varint();
  const columns: ColumnStatistics[] = [];
  for (let left = reader.varint(); left > 0; left--) {
    const column = reader.varint();
    const physical = PHYSICAL_OF_CODE[reader.u8()];
    const flags = reader.u8();
    const nulls = reader.varint();
    const absent = reader.varint();
    const min = (flags & HAS_MIN) === 0 ? undefined : readBound(reader);
    const max = (flags & HAS_MAX) === 0 ? undefined : readBound(reader);
    columns.push({ column, physical, nulls, absent, min, max });
  }
  return { rows, tombstones, leaves, bytes, columns };
}

export function writeBound(writer: ByteWriter, physical: Physical, value: StoredValue): void {
  cellWriter.reset();
  cellWriter.cell(0, physical, value);
  writer.sized(cellWriter.view());
}

export function readBound(reader: ByteReader): StoredValue {
  const bytes = reader.sized();
  cellReader.open(bytes);
  const value = cellReader.value(cellReader.varint());
  cellReader.finish();
  return value === null ? reader.damaged('a bound is null') : value;
}
