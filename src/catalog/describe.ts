/** Answers of PostgreSQL's catalog information functions (pg_get_constraintdef, pg_get_indexdef, …) from descriptors. */
import { quoteIdentifier } from '../types/functions/text/quote.ts';
import { SqlError } from '../base/sql-error.ts';
import { oid, type Oid } from '../types/oid.ts';
import type { Value } from '../types/value.ts';
import { checkText, constraintText, indexKeyText, indexText, upperValue } from './definition-text.ts';
import type { CatalogView, IndexDescriptor, RelationDescriptor, TableDescriptor } from './descriptor.ts';
import { expressionAlongPath } from './name-text.ts';
import { argumentsText, numbered, resultText, signatureText, type NumberedFunction } from './system/functions.ts';
import { DATABASE_OWNER_OID, OWNER_NAME, OWNER_OID, partOid } from './system/objects.ts';
import { viewText } from './view-text.ts';

/** What an answer may depend on. */
export interface DescribeScope {
  readonly catalog: CatalogView;
  readonly path: readonly string[];
  /** The parts of a dotted name as regclass input reads it. */
  readonly split: (name: string) => readonly string[];
}

type Answer = (scope: DescribeScope, args: readonly Value[]) => Value;

/** The answer of `functionName`, undefined when it is not one of these, null when the object is not there. */
export function describeObject(scope: DescribeScope, functionName: string, args: readonly Value[]): Value | undefined {
  return ANSWERS.get(functionName)?.(scope, args);
}

const ROLES: ReadonlyMap<number, string> = new Map([
  [OWNER_OID, OWNER_NAME],
  [DATABASE_OWNER_OID, 'pg_database_owner'],
]);
const COLLATIONS: ReadonlyMap<number, string> = new Map([
  [100, 'default'],
  [950, 'C'],
  [951, 'POSIX'],
]);
const PUBLIC_OID = 2200;

const ANSWERS: ReadonlyMap<string, Answer> = new Map<string, Answer>([
  ['pg_get_constraintdef', (scope, [id, pretty]) => constraintDefinition(scope, Number(id), pretty === true)],
  [
    'pg_get_indexdef',
    ({ catalog }, [id, column, pretty]) => indexDefinition(catalog, Number(id), typeof column === 'number' ? column : 0, pretty === true),
  ],
  ['pg_get_viewdef', (scope, [view]) => viewDefinition(scope, view)],
  ['pg_get_expr', ({ catalog, path }, [text]) => (typeof text === 'string' ? expressionAlongPath(catalog, text, path) : null)],
  ['pg_get_serial_sequence', (scope, [table, column]) => serialSequence(scope, String(table), String(column))],
  ['pg_get_userbyid', (_, [role]) => ROLES.get(Number(role)) ?? `unknown (OID=${String(role)})`],
  ['pg_get_function_arguments', (_, [id]) => ofFunction(id, argumentsText)],
  ['pg_get_function_identity_arguments', (_, [id]) => ofFunction(id, argumentsText)],
  ['pg_get_function_result', (_, [id]) => ofFunction(id, resultText)],
  ['pg_tablespace_location', () => ''],
  ['obj_description', ({ catalog }, [id, of]) => objectComment(catalog, Number(id), typeof of === 'string' ? of : 'pg_class')],
  ['col_description', ({ catalog }, [id, column]) => columnComment(catalog, Number(id), Number(column))],
  ['shobj_description', () => null],
  ['pg_table_is_visible', ({ catalog, path }, [id]) => tableIsVisible(catalog, oid(Number(id)), path)],
  ['pg_type_is_visible', ({ catalog, path }, [id]) => typeIsVisible(catalog, oid(Number(id)), path)],
  ['regprocin', (scope, [name]) => functionNamed(scope, String(name))],
  ['regprocout', (_, [id]) => ofFunction(id, (made) => made.name)],
  [
    'regprocedurein',
    (_, [text]) =>
      numbered().functions.find(
        (made) =>
          signatureText(made) ===
          String(text)
            .replaceAll(/\s*([(,)])\s*/g, '$1')
            .replace(/^pg_catalog\./, ''),
      )?.oid ?? null,
  ],
  ['regprocedureout', (_, [id]) => ofFunction(id, signatureText)],
  ['regoperout', (_, [id]) => numbered().operators.find((made) => made.oid === id)?.definition.name ?? null],
  ['regoperatorout', (_, [id]) => numbered().operators.find((made) => made.oid === id)?.definition.name ?? null],
  ['regrolein', (_, [name]) => keyOf(ROLES, String(name))],
  ['regroleout', (_, [id]) => ROLES.get(Number(id)) ?? null],
  ['regcollationin', (_, [name]) => keyOf(COLLATIONS, String(name).replaceAll('"', '').replace('pg_catalog.', ''))],
  ['regcollationout', (_, [id]) => quotedOrNull(COLLATIONS.get(Number(id)))],
  ['to_regproc', (scope, [name]) => functionNamed(scope, String(name))],
  ['to_regrole', (_, [name]) => keyOf(ROLES, String(name))],
]);

