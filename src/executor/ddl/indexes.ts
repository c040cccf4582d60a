/** CREATE INDEX, and the indexes behind constraints: descriptors, and filling them from rows already there. */
import type { IndexElem, IndexStmt, Node } from '@pgsql/types';
import { SqlError } from '../../base/sql-error.ts';
import { indexTree } from '../../catalog/derive.ts';
import type { IndexDescriptor, IndexKey, TableDescriptor } from '../../catalog/descriptor.ts';
import { unqualified } from '../../sql/deparse.ts';
import { WHOLE_TREE, type ColumnId } from '../../storage/tree.ts';
import { typeDefinition } from '../../types/types.ts';
import type { Row, Value } from '../../types/value.ts';
import { CATALOG_TEXT } from '../../catalog/codec.ts';
import type { DdlContext } from './context.ts';
import { chooseName, relationNameTaken, requireTable } from './names.ts';
import { TableDraft } from './table-draft.ts';

/** CREATE [UNIQUE] INDEX. Built within the transaction that asks for it. */
export async function createIndex(context: DdlContext, statement: IndexStmt): Promise<void> {
  const table = requireTable(context, statement.relation ?? {});
  if (statement.accessMethod !== undefined && !['btree', 'hash'].includes(statement.accessMethod)) {
    throw new SqlError('feature_not_supported', `access method "${statement.accessMethod}" is not supported`, { hint: 'Use btree.' });
  }
  const elements = (statement.indexParams ?? []).flatMap((node) => ('IndexElem' in node ? [node.IndexElem] : []));
  const keys = elements.map((element) => indexKey(context, table, element));
  const parts = elements.map((element) => element.name ?? 'expr');
  const name = statement.idxname ?? (await chooseName([table.name, ...parts], 'idx', relationNameTaken(context, table.schema)));
  if (await context.editor.nameTaken(table.schema, 'relation', name)) {
    if (statement.if_not_exists !== true) throw new SqlError('duplicate_table', `relation "${name}" already exists`);
    context.notice(`relation "${name}" already exists, skipping`, '42P07');
    return;
  }
  const predicate = statement.whereClause === undefined ? undefined : unqualified(statement.whereClause, table.name);
  if (predicate !== undefined) context.expressionType(predicate, table.columns, 'predicate');
  const index = await newIndex(context, table, {
    name,
    keys,
    unique: statement.unique === true,
    constraint: undefined,
    predicateText: predicate === undefined ? undefined : context.textOf(predicate),
  });
  await fillIndex(context, table, index);
  const draft = new TableDraft(table);
  draft.indexes.push(index);
  await context.editor.replace(draft.finish());
}

/** A descriptor for an index over `table`, its name claimed. Nothing is filled. */
export async function newIndex(
  context: DdlContext,
  table: Pick<TableDescriptor, 'tree' | 'schema'>,
  wanted: Pick<IndexDescriptor, 'name' | 'keys' | 'unique' | 'constraint' | 'predicateText'>,
): Promise<IndexDescriptor> {
  const oid = await context.editor.newId();
  await context.editor.claimIndexName(table.schema, wanted.name, oid);
  return { oid, ...wanted, primary: false, state: 'public', ...indexTree(oid, table.tree, wanted.keys, wanted.unique) };
}

/** A plain ascending key on a column. */
export function plainKey(column: { readonly id: ColumnId; readonly type: IndexKey['type'] }): IndexKey {
  return { column: column.id, expressionText: undefined, type: column.type, descending: false, nullsFirst: false };
}

