/** pg_statistic and pg_stats: what the planner knows of the values in each column. */
import { SqlArray, type Value } from '../../types/value.ts';
import { typeDefinition } from '../../types/types.ts';
import type { SqlType } from '../../types/type.ts';
import { CATALOG_TEXT } from '../codec.ts';
import type { CatalogView, ColumnDescriptor, ColumnStatistics, TableDescriptor } from '../descriptor.ts';
import type { SystemRelationRows } from './define.ts';
import { tables } from './objects.ts';

/** PostgreSQL's numbers for what a slot of pg_statistic holds. */
const KIND = { commonValues: 1, histogram: 2, correlation: 3 } as const;
/** From this part of the rows on, distinct values are told as a part of them, since they will grow with the table. */
const GROWING_SHARE = 0.1;

export const pgStatistic: SystemRelationRows = {
  *pg_statistic(catalog) {
    for (const { table, column, attribute, known } of statisticsOf(catalog)) {
      const slots = slotsOf(column.type, known);
      yield {
        starelid: table.oid,
        staattnum: attribute,
        stainherit: false,
        stanullfrac: Math.fround(known.nullFraction),
        stawidth: known.averageBytes,
        stadistinct: distinctOf(known),
        ...Object.fromEntries(
          slots.flatMap(({ kind, numbers, values }, at) => [
            [`stakind${at + 1}`, kind],
            [`stanumbers${at + 1}`, numbers],
            [`stavalues${at + 1}`, values],
          ]),
        ),
      };
    }
  },
  *pg_stats(catalog) {
    for (const { table, column, known } of statisticsOf(catalog)) {
      yield {
        schemaname: table.schemaName,
        tablename: table.name,
        attname: column.name,
        inherited: false,
        null_frac: Math.fround(known.nullFraction),
        avg_width: known.averageBytes,
        n_distinct: distinctOf(known),
        most_common_vals: valuesText(
          column.type,
          known.common.map(({ value }) => value),
        ),
        most_common_freqs: fractions(known.common.map(({ fraction }) => fraction)),
        histogram_bounds: valuesText(column.type, known.bounds),
        correlation: known.correlation === undefined ? null : Math.fround(known.correlation),
      };
    }
  },
};

function* statisticsOf(catalog: CatalogView): Generator<{
  readonly table: TableDescriptor;
  readonly column: ColumnDescriptor;
  readonly attribute: number;
  readonly known: ColumnStatistics;
}> {
  for (const table of tables(catalog)) {
    for (const known of catalog.statistics(table.oid)) {
      const position = table.columns.findIndex((column) => column.id === known.column);
      if (position >= 0) yield { table, column: table.columns[position], attribute: position + 1, known };
    }
  }
}

interface StatisticSlot {
  readonly kind: number;
  readonly numbers: SqlArray | null;
  readonly values: string | null;
}

function slotsOf(type: SqlType, known: ColumnStatistics): StatisticSlot[] {
  const slots: StatisticSlot[] = [];
  const { common, bounds, correlation } = known;
  if (common.length > 0) {
    slots.push({
      kind: KIND.commonValues,
      numbers: fractions(common.map(({ fraction }) => fraction)),
      values: valuesText(
        type,
        common.map(({ value }) => value),
      ),
    });
  }
  if (bounds.length > 0) slots.push({ kind: KIND.histogram, numbers: null, values: valuesText(type, bounds) });
  if (correlation !== undefined) slots.push({ kind: KIND.correlation, numbers: fractions([correlation]), values: null });
  return slots;
}

function distinctOf({ distinct, rows }: ColumnStatistics): number {
  return Math.fround(rows > 0 && distinct > rows * GROWING_SHARE ? -distinct / rows : distinct);
}

function fractions(numbers: readonly number[]): SqlArray | null {
  return numbers.length === 0 ? null : new SqlArray(numbers.map(Math.fround));
}

/** As an array's text. */
function valuesText(type: SqlType, values: readonly Value[]): string | null {
  const { arrayOid } = typeDefinition(type.oid);
  return values.length === 0 || arrayOid === 0 ? null : typeDefinition(arrayOid).output(new SqlArray(values), CATALOG_TEXT);
}
