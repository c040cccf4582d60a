/** ALTER … RENAME and ALTER … SET SCHEMA. */
import type { AlterObjectSchemaStmt, RenameStmt } from '@pgsql/types';
import { SqlError } from '../../base/sql-error.ts';
import type { TableDescriptor, ViewDescriptor } from '../../catalog/descriptor.ts';
import { moveTable } from './alter-table.ts';
import type { DdlContext } from './context.ts';
import { tableOfIndex } from './drop.ts';
import {
  displayName,
  findRelation,
  namesOf,
  relationWord,
  requireSchema,
  requireTable,
  splitName,
  truncateIdentifier,
  undefinedRelation,
} from './names.ts';
import { renameInTexts } from './rename-dependents.ts';
import { withExpressions } from './stored-texts.ts';
import { TableDraft } from './table-draft.ts';

export async function rename(context: DdlContext, statement: RenameStmt): Promise<void> {
  const to = truncateIdentifier(statement.newname ?? '');
  switch (statement.renameType) {
    case 'OBJECT_TABLE':
    case 'OBJECT_VIEW':
    case 'OBJECT_MATVIEW':
    case 'OBJECT_SEQUENCE':
    case 'OBJECT_INDEX':
      return renameRelation(context, statement, to);
    case 'OBJECT_COLUMN':
      return renameColumn(context, statement, to);
    case 'OBJECT_TABCONSTRAINT':
      return renameConstraint(context, requireTable(context, statement.relation ?? {}), statement.subname ?? '', to);
    case 'OBJECT_SCHEMA': {
      const schema = requireSchema(context, statement.subname ?? '');
      if (context.editor.snapshot.findSchema(to) !== undefined) throw new SqlError('duplicate_schema', `schema "${to}" already exists`);
      await context.editor.replace({ ...schema, name: to });
      for (const relation of context.editor.snapshot.relations()) {
        if (relation.schema === schema.oid && relation.kind !== 'virtual')
          await context.editor.replace({ ...relation, schemaName: to, version: relation.version + 1 });
      }
      return renameInTexts(context, { kind: 'schema', name: schema.name, to });
    }
    case 'OBJECT_TYPE':
    case 'OBJECT_DOMAIN': {
      const { schema, name } = splitName(
        statement.object !== undefined && 'List' in statement.object ? namesOf(statement.object.List.items) : [],
      );
      const type = context.editor.snapshot.findType(schema, name, context.searchPath);
      if (type === undefined) throw new SqlError('undefined_object', `type "${name}" does not exist`);
      await context.editor.replace({ ...type, name: to });
      const schemaName = context.editor.snapshot.schemas().find((one) => one.oid === type.schema)?.name ?? '';
      return renameInTexts(context, { kind: 'type', schema: schemaName, name: type.name, to });
    }
    default:
      throw new SqlError('feature_not_supported', `this RENAME is not supported`);
  }
}

async function renameRelation(context: DdlContext, statement: RenameStmt, to: string): Promise<void> {
  const relation = statement.relation ?? {};
  const found = findRelation(context, relation);
  if (found === undefined || found.kind === 'virtual') {
    const table = tableOfIndex(context, relation.schemaname, relation.relname ?? '');
    if (table !== undefined) return renameIndex(context, table, relation.relname ?? '', to);
    if (statement.missing_ok !== true) throw undefinedRelation(relation);
    context.notice(`relation "${displayName(relation)}" does not exist, skipping`);
    return;
  }
  const wanted = RENAMED[statement.renameType ?? ''];
  if (wanted !== undefined && wanted !== relationWord(found)) throw new SqlError('wrong_object_type', `"${found.name}" is not a ${wanted}`);
  await context.editor.replace({ ...found, name: to, version: found.version + 1 });
  await renameInTexts(context, {
    kind: 'relation',
    schema: found.schemaName,
    name: found.name,
    to: { schema: found.schemaName, name: to },
  });
}

/** What ALTER … RENAME insists on; ALTER TABLE takes any relation. */
const RENAMED: Readonly<Record<string, string>> = { OBJECT_VIEW: 'view', OBJECT_MATVIEW: 'materialized view', OBJECT_SEQUENCE: 'sequence' };

