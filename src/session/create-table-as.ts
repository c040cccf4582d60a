/** CREATE TABLE … AS, SELECT … INTO and CREATE MATERIALIZED VIEW: a plain table, then an INSERT of the query. */
import type { Node } from '@pgsql/types';
import { SqlError } from '../base/sql-error.ts';
import { describeQuery } from '../binder/bind.ts';
import { createPlainTable } from '../executor/ddl/create-table.ts';
import { namesOf } from '../executor/ddl/names.ts';
import { quoteIdentifier } from '../types/functions/text/quote.ts';
import { deparse } from '../sql/deparse.ts';
import { parse, type ParsedStatement } from '../sql/parse.ts';
import { OID } from '../types/oid.ts';
import { ddlContext } from './ddl-context.ts';
import { runQuery, sourcesOf, type StatementScope } from './query.ts';
import { drain, finished, type Running } from './running.ts';
import type { SqlSession } from './sql-session.ts';

interface Wanted {
  readonly query: Node;
  readonly schema: string | undefined;
  readonly name: string;
  readonly columns: readonly string[];
  readonly ifNotExists: boolean;
  readonly withData: boolean;
  readonly persistence: string | undefined;
  readonly materialized: boolean;
  /** The command tag where no rows are counted. */
  readonly tag: string;
}

export async function createTableAs(session: SqlSession, scope: StatementScope, statement: ParsedStatement): Promise<Running> {
  const wanted = wantedOf(statement.node);
  if (scope.block.transaction.readOnly)
    throw new SqlError('read_only_sql_transaction', 'cannot execute CREATE TABLE AS in a read-only transaction');
  const shape = describeQuery(wanted.query, { ...sourcesOf(scope), text: statement.source });
  if (wanted.columns.length > shape.columns.length) throw new SqlError('syntax_error', 'too many column names were specified');
  const columns = shape.columns.map((column, at) => ({
    name: wanted.columns[at] ?? column.name,
    type: column.type.oid === OID.unknown ? { oid: OID.text, modifier: -1 } : column.type,
  }));
  const context = ddlContext(session, scope, statement.source);
  const table = await createPlainTable(context, wanted, columns);
  if (table === undefined) return finished(wanted.tag);
  const materialized = wanted.materialized
    ? { queryText: deparse(shape.writtenOut), dependsOn: shape.dependencies, populated: wanted.withData }
    : undefined;
  if (materialized !== undefined && !wanted.withData) await context.editor.replace({ ...table, materialized });
  if (!wanted.withData) return finished(wanted.tag);
  const [insert] = parse(`INSERT INTO ${quoteIdentifier(table.schemaName)}.${quoteIdentifier(table.name)} ${deparse(wanted.query)}`);
  if (insert === undefined) throw new SqlError('internal_error', 'an internal statement is empty');
  const { rowCount } = await drain(runQuery(scope, insert, [], []));
  if (materialized !== undefined) await context.editor.replace({ ...table, materialized });
  return finished(`SELECT ${rowCount ?? 0}`);
}

function wantedOf(node: Node): Wanted {
  if ('SelectStmt' in node) {
    const { intoClause, ...select } = node.SelectStmt;
    const relation = intoClause?.rel ?? {};
    return {
      query: { SelectStmt: select },
      schema: relation.schemaname,
      name: relation.relname ?? '',
      columns: [],
      ifNotExists: false,
      withData: true,
      persistence: relation.relpersistence,
      materialized: false,
      tag: 'SELECT INTO',
    };
  }
  if (!('CreateTableAsStmt' in node) || node.CreateTableAsStmt.query === undefined)
    throw new SqlError('syntax_error', 'CREATE TABLE AS needs a query');
  const { query, into, if_not_exists: ifNotExists, objtype } = node.CreateTableAsStmt;
  const materialized = objtype === 'OBJECT_MATVIEW';
  for (const option of materialized ? (into?.options ?? []) : []) {
    if ('DefElem' in option) throw new SqlError('invalid_parameter_value', `unrecognized parameter "${option.DefElem.defname ?? ''}"`);
  }
  return {
    query,
    schema: into?.rel?.schemaname,
    name: into?.rel?.relname ?? '',
    columns: namesOf(into?.colNames),
    ifNotExists: ifNotExists === true,
    withData: into?.skipData !== true,
    persistence: into?.rel?.relpersistence,
    materialized,
    tag: materialized ? 'CREATE MATERIALIZED VIEW' : 'CREATE TABLE AS',
  };
}
