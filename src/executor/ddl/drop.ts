/** DROP TABLE, VIEW, SEQUENCE, INDEX, SCHEMA, TYPE, DOMAIN, and what depends on them. */
import type { DropStmt, Node } from '@pgsql/types';
import { SqlError } from '../../base/sql-error.ts';
import { isRelation } from '../../catalog/codec.ts';
import type {
  RelationDescriptor,
  SchemaDescriptor,
  TableDescriptor,
  UserTypeDescriptor,
  ViewDescriptor,
} from '../../catalog/descriptor.ts';
import type { Oid } from '../../types/oid.ts';
import type { DdlContext } from './context.ts';
import { dropConstraint, forgetReference } from './drop-constraint.ts';
import { dropIndexStorage } from './indexes.ts';
import { namesOf, relationWord, splitName } from './names.ts';
import { TableDraft } from './table-draft.ts';

type StoredRelation = Exclude<RelationDescriptor, { kind: 'virtual' }>;

const WORDS: Readonly<Record<string, ReturnType<typeof relationWord> | 'index'>> = {
  OBJECT_TABLE: 'table',
  OBJECT_VIEW: 'view',
  OBJECT_MATVIEW: 'materialized view',
  OBJECT_SEQUENCE: 'sequence',
  OBJECT_INDEX: 'index',
};

export async function drop(context: DdlContext, statement: DropStmt): Promise<void> {
  const cascade = statement.behavior === 'DROP_CASCADE';
  const missingOk = statement.missing_ok === true;
  const names = (statement.objects ?? []).map(nameParts);
  if (statement.removeType === 'OBJECT_SCHEMA') {
    for (const parts of names) await dropSchema(context, parts[parts.length - 1], cascade, missingOk);
    return;
  }
  if (statement.removeType === 'OBJECT_TYPE' || statement.removeType === 'OBJECT_DOMAIN') {
    for (const parts of names) await dropType(context, splitName(parts), cascade, missingOk);
    return;
  }
  const word = WORDS[statement.removeType ?? ''];
  if (word === undefined) throw new SqlError('feature_not_supported', `DROP ${(statement.removeType ?? '').slice(7)} is not supported`);
  if (word === 'index') {
    for (const parts of names) await dropIndex(context, parts, missingOk);
    return;
  }
  const relations: StoredRelation[] = [];
  for (const parts of names) {
    const { schema, name } = splitName(parts);
    const found = context.editor.snapshot.findRelation(schema, name, context.searchPath);
    if (found === undefined) {
      if (tableOfIndex(context, schema, name) !== undefined) throw otherKind(name, word, 'index');
      if (schema !== undefined && context.editor.snapshot.findSchema(schema) === undefined && !missingOk) {
        throw new SqlError('invalid_schema_name', `schema "${schema}" does not exist`);
      }
      if (!missingOk) throw new SqlError('undefined_table', `${word} "${parts.join('.')}" does not exist`);
      context.notice(`${word} "${parts.join('.')}" does not exist, skipping`);
    } else if (relationWord(found) !== word) {
      throw otherKind(name, word, relationWord(found));
    } else if (found.kind === 'virtual') {
      throw new SqlError('insufficient_privilege', `permission denied: "${name}" is a system catalog`);
    } else {
      relations.push(found);
    }
  }
  await dropRelations(context, relations, cascade);
}

function otherKind(name: string, wanted: string, actual: string): SqlError {
  const article = wanted === 'index' ? 'an' : 'a';
  return new SqlError('wrong_object_type', `"${name}" is not ${article} ${wanted}`, {
    hint: `Use DROP ${actual.toUpperCase()} to remove ${actual === 'index' ? 'an' : 'a'} ${actual}.`,
  });
}

/** Drops relations together: what depends on them from outside the list goes too with CASCADE, else is 2BP01. */
export async function dropRelations(context: DdlContext, relations: readonly StoredRelation[], cascade: boolean): Promise<void> {
  const doomed = new Map(relations.map((relation) => [relation.oid, relation]));
  const notices: string[] = [];
  for (const relation of doomed.values()) {
    for (const view of dependentViews(context, relation.oid)) {
      if (doomed.has(view.oid)) continue;
      if (!cascade) throw dependent(relation, `${relationWord(view)} ${view.name} depends on ${relationWord(relation)} ${relation.name}`);
      notices.push(`drop cascades to ${relationWord(view)} ${view.name}`);
      doomed.set(view.oid, view);
    }
    if (relation.kind === 'table') await releaseForeignKeys(context, relation, doomed, cascade, notices);
    if (relation.kind === 'sequence') await releaseDefaults(context, relation, doomed, cascade, notices);
  }
  reportCascade(context, notices);
  for (const { oid } of doomed.values()) {
    const current = context.editor.snapshot.object(oid);
    if (current !== undefined && isRelation(current)) await dropOne(context, current);
  }
}

