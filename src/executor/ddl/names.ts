/** Where a new object goes, which object a name means, and the names PostgreSQL would choose itself. */
import type { Node, RangeVar } from '@pgsql/types';
import { textOf, utf8 } from '../../base/bytes.ts';
import { LIMITS } from '../../base/limits.ts';
import { SqlError } from '../../base/sql-error.ts';
import type { RelationDescriptor, SchemaDescriptor, TableDescriptor } from '../../catalog/descriptor.ts';
import type { Oid } from '../../types/oid.ts';
import type { DdlContext } from './context.ts';

/** The strings of a qualified name in a syntax tree. */
export function namesOf(nodes: readonly Node[] | undefined): string[] {
  return (nodes ?? []).map((node) => ('String' in node ? (node.String.sval ?? '') : ''));
}

/** A name's last part, and the schema before it. */
export function splitName(parts: readonly string[]): { schema: string | undefined; name: string } {
  return { schema: parts.length > 1 ? parts[parts.length - 2] : undefined, name: parts[parts.length - 1] ?? '' };
}

/** The schema in which `relation` would be created: the one named, else the first of the search path that exists. */
export function creationSchema(context: DdlContext, schema: string | undefined): SchemaDescriptor {
  if (schema !== undefined) return requireSchema(context, schema);
  for (const candidate of context.searchPath) {
    const found = candidate === 'pg_catalog' ? undefined : context.editor.snapshot.findSchema(candidate);
    if (found !== undefined) return found;
  }
  throw new SqlError('invalid_schema_name', 'no schema has been selected to create in');
}

export function requireSchema(context: DdlContext, name: string): SchemaDescriptor {
  const found = context.editor.snapshot.findSchema(name);
  if (found === undefined) throw new SqlError('invalid_schema_name', `schema "${name}" does not exist`);
  return found;
}

export function findRelation(context: DdlContext, relation: RangeVar): RelationDescriptor | undefined {
  return context.editor.snapshot.findRelation(relation.schemaname, relation.relname ?? '', context.searchPath);
}

/** The table a command works on; 42P01 when missing, 42809 when it is something else. */
export function requireTable(context: DdlContext, relation: RangeVar): TableDescriptor {
  const found = findRelation(context, relation);
  if (found === undefined) throw undefinedRelation(relation);
  if (found.kind !== 'table' || found.materialized !== undefined) throw new SqlError('wrong_object_type', `"${found.name}" is not a table`);
  return found;
}

/** What SQL calls a relation: table, view, materialized view, sequence. */
export function relationWord(relation: RelationDescriptor): 'table' | 'view' | 'materialized view' | 'sequence' {
  if (relation.kind === 'table') return relation.materialized === undefined ? 'table' : 'materialized view';
  return relation.kind === 'virtual' ? (relation.schemaName === 'information_schema' ? 'view' : 'table') : relation.kind;
}

export function undefinedRelation(relation: RangeVar): SqlError {
  return new SqlError('undefined_table', `relation "${displayName(relation)}" does not exist`);
}

export function displayName(relation: RangeVar): string {
  return relation.schemaname === undefined ? (relation.relname ?? '') : `${relation.schemaname}.${relation.relname ?? ''}`;
}

/** Cuts an identifier to the limit, never through a character. */
export function truncateIdentifier(name: string): string {
  const bytes = utf8(name);
  return bytes.length <= LIMITS.identifierBytesMax ? name : textOf(bytes.subarray(0, LIMITS.identifierBytesMax)).replace(/\uFFFD+$/, '');
}

/**
 * `table_column_label`, shortened to fit, with a number behind it when taken: how PostgreSQL names indexes, constraints and
 * sequences nobody named.
 */
export async function chooseName(
  parts: readonly string[],
  label: string,
  taken: (name: string) => boolean | Promise<boolean>,
): Promise<string> {
  for (let attempt = 0; ; attempt++) {
    const suffix = attempt === 0 ? label : `${label}${attempt}`;
    const name = joinName(parts, suffix);
    if (!(await taken(name))) return name;
  }
}

/** Whether a relation or index of that name exists in the schema, or a constraint on the table. */
export function relationNameTaken(context: DdlContext, schema: Oid): (name: string) => Promise<boolean> {
  return (name) => context.editor.nameTaken(schema, 'relation', name);
}

function joinName(parts: readonly string[], suffix: string): string {
  const kept = [...parts];
  const join = () => [...kept, suffix].join('_');
  while (utf8(join()).length > LIMITS.identifierBytesMax) {
    const longest = kept.reduce((best, part, at) => (utf8(part).length > utf8(kept[best]).length ? at : best), 0);
    kept[longest] = kept[longest].slice(0, -1);
  }
  return join();
}
