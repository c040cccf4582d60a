/** What is known about columns while a plan is chosen: how many distinct values, whether unique, between which bounds. */
import type { ColumnRef } from '../binder/expression.ts';
import type { ScanPlan } from '../binder/plan.ts';
import type { TableDescriptor } from '../catalog/descriptor.ts';
import type { Value } from '../types/value.ts';
import type { PlannerContext } from './context.ts';

export interface ColumnFacts {
  /** Distinct values; undefined when nothing says. */
  readonly distinct: number | undefined;
  readonly unique: boolean;
  /** Rows of the table it comes from. */
  readonly tableRows: number;
  readonly min: Value;
  readonly max: Value;
  readonly nullFraction: number;
  /** The unique keys of several columns it is part of. */
  readonly keys: readonly CompositeKey[];
}

/** A unique key of one relation instance: the same object in the facts of each of its columns. */
export interface CompositeKey {
  readonly size: number;
}

export type Facts = ReadonlyMap<ColumnRef, ColumnFacts>;

const ROWS_UNKNOWN = 1000;
/** A table is never reckoned smaller: counts may be behind, and a plan for no rows is the worst one for some. */
const ROWS_MIN = 10;

/** Rows of a table to reckon with. */
export function rowsOf(table: TableDescriptor, context: PlannerContext): number {
  return Math.max(ROWS_MIN, context.rows(table) ?? ROWS_UNKNOWN);
}

/** The facts of a scan's columns, from statistics where there are any, from unique keys otherwise. */
export function factsOfScan(scan: ScanPlan, context: PlannerContext): Facts {
  const tableRows = rowsOf(scan.table, context);
  const statistics = context.catalog.statistics(scan.table.oid);
  const facts = new Map<ColumnRef, ColumnFacts>();
  const keys = compositeKeys(scan.table);
  for (const { ref, position } of scan.columns) {
    const column = scan.table.columns.at(position);
    const known = column === undefined ? undefined : statistics.find((entry) => entry.column === column.id);
    const unique = isUnique(scan.table, position);
    facts.set(ref, {
      distinct: unique ? tableRows : known?.distinct,
      unique,
      tableRows,
      min: known?.min ?? null,
      max: known?.max ?? null,
      nullFraction: known?.nullFraction ?? 0.01,
      keys: keys.filter((key) => key.positions.includes(position)),
    });
  }
  return facts;
}

function compositeKeys(table: TableDescriptor): (CompositeKey & { readonly positions: readonly number[] })[] {
  const keys = table.indexes
    .filter((index) => index.unique && !index.primary && index.predicateText === undefined)
    .map((index) => index.keys.map((key) => table.columns.findIndex((column) => column.id === key.column)));
  return [table.tree.key.map((part) => part.column), ...keys]
    .filter((positions) => positions.length > 1)
    .map((positions) => ({ size: positions.length, positions }));
}

function isUnique(table: TableDescriptor, position: number): boolean {
  const { key } = table.tree;
  if (key.length === 1 && key[0].column === position) return true;
  const column = table.columns.at(position);
  return (
    column !== undefined &&
    table.indexes.some(
      (index) => index.unique && index.keys.length === 1 && index.keys[0].column === column.id && index.predicateText === undefined,
    )
  );
}

/** Distinct values to reckon with: known, or a guess from the table's size. */
export function distinctOf(facts: ColumnFacts): number {
  return Math.max(1, facts.distinct ?? (facts.tableRows <= 200 ? facts.tableRows : Math.max(200, facts.tableRows / 10)));
}