function constraintDefinition({ catalog, path }: DescribeScope, id: number, pretty: boolean): string | null {
  for (const relation of catalog.relations()) {
    const constraint = relation.kind === 'table' ? relation.constraints.find((candidate) => candidate.oid === id) : undefined;
    if (relation.kind === 'table' && constraint !== undefined) return constraintText(catalog, relation, constraint, path, pretty);
  }
  for (const type of catalog.userTypes()) {
    const check = type.kind === 'domain' ? type.checks.find((_, at) => partOid(type.oid, at) === id) : undefined;
    if (check !== undefined) return checkText(upperValue(check.expressionText), pretty);
  }
  return null;
}

function indexDefinition(catalog: CatalogView, id: number, column: number, pretty: boolean): string | null {
  const found = indexByOid(catalog, id);
  if (found === undefined) return null;
  const { table, index } = found;
  if (column === 0) return indexText(table, index, pretty);
  return column <= index.keys.length ? indexKeyText(table, index, column - 1, false) : '';
}

function viewDefinition(scope: DescribeScope, named: Value): string | null {
  const view = typeof named === 'string' ? relationNamed(scope, named) : scope.catalog.relation(oid(Number(named)));
  if (view?.kind === 'table' && view.materialized !== undefined) return viewText(view.materialized);
  return view?.kind === 'view' ? viewText(view) : null;
}

/** The sequence behind a column, quoted for nextval; null when there is none. 42P01 and 42703 for what is not there. */
function serialSequence(scope: DescribeScope, tableName: string, columnName: string): string | null {
  const table = relationNamed(scope, tableName);
  if (table === undefined) throw new SqlError('undefined_table', `relation "${scope.split(tableName).join('.')}" does not exist`);
  const columns: readonly { readonly name: string; readonly sequence?: Oid | undefined }[] = table.kind === 'sequence' ? [] : table.columns;
  const column = columns.find((candidate) => candidate.name === columnName);
  if (column === undefined) throw new SqlError('undefined_column', `column "${columnName}" of relation "${table.name}" does not exist`);
  const sequence = column.sequence === undefined ? undefined : scope.catalog.relation(column.sequence);
  return sequence === undefined ? null : `${quoteIdentifier(sequence.schemaName)}.${quoteIdentifier(sequence.name)}`;
}

function objectComment(catalog: CatalogView, id: number, of: string): string | null {
  if (of === 'pg_namespace') return id === PUBLIC_OID ? 'standard public schema' : null;
  if (of !== 'pg_class') return null;
  return catalog.relation(oid(id))?.comment ?? null;
}

function columnComment(catalog: CatalogView, id: number, column: number): string | null {
  const relation = catalog.relation(oid(id));
  return relation?.kind === 'table' ? (relation.columns.find((candidate) => candidate.id === column)?.comment ?? null) : null;
}

/** Whether a relation's or index's bare name leads to it. Null when there is no such thing. */
function tableIsVisible(catalog: CatalogView, id: Oid, path: readonly string[]): boolean | null {
  const relation = catalog.relation(id);
  if (relation !== undefined) return catalog.findRelation(undefined, relation.name, path)?.oid === id;
  const index = indexByOid(catalog, id);
  return index === undefined
    ? null
    : path.includes(index.table.schemaName) && catalog.findRelation(undefined, index.index.name, path) === undefined;
}

function typeIsVisible(catalog: CatalogView, id: Oid, path: readonly string[]): boolean {
  const user = catalog.userTypes().find((type) => type.oid === id || type.arrayOid === id);
  return user === undefined || catalog.findType(undefined, user.name, path)?.oid === user.oid;
}

function indexByOid(catalog: CatalogView, id: number): { readonly table: TableDescriptor; readonly index: IndexDescriptor } | undefined {
  for (const table of catalog.relations()) {
    const index = table.kind === 'table' ? table.indexes.find((candidate) => candidate.oid === id) : undefined;
    if (table.kind === 'table' && index !== undefined) return { table, index };
  }
  return undefined;
}

function relationNamed({ catalog, path, split }: DescribeScope, name: string): RelationDescriptor | undefined {
  const parts = split(name);
  return catalog.findRelation(parts.length > 1 ? parts[parts.length - 2] : undefined, parts[parts.length - 1], path);
}

/** The one function of a name; 42725 when there are several. */
function functionNamed({ split }: DescribeScope, name: string): number | null {
  const parts = split(name);
  if (parts.length > 1 && parts[0] !== 'pg_catalog') return null;
  const found = numbered().functions.filter((made) => made.name === parts[parts.length - 1]);
  if (found.length > 1) throw new SqlError('ambiguous_function', `more than one function named "${name}"`);
  return found[0]?.oid ?? null;
}

function ofFunction(id: Value, text: (made: NumberedFunction) => string): string | null {
  const made = numbered().byOid.get(Number(id));
  return made === undefined ? null : text(made);
}

function keyOf(names: ReadonlyMap<number, string>, sought: string): number | null {
  for (const [id, name] of names) if (name === sought) return id;
  return null;
}

function quotedOrNull(name: string | undefined): string | null {
  return name === undefined ? null : quoteIdentifier(name);
}
