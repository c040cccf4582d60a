/** Constraints: from syntax to descriptors, and the check that rows already there obey them. */
import type { Constraint, Node } from '@pgsql/types';
import { SqlError } from '../../base/sql-error.ts';
import type {
  ColumnDescriptor,
  ConstraintDescriptor,
  IndexDescriptor,
  ReferentialAction,
  TableDescriptor,
} from '../../catalog/descriptor.ts';
import { unqualified } from '../../sql/deparse.ts';
import type { ColumnId } from '../../storage/tree.ts';
import { quoteIdentifier } from '../../types/functions/text/quote.ts';
import type { DdlContext } from './context.ts';
import { fillIndex, newIndex, plainKey } from './indexes.ts';
import { chooseName, findRelation, namesOf, relationNameTaken, undefinedRelation } from './names.ts';
import type { TableDraft } from './table-draft.ts';

/** Adds a PRIMARY KEY or UNIQUE. For a primary key the caller rewrites the table when it holds rows. */
export async function addKeyConstraint(context: DdlContext, draft: TableDraft, constraint: Constraint): Promise<IndexDescriptor> {
  const names = namesOf(constraint.keys);
  const columns = names.map((name) => keyColumn(draft, name));
  const repeated = names.find((name, at) => names.indexOf(name) !== at);
  const primary = constraint.contype === 'CONSTR_PRIMARY';
  if (repeated !== undefined) {
    throw new SqlError('duplicate_column', `column "${repeated}" appears twice in ${primary ? 'primary key' : 'unique'} constraint`);
  }
  if (primary && draft.primaryKey !== undefined) {
    throw new SqlError('invalid_table_definition', `multiple primary keys for table "${draft.name}" are not allowed`);
  }
  const name =
    constraint.conname ??
    (primary
      ? await chooseName([draft.name], 'pkey', relationNameTaken(context, draft.schema))
      : await chooseName([draft.name, ...names], 'key', relationNameTaken(context, draft.schema)));
  requireFreeConstraintName(draft, name);
  const ids = columns.map((column) => column.id);
  if (!primary) {
    const table = draft.finish();
    const index = await newIndex(context, table, {
      name,
      keys: columns.map(plainKey),
      unique: true,
      constraint: name,
      predicateText: undefined,
    });
    draft.indexes.push(index);
    draft.constraints.push({ kind: 'unique', oid: await context.editor.newId(), name, columns: ids, index: index.oid });
    return index;
  }
  for (const column of columns) draft.replaceColumn({ ...column, notNull: true });
  const oid = await context.editor.newId();
  await context.editor.claimIndexName(draft.schema, name, oid);
  draft.constraints.push({ kind: 'primary', oid: await context.editor.newId(), name, columns: ids, index: oid });
  const index: IndexDescriptor = {
    oid,
    name,
    keys: columns.map(plainKey),
    unique: true,
    primary: true,
    predicateText: undefined,
    constraint: name,
    state: 'public',
    tree: draft.finish().tree,
    tableKeyPositions: [],
  };
  draft.indexes.unshift(index);
  return index;
}

/** Adds a CHECK; its name comes from the one column it speaks of, if it is one. */
export async function addCheck(context: DdlContext, draft: TableDraft, constraint: Constraint): Promise<ConstraintDescriptor> {
  const expression = unqualified(constraint.raw_expr as Node, draft.name);
  context.expressionType(expression, draft.columns, 'check');
  const mentioned = columnsIn(expression, draft.columns);
  const parts = mentioned.length === 1 ? [draft.name, mentioned[0].name] : [draft.name];
  const name = constraint.conname ?? (await chooseName(parts, 'check', (candidate) => constraintNamed(draft, candidate)));
  requireFreeConstraintName(draft, name);
  const added: ConstraintDescriptor = {
    kind: 'check',
    oid: await context.editor.newId(),
    name,
    expressionText: context.textOf(expression),
    columns: mentioned.map((column) => column.id),
  };
  draft.constraints.push(added);
  return added;
}