/** Views, materialized ones too, that read a relation. */
export function dependentViews(context: DdlContext, oid: Oid): (ViewDescriptor | TableDescriptor)[] {
  return context.editor.snapshot
    .relations()
    .filter(
      (relation): relation is ViewDescriptor | TableDescriptor =>
        (relation.kind === 'view' && relation.dependsOn.includes(oid)) ||
        (relation.kind === 'table' && relation.materialized?.dependsOn.includes(oid) === true),
    );
}

async function dropOne(context: DdlContext, relation: StoredRelation): Promise<void> {
  if (relation.kind === 'table') {
    for (const constraint of relation.constraints)
      if (constraint.kind === 'foreign' && constraint.table !== relation.oid) await forgetReference(context, relation, constraint);
    for (const index of relation.indexes) dropIndexStorage(context, relation, index);
    context.editor.transaction.clearTree(relation.tree);
    for (const other of context.editor.snapshot.relations()) {
      if (other.kind === 'sequence' && other.ownedBy?.table === relation.oid) context.editor.drop(other);
    }
  }
  const current = context.editor.snapshot.object(relation.oid);
  if (current !== undefined) context.editor.drop(current);
}

async function releaseForeignKeys(
  context: DdlContext,
  table: TableDescriptor,
  doomed: ReadonlyMap<Oid, unknown>,
  cascade: boolean,
  notices: string[],
): Promise<void> {
  for (const note of table.referencedBy) {
    const other = context.editor.snapshot.relation(note.table);
    if (other?.kind !== 'table' || doomed.has(other.oid)) continue;
    if (!cascade) throw dependent(table, `constraint ${note.constraint} on table ${other.name} depends on table ${table.name}`);
    notices.push(`drop cascades to constraint ${note.constraint} on table ${other.name}`);
    await dropConstraint(context, other, note.constraint, { cascade, missingOk: true });
  }
}

async function releaseDefaults(
  context: DdlContext,
  sequence: StoredRelation,
  doomed: ReadonlyMap<Oid, unknown>,
  cascade: boolean,
  notices: string[],
): Promise<void> {
  for (const table of context.editor.snapshot.relations()) {
    if (table.kind !== 'table' || doomed.has(table.oid)) continue;
    for (const column of table.columns) {
      if (column.sequence !== sequence.oid && column.defaultText?.includes(`${sequence.name}'`) !== true) continue;
      if (!cascade)
        throw dependent(sequence, `default value for column ${column.name} of table ${table.name} depends on sequence ${sequence.name}`);
      notices.push(`drop cascades to default value for column ${column.name} of table ${table.name}`);
      const draft = new TableDraft(table);
      draft.replaceColumn({ ...column, defaultText: undefined, sequence: undefined });
      await context.editor.replace(draft.finish());
    }
  }
}

async function dropIndex(context: DdlContext, parts: readonly string[], missingOk: boolean): Promise<void> {
  const { schema, name } = splitName(parts);
  const table = tableOfIndex(context, schema, name);
  if (table === undefined) {
    const other = context.editor.snapshot.findRelation(schema, name, context.searchPath);
    if (other !== undefined) throw otherKind(name, 'index', relationWord(other));
    if (schema !== undefined && context.editor.snapshot.findSchema(schema) === undefined && !missingOk)
      throw new SqlError('invalid_schema_name', `schema "${schema}" does not exist`);
    if (!missingOk) throw new SqlError('undefined_object', `index "${parts.join('.')}" does not exist`);
    context.notice(`index "${parts.join('.')}" does not exist, skipping`);
    return;
  }
  const index = table.indexes.find((candidate) => candidate.name === name);
  if (index === undefined) return;
  if (index.constraint !== undefined) {
    throw new SqlError(
      'dependent_objects_still_exist',
      `cannot drop index ${name} because constraint ${index.constraint} on table ${table.name} requires it`,
      {
        hint: `You can drop constraint ${index.constraint} on table ${table.name} instead.`,
      },
    );
  }
  dropIndexStorage(context, table, index);
  const draft = new TableDraft(table);
  draft.indexes = draft.indexes.filter((candidate) => candidate.oid !== index.oid);
  await context.editor.replace(draft.finish());
}

