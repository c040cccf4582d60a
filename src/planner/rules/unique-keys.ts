import type { ColumnRef } from '../../binder/expression.ts';
import type { ScanPlan } from '../../binder/plan.ts';

/** Whether at most one row of the table has given values, none of them null, in these columns. */
export function isUniqueBy({ table, columns }: ScanPlan, fixed: ReadonlySet<ColumnRef>): boolean {
  const positions = new Set(columns.filter(({ ref }) => fixed.has(ref)).map(({ position }) => position));
  const keys = [
    table.tree.key.map((part) => part.column),
    ...table.indexes
      .filter((index) => index.unique && !index.primary && index.state === 'public' && index.predicateText === undefined)
      .map((index) => index.keys.map((key) => table.columns.findIndex((candidate) => candidate.id === key.column))),
  ];
  return keys.some((key) => key.length > 0 && key.every((position) => position >= 0 && positions.has(position)));
}