/** Adds a FOREIGN KEY and, on the other table, the note that it is referenced. */
export async function addForeignKey(
  context: DdlContext,
  draft: TableDraft,
  constraint: Constraint,
): Promise<ConstraintDescriptor & { readonly kind: 'foreign' }> {
  const names = namesOf(constraint.fk_attrs);
  const columns = names.map((name) => {
    const found = draft.columns.find((column) => column.name === name);
    if (found === undefined) throw new SqlError('undefined_column', `column "${name}" referenced in foreign key constraint does not exist`);
    return found;
  });
  const self = selfReference(context, draft, constraint);
  const target = self ?? referencedTable(context, constraint);
  const targetColumns = referencedColumns(target, namesOf(constraint.pk_attrs));
  if (targetColumns.length !== columns.length) {
    throw new SqlError('invalid_foreign_key', 'number of referencing and referenced columns for foreign key disagree');
  }
  if (!hasUniqueKey(target, targetColumns)) {
    throw new SqlError('invalid_foreign_key', `there is no unique constraint matching given keys for referenced table "${target.name}"`);
  }
  const name = constraint.conname ?? (await chooseName([draft.name, ...names], 'fkey', (candidate) => constraintNamed(draft, candidate)));
  requireFreeConstraintName(draft, name);
  columns.forEach((column, at) => requireComparable(context, name, draft, column, target, targetColumns[at]));
  const added: ConstraintDescriptor & { kind: 'foreign' } = {
    kind: 'foreign',
    oid: await context.editor.newId(),
    name,
    columns: columns.map((column) => column.id),
    table: target.oid,
    tableColumns: targetColumns.map((column) => column.id),
    onDelete: action(constraint.fk_del_action),
    onUpdate: action(constraint.fk_upd_action),
    match: constraint.fk_matchtype === 'f' ? 'full' : 'simple',
    deferrable: constraint.deferrable === true,
    initiallyDeferred: constraint.initdeferred === true,
  };
  draft.constraints.push(added);
  const note = { table: draft.oid, constraint: name };
  if (self === undefined)
    await context.editor.replace({ ...target, version: target.version + 1, referencedBy: [...target.referencedBy, note] });
  else draft.referencedBy.push(note);
  return added;
}

/** Fails with PostgreSQL's words when a row already stored breaks `constraint`. */
export async function validateConstraint(context: DdlContext, table: TableDescriptor, constraint: ConstraintDescriptor): Promise<void> {
  const name = qualifiedName(table);
  if (constraint.kind === 'check') {
    const broken = await context.rows(`SELECT 1 FROM ${name} WHERE NOT (${constraint.expressionText}) LIMIT 1`);
    if (broken.length > 0) {
      throw new SqlError('check_violation', `check constraint "${constraint.name}" of relation "${table.name}" is violated by some row`, {
        table: table.name,
        constraint: constraint.name,
      });
    }
  } else if (constraint.kind === 'foreign') {
    const target = context.editor.snapshot.relation(constraint.table);
    if (target?.kind !== 'table') return;
    const pairs = constraint.columns.map((id, at) => `f.${columnName(table, id)} = p.${columnName(target, constraint.tableColumns[at])}`);
    const present = constraint.columns.map((id) => `f.${columnName(table, id)} IS NOT NULL`);
    const broken = await context.rows(
      `SELECT 1 FROM ${name} f WHERE ${present.join(' AND ')} AND NOT EXISTS (SELECT 1 FROM ${qualifiedName(target)} p WHERE ${pairs.join(' AND ')}) LIMIT 1`,
    );
    if (broken.length > 0) {
      throw new SqlError(
        'foreign_key_violation',
        `insert or update on table "${table.name}" violates foreign key constraint "${constraint.name}"`,
        {
          table: table.name,
          constraint: constraint.name,
        },
      );
    }
  } else if (constraint.kind === 'unique') {
    const index = table.indexes.find((candidate) => candidate.oid === constraint.index);
    if (index !== undefined) await fillIndex(context, table, index);
  }
}

/** 23502 when a row holds null in the column. */
export async function validateNotNull(context: DdlContext, table: TableDescriptor, column: ColumnDescriptor): Promise<void> {
  const broken = await context.rows(`SELECT 1 FROM ${qualifiedName(table)} WHERE ${quoteIdentifier(column.name)} IS NULL LIMIT 1`);
  if (broken.length > 0) {
    throw new SqlError('not_null_violation', `column "${column.name}" of relation "${table.name}" contains null values`, {
      table: table.name,
      column: column.name,
    });
  }
}

export function qualifiedName(relation: { readonly schemaName: string; readonly name: string }): string {
  return `${quoteIdentifier(relation.schemaName)}.${quoteIdentifier(relation.name)}`;
}

/** The columns an expression's syntax tree names, each once. */
export function columnsIn(node: unknown, columns: readonly ColumnDescriptor[]): ColumnDescriptor[] {
  const names = new Set<string>();
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(visit);
    else if (typeof value === 'object' && value !== null) {
      if ('ColumnRef' in value) {
        const fields = namesOf((value.ColumnRef as { fields?: Node[] }).fields);
        const last = fields[fields.length - 1];
        if (last !== undefined) names.add(last);
      }
      Object.values(value).forEach(visit);
    }
  };
  visit(node);
  return columns.filter((column) => names.has(column.name));
}

function columnName(table: TableDescriptor, id: ColumnId): string {
  return quoteIdentifier(table.columns.find((column) => column.id === id)?.name ?? '');
}

