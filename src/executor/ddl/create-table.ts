/** CREATE TABLE, with LIKE, and the table part of CREATE TABLE AS. */
import type { Constraint, CreateStmt, TableLikeClause } from '@pgsql/types';
import { SqlError } from '../../base/sql-error.ts';
import { tableTree } from '../../catalog/derive.ts';
import type { ColumnDescriptor, TableDescriptor } from '../../catalog/descriptor.ts';
import type { ColumnId } from '../../storage/tree.ts';
import type { SqlType } from '../../types/type.ts';
import { buildColumn, requireDistinctNames } from './columns.ts';
import { addCheck, addForeignKey, addKeyConstraint } from './constraints.ts';
import type { DdlContext } from './context.ts';
import { creationSchema, requireTable, truncateIdentifier } from './names.ts';
import { TableDraft } from './table-draft.ts';

export async function createTable(context: DdlContext, statement: CreateStmt): Promise<void> {
  const relation = statement.relation ?? {};
  if (statement.partspec !== undefined || statement.partbound !== undefined)
    throw new SqlError('feature_not_supported', 'partitioned tables are not supported');
  if ((statement.inhRelations ?? []).length > 0) throw new SqlError('feature_not_supported', 'table inheritance is not supported');
  const schema = creationSchema(context, relation.schemaname);
  const name = truncateIdentifier(relation.relname ?? '');
  if (await context.editor.nameTaken(schema.oid, 'relation', name)) {
    if (statement.if_not_exists !== true) throw new SqlError('duplicate_table', `relation "${name}" already exists`);
    context.notice(`relation "${name}" already exists, skipping`, '42P07');
    return;
  }
  const draft = new TableDraft(
    await emptyTable(context, { schema: schema.oid, schemaName: schema.name, name, persistence: persistenceOf(relation.relpersistence) }),
  );
  const constraints: Constraint[] = [];
  for (const element of statement.tableElts ?? []) {
    if ('ColumnDef' in element) {
      const built = await buildColumn(context, draft, draft.takeColumnId(), element.ColumnDef);
      if (built.sequence !== undefined) await context.editor.create(built.sequence);
      draft.columns.push(built.column);
      constraints.push(...built.constraints);
    } else if ('TableLikeClause' in element) {
      copyColumns(context, draft, element.TableLikeClause);
    } else if ('Constraint' in element) {
      constraints.push(element.Constraint);
    }
  }
  requireDistinctNames(draft.columns);
  for (const column of draft.columns) if (column.generated !== undefined) checkGenerated(context, draft, column);
  for (const constraint of constraints.filter((one) => one.contype === 'CONSTR_PRIMARY'))
    await addKeyConstraint(context, draft, constraint);
  for (const constraint of constraints.filter((one) => one.contype === 'CONSTR_UNIQUE')) await addKeyConstraint(context, draft, constraint);
  for (const constraint of constraints.filter((one) => one.contype === 'CONSTR_CHECK')) await addCheck(context, draft, constraint);
  if (constraints.some((one) => one.contype === 'CONSTR_EXCLUSION'))
    throw new SqlError('feature_not_supported', 'exclusion constraints are not supported');
  for (const constraint of constraints.filter((one) => one.contype === 'CONSTR_FOREIGN')) await addForeignKey(context, draft, constraint);
  await context.editor.create(draft.finish());
}

/** A table of the given columns and no constraint: what CREATE TABLE AS fills. Undefined when it exists and may. */
export async function createPlainTable(
  context: DdlContext,
  place: {
    readonly schema: string | undefined;
    readonly name: string;
    readonly ifNotExists: boolean;
    readonly persistence: string | undefined;
  },
  columns: readonly { readonly name: string; readonly type: SqlType }[],
): Promise<TableDescriptor | undefined> {
  const schema = creationSchema(context, place.schema);
  if (await context.editor.nameTaken(schema.oid, 'relation', place.name)) {
    if (!place.ifNotExists) throw new SqlError('duplicate_table', `relation "${place.name}" already exists`);
    context.notice(`relation "${place.name}" already exists, skipping`, '42P07');
    return undefined;
  }
  const draft = new TableDraft(
    await emptyTable(context, {
      schema: schema.oid,
      schemaName: schema.name,
      name: place.name,
      persistence: persistenceOf(place.persistence),
    }),
  );
  for (const column of columns) draft.columns.push({ ...plainColumn(draft.takeColumnId()), ...column });
  const table = draft.finish();
  await context.editor.create(table);
  return table;
}

async function emptyTable(
  context: DdlContext,
  place: Pick<TableDescriptor, 'schema' | 'schemaName' | 'name' | 'persistence'>,
): Promise<TableDescriptor> {
  const oid = await context.editor.newId();
  return {
    kind: 'table',
    oid,
    ...place,
    version: 0,
    comment: undefined,
    columns: [],
    nextColumnId: 1,
    tree: tableTree(oid, [], undefined),
    indexes: [],
    constraints: [],
    referencedBy: [],
  };
}

function plainColumn(id: ColumnId): Omit<ColumnDescriptor, 'name' | 'type'> {
  return { id, notNull: false, defaultText: undefined, generated: undefined, identity: undefined, sequence: undefined, missing: null };
}

/** LIKE other [INCLUDING …]: columns and NOT NULL always, defaults and generated expressions when asked for. */
function copyColumns(context: DdlContext, draft: TableDraft, like: TableLikeClause): void {
  const source = requireTable(context, like.relation ?? {});
  const options = like.options ?? 0;
  for (const column of source.columns) {
    const withDefault = (options & LIKE_DEFAULTS) !== 0 && column.generated === undefined;
    const withGenerated = (options & LIKE_GENERATED) !== 0 && column.generated !== undefined;
    draft.columns.push({
      ...plainColumn(draft.takeColumnId()),
      name: column.name,
      type: column.type,
      notNull: column.notNull,
      defaultText: withDefault || withGenerated ? column.defaultText : undefined,
      generated: withGenerated ? column.generated : undefined,
    });
  }
}

/** Bits of TableLikeClause.options, as the grammar sets them. */
const LIKE_DEFAULTS = 1 << 3;
const LIKE_GENERATED = 1 << 4;

function checkGenerated(context: DdlContext, draft: TableDraft, column: ColumnDescriptor): void {
  const others = draft.columns.filter((other) => other.generated === undefined);
  context.expressionType(column.defaultText ?? '', others, 'generated', column.type);
}

function persistenceOf(code: string | undefined): TableDescriptor['persistence'] {
  return code === 't' ? 'temporary' : 'permanent';
}
