import type { ColumnRef, Expression } from '../../binder/expression.ts';
import type { WriteTarget } from '../../binder/plan.ts';
import { collectRefs } from '../../planner/expression-tools.ts';
import { RowPatch } from '../../storage/row-patch.ts';

/** A column of the rows that are read. */
export interface PatchedRef {
  readonly ref: ColumnRef;
  /** Its position in the table. */
  readonly position: number;
}

/**
 * A patch of rows that assigns the columns at `set` what `expressions` (conditions among them) compute from `row`, the columns of a row as
 * it is read. Undefined where a change needs more of the row than that: for generated columns, CHECK, entries of indexes, row ids.
 */
export function patchOf(
  { table, generated, checks }: WriteTarget,
  set: readonly { readonly position: number }[],
  expressions: readonly (Expression | undefined)[],
  row: readonly PatchedRef[],
): RowPatch | undefined {
  const positions = set.map((item) => item.position);
  const changes = new Set(positions.map((position) => table.columns[position].id));
  const isIndexed = table.indexes.some(
    (index) =>
      !index.primary && (index.predicateText !== undefined || index.keys.some(({ column }) => column === undefined || changes.has(column))),
  );
  if (table.tree.rowId !== undefined || generated.length > 0 || checks.length > 0 || isIndexed) return undefined;
  const refs = new Set<ColumnRef>();
  for (const expression of expressions) if (expression !== undefined) collectRefs(expression, refs);
  const read = row.flatMap(({ ref, position }, place) => (refs.has(ref) ? { position, place } : []));
  return new RowPatch(table.tree, positions, read);
}
