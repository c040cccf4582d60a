/** A column's statistics as the statistics tree holds them: JSON, values in text form, so that any type has one. */
import { assert } from '../../base/assert.ts';
import { isSqlError } from '../../base/sql-error.ts';
import type { SqlType } from '../../types/type.ts';
import { typeDefinition } from '../../types/types.ts';
import type { Value } from '../../types/value.ts';
import { CATALOG_TEXT } from '../codec.ts';
import type { ColumnStatistics, TableDescriptor } from '../descriptor.ts';
import type { TableStatistics } from '../snapshot.ts';

interface Stored {
  readonly column: ColumnStatistics['column'];
  readonly rows?: number | undefined;
  readonly nullFraction: number;
  readonly distinct: number;
  readonly averageBytes: number;
  readonly correlation?: number | undefined;
  readonly common?: readonly (readonly [string, number])[] | undefined;
  readonly bounds?: readonly string[] | undefined;
  readonly min: string | null;
  readonly max: string | null;
}

export function encodeStatistics(table: TableDescriptor, statistics: ColumnStatistics): string {
  const type = typeOf(table, statistics.column);
  assert(type !== undefined, 'statistics belong to a column of their table', { column: statistics.column });
  const { correlation, common, bounds, min, max } = statistics;
  const stored: Stored = {
    column: statistics.column,
    rows: statistics.rows,
    nullFraction: short(statistics.nullFraction),
    distinct: statistics.distinct,
    averageBytes: statistics.averageBytes,
    correlation: correlation === undefined ? undefined : short(correlation),
    common: common.map(({ value, fraction }) => [textOf(type, value) ?? '', short(fraction)]),
    bounds: bounds.map((value) => textOf(type, value) ?? ''),
    min: textOf(type, min),
    max: textOf(type, max),
  };
  return JSON.stringify(stored);
}

/** The statistics of a table as read from the tree, decoded when they are first asked for. */
export class StoredStatistics implements TableStatistics {
  readonly #table: TableDescriptor;
  readonly #texts: string[] = [];
  #columns: readonly ColumnStatistics[] | undefined;

  constructor(table: TableDescriptor) {
    this.#table = table;
  }

  /** Takes one row's text. */
  add(text: string): void {
    this.#texts.push(text);
  }

  get columns(): readonly ColumnStatistics[] {
    this.#columns ??= this.#texts.map((text) => decodeStatistics(this.#table, text)).filter((column) => column !== undefined);
    return this.#columns;
  }
}

/** Undefined when the column is gone, or its type no longer reads what was written: statistics are never worth an error. */
function decodeStatistics(table: TableDescriptor, text: string): ColumnStatistics | undefined {
  const stored = JSON.parse(text) as Stored;
  const type = typeOf(table, stored.column);
  if (type === undefined) return undefined;
  try {
    return {
      column: stored.column,
      rows: stored.rows ?? 0,
      nullFraction: stored.nullFraction,
      distinct: stored.distinct,
      averageBytes: stored.averageBytes,
      correlation: stored.correlation,
      common: (stored.common ?? []).map(([value, fraction]) => ({ value: valueOf(type, value), fraction })),
      bounds: (stored.bounds ?? []).map((value) => valueOf(type, value)),
      min: valueOf(type, stored.min),
      max: valueOf(type, stored.max),
    };
  } catch (error) {
    if (isSqlError(error)) return undefined;
    throw error;
  }
}

function typeOf(table: TableDescriptor, column: ColumnStatistics['column']): SqlType | undefined {
  return table.columns.find((candidate) => candidate.id === column)?.type;
}

function textOf(type: SqlType, value: Value): string | null {
  return value === null ? null : typeDefinition(type.oid).output(value, CATALOG_TEXT);
}

function valueOf(type: SqlType, text: string | null): Value {
  return text === null ? null : typeDefinition(type.oid).input(text, CATALOG_TEXT, -1);
}

function short(fraction: number): number {
  return Number(fraction.toPrecision(4));
}
