/** Answers of PostgreSQL's catalog information functions (pg_get_constraintdef, pg_get_indexdef, …) from descriptors. */
import { oid } from '../types/oid.ts';

import type { Value } from '../types/value.ts';
import type { CatalogView, ConstraintDescriptor, IndexDescriptor, TableDescriptor } from './descriptor.ts';

/** The answer of `functionName`, undefined when it is not one of these, null when the object is not there. */
export function describeObject(catalog: CatalogView, functionName: string, args: readonly Value[]): Value | undefined {
  const first = typeof args[0] === 'number' ? oid(args[0]) : undefined;
  switch (functionName) {
    case 'pg_get_constraintdef':
      return constraintDefinition(catalog, Number(args[0]));
    case 'pg_get_indexdef':
      return indexDefinition(catalog, Number(args[0]), typeof args[1] === 'number' ? args[1] : 0);
    case 'pg_get_viewdef': {
      const view = first === undefined ? undefined : catalog.relation(first);
      return view?.kind === 'view' ? ` ${view.queryText};` : null;
    }
    case 'pg_get_expr':
      return typeof args[0] === 'string' ? args[0] : null;
    case 'obj_description': {
      const relation = first === undefined ? undefined : catalog.relation(first);
      return relation?.comment ?? null;
    }
    case 'pg_get_serial_sequence':
      return null;
    case 'pg_table_is_visible':
    case 'pg_type_is_visible':
      return true;
    default:
      return undefined;
  }
}

/** `PRIMARY KEY (a)`, `FOREIGN KEY (a) REFERENCES t(b) ON DELETE CASCADE`, `CHECK ((a > 0))`. */
export function constraintText(catalog: CatalogView, table: TableDescriptor, constraint: ConstraintDescriptor): string {
  const names = (owner: TableDescriptor, ids: readonly number[]) => ids.map((id) => quoted(owner.columns.find((column) => column.id === id)?.name ?? '')).join(', ');
  switch (constraint.kind) {
    case 'check':
      return `CHECK ((${constraint.expressionText}))`;
    case 'primary':
      return `PRIMARY KEY (${names(table, constraint.columns)})`;
    case 'unique':
      return `UNIQUE (${names(table, constraint.columns)})`;
    case 'foreign': {
      const target = catalog.relation(constraint.table);
      const referenced = target?.kind === 'table' ? `${quoted(target.name)}(${names(target, constraint.tableColumns)})` : '';
      const actions = `${action('UPDATE', constraint.onUpdate)}${action('DELETE', constraint.onDelete)}`;
      const deferral = constraint.deferrable ? ` DEFERRABLE${constraint.initiallyDeferred ? ' INITIALLY DEFERRED' : ''}` : '';
      return `FOREIGN KEY (${names(table, constraint.columns)}) REFERENCES ${referenced}${constraint.match === 'full' ? ' MATCH FULL' : ''}${actions}${deferral}`;
    }
  }
}

/** `CREATE UNIQUE INDEX i ON public.t USING btree (a, b DESC)`. */
export function indexText(table: TableDescriptor, index: IndexDescriptor): string {
  const unique = index.unique ? 'UNIQUE ' : '';
  const where = index.predicateText === undefined ? '' : ` WHERE (${index.predicateText})`;
  return `CREATE ${unique}INDEX ${quoted(index.name)} ON ${quoted(table.schemaName)}.${quoted(table.name)} USING btree (${index.keys.map((_, at) => indexKeyText(table, index, at, true)).join(', ')})${where}`;
}

function constraintDefinition(catalog: CatalogView, id: number): string | null {
  for (const relation of catalog.relations()) {
    const constraint = relation.kind === 'table' ? relation.constraints.find((candidate) => candidate.oid === id) : undefined;
    if (relation.kind === 'table' && constraint !== undefined) return constraintText(catalog, relation, constraint);
  }
  return null;
}

function indexDefinition(catalog: CatalogView, id: number, column: number): string | null {
  for (const relation of catalog.relations()) {
    const index = relation.kind === 'table' ? relation.indexes.find((candidate) => candidate.oid === id) : undefined;
    if (relation.kind !== 'table' || index === undefined) continue;
    if (column === 0) return indexText(relation, index);
    return column <= index.keys.length ? indexKeyText(relation, index, column - 1, false) : '';
  }
  return null;
}

function indexKeyText(table: TableDescriptor, index: IndexDescriptor, at: number, withOrder: boolean): string {
  const key = index.keys[at];
  const name = key.expressionText === undefined ? quoted(table.columns.find((column) => column.id === key.column)?.name ?? '') : expressionKey(key.expressionText);
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

function quoted(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}
