/** ALTER TABLE: each subcommand changes the draft, moves rows where it must, and is written before the next is looked at. */
import type { AlterTableCmd, AlterTableStmt, ColumnDef, Constraint, Node } from '@pgsql/types';
import { SqlError } from '../../base/sql-error.ts';
import type { ColumnDescriptor, SchemaDescriptor, TableDescriptor } from '../../catalog/descriptor.ts';
import type { SqlType } from '../../types/type.ts';
import { buildColumn, nextvalText } from './columns.ts';
import { addCheck, addForeignKey, addKeyConstraint, requireComparableKeys, validateConstraint, validateNotNull } from './constraints.ts';
import type { DdlContext } from './context.ts';
import { dropColumn } from './drop-column.ts';
import { dropConstraint } from './drop-constraint.ts';
import { displayName, findRelation, undefinedRelation } from './names.ts';
import { rewriteTable } from './rewrite.ts';
import { sequenceFromOptions } from './sequence-options.ts';
import { TableDraft } from './table-draft.ts';

export async function alterTable(context: DdlContext, statement: AlterTableStmt): Promise<void> {
  const relation = statement.relation ?? {};
  const found = findRelation(context, relation);
  if (found === undefined) {
    if (statement.missing_ok !== true) throw undefinedRelation(relation);
    context.notice(`relation "${displayName(relation)}" does not exist, skipping`);
    return;
  }
  const commands = (statement.cmds ?? []).flatMap((node) => ('AlterTableCmd' in node ? [node.AlterTableCmd] : []));
  if (found.kind !== 'table') {
    if (commands.every((command) => command.subtype === 'AT_ChangeOwner')) return;
    throw new SqlError('wrong_object_type', `"${found.name}" is not a table`);
  }
  for (const command of commands) {
    const table = context.editor.snapshot.relation(found.oid);
    if (table?.kind === 'table') await alter(context, table, command);
  }
}

async function alter(context: DdlContext, table: TableDescriptor, command: AlterTableCmd): Promise<void> {
  switch (command.subtype) {
    case 'AT_AddColumn':
      return addColumn(context, table, definitionOf(command), command.missing_ok === true);
    case 'AT_DropColumn':
      return dropColumn(context, table, command.name ?? '', {
        cascade: command.behavior === 'DROP_CASCADE',
        missingOk: command.missing_ok === true,
      });
    case 'AT_ColumnDefault':
      return change(context, table, command, (column) => withDefault(context, table, column, command.def));
    case 'AT_SetNotNull':
      await validateNotNull(context, table, columnOf(table, command));
      return change(context, table, command, (column) => ({ ...column, notNull: true }));
    case 'AT_DropNotNull':
      return change(context, table, command, (column) => withoutNotNull(table, column));
    case 'AT_DropExpression':
      return change(context, table, command, (column) => ({ ...column, generated: undefined, defaultText: undefined }));
    case 'AT_AlterColumnType':
      return changeType(context, table, columnOf(table, command), definitionOf(command));
    case 'AT_AddConstraint':
      return addConstraint(context, table, command.def !== undefined && 'Constraint' in command.def ? command.def.Constraint : {});
    case 'AT_DropConstraint':
      return dropConstraint(context, table, command.name ?? '', {
        cascade: command.behavior === 'DROP_CASCADE',
        missingOk: command.missing_ok === true,
      });
    case 'AT_AddIdentity':
      return addIdentity(context, table, columnOf(table, command), command.def);
    case 'AT_DropIdentity':
      return dropIdentity(context, table, columnOf(table, command), command.missing_ok === true);
    case 'AT_SetIdentity':
      return change(context, table, command, (column) => ({ ...column, identity: identityOf(command.def) ?? column.identity }));
    case 'AT_ValidateConstraint': {
      const constraint = table.constraints.find((candidate) => candidate.name === command.name);
      if (constraint === undefined)
        throw new SqlError('undefined_object', `constraint "${command.name ?? ''}" of relation "${table.name}" does not exist`);
      return validateConstraint(context, table, constraint);
    }
    case 'AT_ChangeOwner':
    case 'AT_SetStatistics':
    case 'AT_SetStorage':
    case 'AT_SetCompression':
    case 'AT_SetOptions':
    case 'AT_ResetOptions':
    case 'AT_SetRelOptions':
    case 'AT_ResetRelOptions':
    case 'AT_ClusterOn':
    case 'AT_DropCluster':
    case 'AT_SetLogged':
    case 'AT_SetUnLogged':
    case 'AT_SetTableSpace':
    case 'AT_ReplicaIdentity':
    case 'AT_EnableTrigAll':
    case 'AT_DisableTrigAll':
    case 'AT_EnableTrigUser':
    case 'AT_DisableTrigUser':
      return; // storage and ownership hints: nothing here depends on them
    default:
      throw new SqlError('feature_not_supported', `ALTER TABLE ${command.subtype?.slice(3) ?? ''} is not supported`);
  }
}