async function renameIndex(context: DdlContext, table: TableDescriptor, from: string, to: string): Promise<void> {
  const index = table.indexes.find((candidate) => candidate.name === from);
  if (index === undefined) return;
  context.editor.releaseIndexName(table.schema, from);
  await context.editor.claimIndexName(table.schema, to, index.oid);
  const draft = new TableDraft(table);
  draft.indexes = draft.indexes.map((candidate) =>
    candidate.oid === index.oid ? { ...candidate, name: to, constraint: candidate.constraint === undefined ? undefined : to } : candidate,
  );
  draft.constraints = draft.constraints.map((constraint) =>
    constraint.name === index.constraint ? { ...constraint, name: to } : constraint,
  );
  await context.editor.replace(draft.finish());
}

async function renameConstraint(context: DdlContext, table: TableDescriptor, from: string, to: string): Promise<void> {
  if (table.constraints.every((constraint) => constraint.name !== from)) {
    throw new SqlError('undefined_object', `constraint "${from}" for table "${table.name}" does not exist`);
  }
  if (table.indexes.some((index) => index.constraint === from)) return renameIndex(context, table, from, to);
  const draft = new TableDraft(table);
  draft.constraints = draft.constraints.map((constraint) => (constraint.name === from ? { ...constraint, name: to } : constraint));
  await context.editor.replace(draft.finish());
}

async function renameColumn(context: DdlContext, statement: RenameStmt, to: string): Promise<void> {
  const relation = statement.relation ?? {};
  const found = findRelation(context, relation);
  const from = statement.subname ?? '';
  if (found === undefined) {
    if (statement.missing_ok !== true) throw undefinedRelation(relation);
    context.notice(`relation "${displayName(relation)}" does not exist, skipping`);
    return;
  }
  if (found.kind === 'view') {
    if (found.columns.every((column) => column.name !== from)) throw new SqlError('undefined_column', `column "${from}" does not exist`);
    await context.editor.replace({
      ...found,
      version: found.version + 1,
      columns: found.columns.map((column) => (column.name === from ? { ...column, name: to } : column)),
    });
    return renameColumnInQueries(context, found);
  }
  const table = requireTable(context, relation);
  const column = table.columns.find((candidate) => candidate.name === from);
  if (column === undefined) throw new SqlError('undefined_column', `column "${from}" does not exist`);
  if (table.columns.some((candidate) => candidate.name === to)) {
    throw new SqlError('duplicate_column', `column "${to}" of relation "${table.name}" already exists`);
  }
  const draft = new TableDraft(table);
  draft.replaceColumn({ ...column, name: to });
  const { columns, indexes, constraints } = withExpressions(draft, (text) => context.renameColumn(text, from, to));
  draft.columns = columns;
  draft.indexes = indexes;
  draft.constraints = constraints;
  await context.editor.replace(draft.finish());
  await renameColumnInQueries(context, table);
}

/** Views go on calling the columns of a relation as they were called before. */
function renameColumnInQueries(context: DdlContext, before: TableDescriptor | ViewDescriptor): Promise<void> {
  const { schemaName: schema, name, columns } = before;
  return renameInTexts(context, { kind: 'relation', schema, name, to: { schema, name }, columns: columns.map((column) => column.name) });
}

export async function setSchema(context: DdlContext, statement: AlterObjectSchemaStmt): Promise<void> {
  const relation = statement.relation ?? {};
  const found = findRelation(context, relation);
  if (found === undefined) {
    if (statement.missing_ok !== true) throw undefinedRelation(relation);
    return;
  }
  if (found.kind === 'virtual') throw new SqlError('insufficient_privilege', `permission denied: "${found.name}" is a system catalog`);
  const schema = requireSchema(context, statement.newschema ?? '');
  if (found.kind === 'table') await moveTable(context, found, schema);
  else await context.editor.replace({ ...found, schema: schema.oid, schemaName: schema.name, version: found.version + 1 });
  const { schemaName, name } = found;
  await renameInTexts(context, { kind: 'relation', schema: schemaName, name, to: { schema: schema.name, name } });
}