/** The table that has an index of this name, along the search path. */
export function tableOfIndex(context: DdlContext, schema: string | undefined, name: string): TableDescriptor | undefined {
  const schemas = schema === undefined ? context.searchPath : [schema];
  for (const candidate of schemas) {
    for (const relation of context.editor.snapshot.relations()) {
      if (relation.kind === 'table' && relation.schemaName === candidate && relation.indexes.some((index) => index.name === name))
        return relation;
    }
  }
  return undefined;
}

async function dropSchema(context: DdlContext, name: string, cascade: boolean, missingOk: boolean): Promise<void> {
  const schema = context.editor.snapshot.findSchema(name);
  if (schema === undefined) {
    if (!missingOk) throw new SqlError('invalid_schema_name', `schema "${name}" does not exist`);
    context.notice(`schema "${name}" does not exist, skipping`);
    return;
  }
  if (context.editor.snapshot.object(schema.oid) === undefined) {
    throw new SqlError('dependent_objects_still_exist', `cannot drop schema ${name} because it is required by the database system`);
  }
  const { relations, types } = contentsOf(context, schema);
  if (relations.length + types.length > 0 && !cascade) {
    throw new SqlError('dependent_objects_still_exist', `cannot drop schema ${name} because other objects depend on it`, {
      detail: [...relations, ...types]
        .map((object) => `${wordOf(object)} ${qualifiedOutside(object, name)} depends on schema ${name}`)
        .join('\n'),
      hint: 'Use DROP ... CASCADE to drop the dependent objects too.',
    });
  }
  await dropRelations(context, relations, true);
  for (const type of types) context.editor.drop(type);
  context.editor.drop(schema);
}

function contentsOf(context: DdlContext, schema: SchemaDescriptor): { relations: StoredRelation[]; types: UserTypeDescriptor[] } {
  return {
    relations: context.editor.snapshot
      .relations()
      .filter((relation): relation is StoredRelation => relation.kind !== 'virtual' && relation.schema === schema.oid),
    types: context.editor.snapshot.userTypes().filter((type) => type.schema === schema.oid),
  };
}

async function dropType(
  context: DdlContext,
  { schema, name }: { schema: string | undefined; name: string },
  cascade: boolean,
  missingOk: boolean,
): Promise<void> {
  const type = context.editor.snapshot.findType(schema, name, context.searchPath);
  if (type === undefined) {
    if (!missingOk) throw new SqlError('undefined_object', `type "${name}" does not exist`);
    context.notice(`type "${name}" does not exist, skipping`);
    return;
  }
  for (const table of context.editor.snapshot.relations()) {
    if (table.kind !== 'table') continue;
    const users = table.columns.filter((column) => column.type.oid === type.oid || column.type.oid === type.arrayOid);
    if (users.length === 0) continue;
    if (!cascade) {
      throw new SqlError('dependent_objects_still_exist', `cannot drop type ${name} because other objects depend on it`, {
        detail: users.map((column) => `column ${column.name} of table ${table.name} depends on type ${name}`).join('\n'),
        hint: 'Use DROP ... CASCADE to drop the dependent objects too.',
      });
    }
    const draft = new TableDraft(table);
    draft.columns = draft.columns.filter((column) => !users.includes(column));
    await context.editor.replace(draft.finish());
  }
  context.editor.drop(type);
}

function dependent(relation: StoredRelation, detail: string): SqlError {
  return new SqlError(
    'dependent_objects_still_exist',
    `cannot drop ${relationWord(relation)} ${relation.name} because other objects depend on it`,
    {
      detail,
      hint: 'Use DROP ... CASCADE to drop the dependent objects too.',
    },
  );
}

function reportCascade(context: DdlContext, notices: readonly string[]): void {
  if (notices.length === 1) context.notice(notices[0]);
  else if (notices.length > 1) context.notice(`drop cascades to ${notices.length} other objects`);
}

function nameParts(node: Node): string[] {
  if ('List' in node) return namesOf(node.List.items);
  if ('TypeName' in node) return namesOf(node.TypeName.names);
  return namesOf([node]);
}

function wordOf(object: StoredRelation | UserTypeDescriptor): string {
  return object.kind === 'enum' || object.kind === 'domain' ? 'type' : object.kind;
}

function qualifiedOutside(object: { readonly name: string }, schema: string): string {
  return schema === 'public' ? object.name : `${schema}.${object.name}`;
}