async function addColumn(context: DdlContext, table: TableDescriptor, definition: ColumnDef, missingOk: boolean): Promise<void> {
  if (table.columns.some((column) => column.name === definition.colname)) {
    const message = `column "${definition.colname ?? ''}" of relation "${table.name}" already exists`;
    if (!missingOk) throw new SqlError('duplicate_column', message);
    context.notice(`${message}, skipping`, '42701');
    return;
  }
  const draft = new TableDraft(table);
  const built = await buildColumn(context, draft, draft.takeColumnId(), definition);
  if (built.sequence !== undefined) await context.editor.create(built.sequence);
  const perRow = built.column.generated !== undefined || built.sequence !== undefined || isVolatile(built.column.defaultText);
  const missing = perRow || built.column.defaultText === undefined ? null : await constantOf(context, built.column);
  draft.columns.push({ ...built.column, missing, notNull: false });
  const added = draft.finish();
  await context.editor.replace(added);
  if (perRow) {
    const text =
      built.column.generated === undefined && built.sequence !== undefined
        ? nextvalText(built.sequence)
        : (built.column.defaultText ?? 'NULL');
    await rewriteTable(context, added, added, new Map([[built.column.id, text]]));
  }
  if (built.column.notNull) {
    if (missing === null && !perRow) await validateNotNull(context, added, built.column);
    const strict = new TableDraft(added);
    strict.replaceColumn({ ...built.column, missing });
    await context.editor.replace(strict.finish());
  }
  for (const constraint of built.constraints) {
    const current = context.editor.snapshot.relation(table.oid);
    if (current?.kind === 'table') await addConstraint(context, current, constraint);
  }
}

/** The one value of a default that is the same for every row. */
async function constantOf(context: DdlContext, column: ColumnDescriptor): Promise<ColumnDescriptor['missing']> {
  const evaluate = await context.evaluator({ name: '', columns: [] }, [{ text: column.defaultText ?? 'NULL', target: column.type }]);
  return (await evaluate([]))[0];
}

