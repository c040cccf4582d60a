/** The SQL texts that relations keep, read and changed. */
import type { ColumnDescriptor, ConstraintDescriptor, IndexDescriptor, TableDescriptor, ViewDescriptor } from '../../catalog/descriptor.ts';

/** The query of a view, materialized or not; undefined for a table that is none. */
export function storedQuery(relation: ViewDescriptor | TableDescriptor): string | undefined {
  return relation.kind === 'view' ? relation.queryText : relation.materialized?.queryText;
}

/** The view with another query, as a new version. */
export function withStoredQuery<Relation extends ViewDescriptor | TableDescriptor>(relation: Relation, queryText: string): Relation {
  const changed =
    relation.kind === 'view' ? { queryText } : { materialized: relation.materialized && { ...relation.materialized, queryText } };
  return { ...relation, ...changed, version: relation.version + 1 };
}

/** What of a table holds expressions. */
interface Expressions {
  columns: ColumnDescriptor[];
  indexes: IndexDescriptor[];
  constraints: ConstraintDescriptor[];
}

/** Defaults, generated columns, checks, and keys and predicates of indexes, each as `change` has it. */
export function withExpressions(
  { columns, indexes, constraints }: Pick<TableDescriptor, keyof Expressions>,
  change: (text: string) => string,
): Expressions {
  const changed = (text: string | undefined): string | undefined => (text === undefined ? undefined : change(text));
  return {
    columns: columns.map((column) => ({ ...column, defaultText: changed(column.defaultText) })),
    indexes: indexes.map((index) => ({
      ...index,
      predicateText: changed(index.predicateText),
      keys: index.keys.map((key) => ({ ...key, expressionText: changed(key.expressionText) })),
    })),
    constraints: constraints.map((constraint) =>
      constraint.kind === 'check' ? { ...constraint, expressionText: change(constraint.expressionText) } : constraint,
    ),
  };
}