function keyColumn(draft: TableDraft, name: string): ColumnDescriptor {
  const found = draft.columns.find((column) => column.name === name);
  if (found === undefined) throw new SqlError('undefined_column', `column "${name}" named in key does not exist`);
  return found;
}

function constraintNamed(draft: TableDraft, name: string): boolean {
  return draft.constraints.some((constraint) => constraint.name === name);
}

function requireFreeConstraintName(draft: TableDraft, name: string): void {
  if (constraintNamed(draft, name))
    throw new SqlError('duplicate_object', `constraint "${name}" for relation "${draft.name}" already exists`);
}

function selfReference(context: DdlContext, draft: TableDraft, constraint: Constraint): TableDescriptor | undefined {
  const relation = constraint.pktable ?? {};
  const schema = relation.schemaname;
  if (relation.relname !== draft.name || (schema !== undefined && schema !== draft.schemaName)) return undefined;
  const found = findRelation(context, relation);
  return found === undefined || found.oid === draft.oid ? draft.finish() : undefined;
}

function referencedTable(context: DdlContext, constraint: Constraint): TableDescriptor {
  const relation = constraint.pktable ?? {};
  const found = findRelation(context, relation);
  if (found === undefined) throw undefinedRelation(relation);
  if (found.kind !== 'table') throw new SqlError('wrong_object_type', `referenced relation "${found.name}" is not a table`);
  return found;
}

function referencedColumns(target: TableDescriptor, names: readonly string[]): ColumnDescriptor[] {
  if (names.length > 0) {
    return names.map((name) => {
      const found = target.columns.find((column) => column.name === name);
      if (found === undefined)
        throw new SqlError('undefined_column', `column "${name}" referenced in foreign key constraint does not exist`);
      return found;
    });
  }
  const primary = target.constraints.find((constraint) => constraint.kind === 'primary');
  if (primary?.kind !== 'primary') throw new SqlError('undefined_object', `there is no primary key for referenced table "${target.name}"`);
  return primary.columns.flatMap((id) => target.columns.filter((column) => column.id === id));
}

function hasUniqueKey(target: TableDescriptor, columns: readonly ColumnDescriptor[]): boolean {
  const wanted = columns.map((column) => column.id).toSorted((a, b) => a - b);
  return target.indexes.some((index) => {
    if (!index.unique || index.predicateText !== undefined) return false;
    const keys = index.keys.map((key) => key.column ?? -1).toSorted((a, b) => a - b);
    return keys.length === wanted.length && keys.every((key, at) => key === wanted[at]);
  });
}

/** Whether the foreign keys of a changed column, its own and those that point at it, still compare like with like; else 42804. */
export function requireComparableKeys(context: DdlContext, changed: TableDescriptor, column: ColumnId): void {
  for (const child of context.editor.snapshot.relations()) {
    if (child.kind !== 'table') continue;
    const owner = child.oid === changed.oid ? changed : child;
    for (const constraint of owner.constraints) {
      const target =
        constraint.kind !== 'foreign'
          ? undefined
          : constraint.table === changed.oid
            ? changed
            : context.editor.snapshot.relation(constraint.table);
      if (constraint.kind !== 'foreign' || target?.kind !== 'table') continue;
      constraint.columns.forEach((from, at) => {
        const to = constraint.tableColumns[at];
        if (!(owner === changed && from === column) && !(target === changed && to === column)) return;
        const [left, right] = [
          owner.columns.find((candidate) => candidate.id === from),
          target.columns.find((candidate) => candidate.id === to),
        ];
        if (left !== undefined && right !== undefined) requireComparable(context, constraint.name, owner, left, target, right);
      });
    }
  }
}

function requireComparable(
  context: DdlContext,
  name: string,
  draft: { readonly name: string },
  column: ColumnDescriptor,
  target: TableDescriptor,
  referenced: ColumnDescriptor,
): void {
  const comparison: Node = {
    A_Expr: {
      kind: 'AEXPR_OP',
      name: [{ String: { sval: '=' } }],
      lexpr: { ColumnRef: { fields: [{ String: { sval: 'a' } }] } },
      rexpr: { ColumnRef: { fields: [{ String: { sval: 'b' } }] } },
    },
  };
  try {
    context.expressionType(
      comparison,
      [
        { ...column, name: 'a' },
        { ...referenced, name: 'b' },
      ],
      'check',
    );
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    throw new SqlError('datatype_mismatch', `foreign key constraint "${name}" cannot be implemented`, {
      detail: `Key columns "${column.name}" of table "${draft.name}" and "${referenced.name}" of table "${target.name}" are of incompatible types.`,
    });
  }
}

function action(code: string | undefined): ReferentialAction {
  switch (code) {
    case 'r':
      return 'restrict';
    case 'c':
      return 'cascade';
    case 'n':
      return 'set null';
    case 'd':
      return 'set default';
    default:
      return 'no action';
  }
}