/** Writes the entries of every row of the table. 23505 when a unique index meets two equal rows. */
export async function fillIndex(context: DdlContext, table: TableDescriptor, index: IndexDescriptor): Promise<void> {
  const entryOf = await entryMaker(context, table, index);
  const load = context.editor.transaction.bulkLoad(index.tree, { onDuplicate: (row) => duplicateError(index, row) });
  try {
    const columns = table.tree.columns.map((_, position) => position);
    const cursor = context.editor.transaction.scan(table.tree, WHOLE_TREE, { columns, purpose: 'constraint' });
    try {
      for (let batch = await cursor.next(); batch !== null; batch = await cursor.next()) {
        for (const row of batch.rows) {
          const entry = await entryOf(row);
          if (entry !== undefined) await load.add(entry);
        }
      }
    } finally {
      cursor.close();
    }
    await load.finish();
  } catch (error) {
    load.abandon();
    throw error;
  }
}

/** Forgets every entry of an index and its name. */
export function dropIndexStorage(context: DdlContext, table: TableDescriptor, index: IndexDescriptor): void {
  if (!index.primary) context.editor.transaction.clearTree(index.tree);
  context.editor.releaseIndexName(table.schema, index.name);
}

async function entryMaker(
  context: DdlContext,
  table: TableDescriptor,
  index: IndexDescriptor,
): Promise<(row: Row) => Promise<Row | undefined>> {
  const texts = index.keys.flatMap((key) => (key.expressionText === undefined ? [] : [{ text: key.expressionText, target: key.type }]));
  if (index.predicateText !== undefined) texts.push({ text: index.predicateText, target: undefined as never });
  const evaluate = texts.length === 0 ? undefined : await context.evaluator(table, texts);
  const positions = new Map(table.tree.columns.map((column, position) => [column.id, position]));
  return async (row) => {
    const computed: readonly Value[] = evaluate === undefined ? [] : await evaluate(row);
    if (index.predicateText !== undefined && computed[computed.length - 1] !== true) return undefined;
    let next = 0;
    const entry: Row = index.keys.map((key) => (key.column === undefined ? computed[next++] : row[positions.get(key.column) ?? 0]));
    index.tableKeyPositions.forEach((position, part) => {
      if (position >= index.keys.length) entry[position] = row[table.tree.key[part].column];
    });
    return entry;
  };
}

function indexKey(context: DdlContext, table: TableDescriptor, element: IndexElem): IndexKey {
  const descending = element.ordering === 'SORTBY_DESC';
  const nullsFirst = element.nulls_ordering === 'SORTBY_NULLS_FIRST' || (descending && element.nulls_ordering !== 'SORTBY_NULLS_LAST');
  if (element.name !== undefined) {
    const column = table.columns.find((candidate) => candidate.name === element.name);
    if (column === undefined) throw new SqlError('undefined_column', `column "${element.name}" does not exist`);
    requireOrder(column.type.oid);
    return { ...plainKey(column), descending, nullsFirst };
  }
  const expression = unqualified(element.expr as Node, table.name);
  const type = context.expressionType(expression, table.columns, 'index');
  requireOrder(type.oid);
  return { column: undefined, expressionText: context.textOf(expression), type, descending, nullsFirst };
}

function requireOrder(oid: IndexKey['type']['oid']): void {
  const definition = typeDefinition(oid);
  if (definition.compare === undefined) {
    throw new SqlError('undefined_object', `data type ${definition.displayName} has no default operator class for access method "btree"`, {
      hint: 'You must specify an operator class for the index or define a default operator class for the data type.',
    });
  }
}

function duplicateError(index: IndexDescriptor, row: Row): SqlError {
  const values = index.keys.map((key, at) => (row[at] === null ? 'null' : typeDefinition(key.type.oid).output(row[at], CATALOG_TEXT)));
  return new SqlError('unique_violation', `could not create unique index "${index.name}"`, {
    detail: `Key (${index.keys.map((key, at) => keyName(index, key, at)).join(', ')})=(${values.join(', ')}) is duplicated.`,
    constraint: index.name,
  });
}

function keyName(index: IndexDescriptor, key: IndexKey, at: number): string {
  return key.expressionText ?? `#${at + 1} of ${index.name}`;
}