function isVolatile(text: string | undefined): boolean {
  return text !== undefined && /\b(?:nextval|random|gen_random_uuid|clock_timestamp|timeofday|uuid_generate_v4)\s*\(/i.test(text);
}

async function addConstraint(context: DdlContext, table: TableDescriptor, constraint: Constraint): Promise<void> {
  const draft = new TableDraft(table);
  switch (constraint.contype) {
    case 'CONSTR_PRIMARY': {
      const columns = await addKeyConstraint(context, draft, constraint);
      for (const key of columns.keys) {
        const column = table.columns.find((candidate) => candidate.id === key.column);
        if (column !== undefined) await validateNotNull(context, table, column);
      }
      draft.treeId = await context.editor.newId();
      const keyed = draft.finish();
      await context.editor.replace(keyed);
      return rewriteTable(context, table, keyed, new Map());
    }
    case 'CONSTR_UNIQUE': {
      await addKeyConstraint(context, draft, constraint);
      const changed = draft.finish();
      await validateConstraint(context, changed, changed.constraints[changed.constraints.length - 1]);
      return context.editor.replace(changed);
    }
    case 'CONSTR_CHECK': {
      const added = await addCheck(context, draft, constraint);
      if (constraint.skip_validation !== true) await validateConstraint(context, table, added);
      return context.editor.replace(draft.finish());
    }
    case 'CONSTR_FOREIGN': {
      const added = await addForeignKey(context, draft, constraint);
      const changed = draft.finish();
      await context.editor.replace(changed);
      return constraint.skip_validation === true ? undefined : validateConstraint(context, changed, added);
    }
    default:
      throw new SqlError('feature_not_supported', 'this kind of constraint is not supported');
  }
}

async function changeType(context: DdlContext, table: TableDescriptor, column: ColumnDescriptor, definition: ColumnDef): Promise<void> {
  const type = context.resolveType(definition.typeName ?? {});
  const name = column.name.replaceAll('"', '""');
  const using = definition.raw_default === undefined ? `"${name}"` : context.textOf(definition.raw_default);
  requireConvertible(context, table, column, type, definition.raw_default);
  const draft = new TableDraft(table);
  draft.treeId = await context.editor.newId();
  draft.replaceColumn({ ...column, type, missing: null });
  for (const index of draft.indexes.filter((candidate) => !candidate.primary)) context.editor.transaction.clearTree(index.tree);
  const changed = draft.finish();
  requireComparableKeys(context, changed, column.id);
  if (column.defaultText !== undefined && column.generated === undefined) context.expressionType(column.defaultText, [], 'default', type);
  await context.editor.replace(changed);
  await rewriteTable(context, table, changed, new Map([[column.id, using]]));
}

function requireConvertible(
  context: DdlContext,
  table: TableDescriptor,
  column: ColumnDescriptor,
  type: SqlType,
  using: Node | undefined,
): void {
  const expression: Node = using ?? { ColumnRef: { fields: [{ String: { sval: column.name } }] } };
  try {
    context.expressionType(expression, table.columns, 'transform', type);
  } catch (error) {
    if (!(error instanceof SqlError) || error.condition !== 'datatype_mismatch' || using !== undefined) throw error;
    throw new SqlError('datatype_mismatch', `column "${column.name}" cannot be cast automatically to type ${context.typeText(type)}`, {
      hint: `You might need to specify "USING ${column.name}::${context.typeText(type)}".`,
    });
  }
}

async function addIdentity(
  context: DdlContext,
  table: TableDescriptor,
  column: ColumnDescriptor,
  definition: Node | undefined,
): Promise<void> {
  if (column.identity !== undefined)
    throw new SqlError(
      'object_not_in_prerequisite_state',
      `column "${column.name}" of relation "${table.name}" is already an identity column`,
    );
  if (!column.notNull)
    throw new SqlError(
      'object_not_in_prerequisite_state',
      `column "${column.name}" of relation "${table.name}" must be declared NOT NULL before identity can be added`,
    );
  const constraint = definition !== undefined && 'Constraint' in definition ? definition.Constraint : {};
  const place = {
    oid: await context.editor.newId(),
    schema: table.schema,
    schemaName: table.schemaName,
    name: `${table.name}_${column.name}_seq`,
  };
  const sequence = {
    ...sequenceFromOptions(place, constraint.options ?? [], column.type),
    ownedBy: { table: table.oid, column: column.id },
  };
  await context.editor.create(sequence);
  const draft = new TableDraft(table);
  draft.replaceColumn({ ...column, identity: constraint.generated_when === 'a' ? 'always' : 'by default', sequence: sequence.oid });
  await context.editor.replace(draft.finish());
}

async function dropIdentity(context: DdlContext, table: TableDescriptor, column: ColumnDescriptor, missingOk: boolean): Promise<void> {
  if (column.identity === undefined) {
    if (!missingOk)
      throw new SqlError(
        'object_not_in_prerequisite_state',
        `column "${column.name}" of relation "${table.name}" is not an identity column`,
      );
    context.notice(`column "${column.name}" of relation "${table.name}" is not an identity column, skipping`);
    return;
  }
  const sequence = column.sequence === undefined ? undefined : context.editor.snapshot.object(column.sequence);
  if (sequence !== undefined) context.editor.drop(sequence);
  const draft = new TableDraft(table);
  draft.replaceColumn({ ...column, identity: undefined, sequence: undefined });
  await context.editor.replace(draft.finish());
}

async function change(
  context: DdlContext,
  table: TableDescriptor,
  command: AlterTableCmd,
  how: (column: ColumnDescriptor) => ColumnDescriptor,
): Promise<void> {
  const draft = new TableDraft(table);
  draft.replaceColumn(how(columnOf(table, command)));
  await context.editor.replace(draft.finish());
}

function withDefault(
  context: DdlContext,
  table: TableDescriptor,
  column: ColumnDescriptor,
  expression: Node | undefined,
): ColumnDescriptor {
  if (column.identity !== undefined)
    throw new SqlError('syntax_error', `column "${column.name}" of relation "${table.name}" is an identity column`);
  if (column.generated !== undefined)
    throw new SqlError('syntax_error', `column "${column.name}" of relation "${table.name}" is a generated column`);
  if (expression === undefined) return { ...column, defaultText: undefined };
  context.expressionType(expression, [], 'default', column.type);
  return { ...column, defaultText: context.textOf(expression) };
}

function withoutNotNull(table: TableDescriptor, column: ColumnDescriptor): ColumnDescriptor {
  const primary = table.constraints.find((constraint) => constraint.kind === 'primary');
  if (primary?.kind === 'primary' && primary.columns.includes(column.id)) {
    throw new SqlError('invalid_table_definition', `column "${column.name}" is in a primary key`);
  }
  if (column.identity !== undefined)
    throw new SqlError('syntax_error', `column "${column.name}" of relation "${table.name}" is an identity column`);
  return { ...column, notNull: false };
}

function columnOf(table: TableDescriptor, command: AlterTableCmd): ColumnDescriptor {
  return new TableDraft(table).column(command.name ?? '');
}

function definitionOf(command: AlterTableCmd): ColumnDef {
  return command.def !== undefined && 'ColumnDef' in command.def ? command.def.ColumnDef : {};
}

function identityOf(definition: Node | undefined): ColumnDescriptor['identity'] {
  if (definition === undefined || !('List' in definition)) return undefined;
  for (const item of definition.List.items ?? []) {
    if ('DefElem' in item && item.DefElem.defname === 'generated' && item.DefElem.arg !== undefined && 'Integer' in item.DefElem.arg) {
      return item.DefElem.arg.Integer.ival === 'a'.charCodeAt(0) ? 'always' : 'by default';
    }
  }
  return undefined;
}

/** ALTER … SET SCHEMA for a table. */
export async function moveTable(context: DdlContext, table: TableDescriptor, schema: SchemaDescriptor): Promise<void> {
  const draft = new TableDraft(table);
  draft.schema = schema.oid;
  draft.schemaName = schema.name;
  for (const index of table.indexes) {
    context.editor.releaseIndexName(table.schema, index.name);
    await context.editor.claimIndexName(schema.oid, index.name, index.oid);
  }
  await context.editor.replace(draft.finish());
}
