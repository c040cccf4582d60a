/** Definitions of constraints and indexes as PostgreSQL writes them. */
import { quoteIdentifier } from '../types/functions/text/quote.ts';
import type { CatalogView, ConstraintDescriptor, IndexDescriptor, TableDescriptor } from './descriptor.ts';
import { relationText } from './name-text.ts';

/** `PRIMARY KEY (a)`, `FOREIGN KEY (a) REFERENCES t(b) ON DELETE CASCADE`, `CHECK ((a > 0))`; tables outside of `path` with their schema. */
export function constraintText(
  catalog: CatalogView,
  table: TableDescriptor,
  constraint: ConstraintDescriptor,
  path: readonly string[],
  pretty = false,
): string {
  const names = (owner: TableDescriptor, ids: readonly number[]) =>
    ids.map((id) => quoteIdentifier(owner.columns.find((column) => column.id === id)?.name ?? '')).join(', ');
  switch (constraint.kind) {
    case 'check':
      return checkText(constraint.expressionText, pretty);
    case 'primary':
      return `PRIMARY KEY (${names(table, constraint.columns)})`;
    case 'unique':
      return `UNIQUE (${names(table, constraint.columns)})`;
    case 'foreign': {
      const target = catalog.relation(constraint.table);
      const referenced =
        target?.kind === 'table' ? `${relationText(catalog, target, path)}(${names(target, constraint.tableColumns)})` : '';
      const actions = `${action('UPDATE', constraint.onUpdate)}${action('DELETE', constraint.onDelete)}`;
      const deferral = constraint.deferrable ? ` DEFERRABLE${constraint.initiallyDeferred ? ' INITIALLY DEFERRED' : ''}` : '';
      return `FOREIGN KEY (${names(table, constraint.columns)}) REFERENCES ${referenced}${constraint.match === 'full' ? ' MATCH FULL' : ''}${actions}${deferral}`;
    }
  }
}

/** `CHECK ((a > 0))`, prettily with one pair of parentheses. */
export function checkText(expression: string, pretty: boolean): string {
  return pretty ? `CHECK (${expression})` : `CHECK ((${expression}))`;
}

/** PostgreSQL writes a domain's VALUE in capitals. Text with quotes stays as it is. */
export function upperValue(expression: string): string {
  return /['"]/.test(expression) ? expression : expression.replaceAll(/\bvalue\b/g, 'VALUE');
}

/** `CREATE UNIQUE INDEX i ON public.t USING btree (a, b DESC)`. */
export function indexText(table: TableDescriptor, index: IndexDescriptor, pretty = false): string {
  const unique = index.unique ? 'UNIQUE ' : '';
  const where = index.predicateText === undefined ? '' : pretty ? ` WHERE ${index.predicateText}` : ` WHERE (${index.predicateText})`;
  return `CREATE ${unique}INDEX ${quoteIdentifier(index.name)} ON ${quoteIdentifier(table.schemaName)}.${quoteIdentifier(table.name)} USING btree (${index.keys.map((_, at) => indexKeyText(table, index, at, true)).join(', ')})${where}`;
}

/** One key of an index: a column's name or an expression, with DESC and NULLS where they are not the default. */
export function indexKeyText(table: TableDescriptor, index: IndexDescriptor, at: number, withOrder: boolean): string {
  const key = index.keys[at];
  const name =
    key.expressionText === undefined
      ? quoteIdentifier(table.columns.find((column) => column.id === key.column)?.name ?? '')
      : expressionKey(key.expressionText);
  if (!withOrder) return name;
  const order = key.descending ? ' DESC' : '';
  const nulls = key.nullsFirst === key.descending ? '' : key.nullsFirst ? ' NULLS FIRST' : ' NULLS LAST';
  return `${name}${order}${nulls}`;
}

function expressionKey(text: string): string {
  return /^[a-z_][a-z0-9_]*\(.*\)$/.test(text) ? text : `(${text})`;
}

function action(event: string, what: string): string {
  return what === 'no action' ? '' : ` ON ${event} ${what.toUpperCase()}`;
}
