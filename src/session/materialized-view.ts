/** REFRESH MATERIALIZED VIEW: its rows, computed anew from its query, in the transaction that asks. */
import type { RefreshMatViewStmt } from '@pgsql/types';
import { SqlError } from '../base/sql-error.ts';
import { quoteIdentifier } from '../types/functions/text/quote.ts';
import { findRelation, undefinedRelation } from '../executor/ddl/names.ts';
import { parse, type ParsedStatement } from '../sql/parse.ts';
import { ddlContext } from './ddl-context.ts';
import { runQuery, type StatementScope } from './query.ts';
import { drain, finished, type Running } from './running.ts';
import type { SqlSession } from './sql-session.ts';

export async function refreshMaterializedView(
  session: SqlSession,
  scope: StatementScope,
  statement: ParsedStatement,
  refresh: RefreshMatViewStmt,
): Promise<Running> {
  const context = ddlContext(session, scope, statement.source);
  const view = findRelation(context, refresh.relation ?? {});
  if (view === undefined) throw undefinedRelation(refresh.relation ?? {});
  if (view.kind !== 'table' || view.materialized === undefined)
    throw new SqlError('feature_not_supported', `"${view.name}" is not a materialized view`);
  const populated = refresh.skipData !== true;
  if (refresh.concurrent === true && !populated)
    throw new SqlError('syntax_error', 'REFRESH options CONCURRENTLY and WITH NO DATA cannot be used together');
  scope.block.transaction.clearTree(view.tree);
  for (const index of view.indexes) if (!index.primary) scope.block.transaction.clearTree(index.tree);
  if (populated) {
    // While its rows are written it is an ordinary table, which takes them.
    await context.editor.replace({ ...view, materialized: undefined });
    const [insert] = parse(`INSERT INTO ${quoteIdentifier(view.schemaName)}.${quoteIdentifier(view.name)} ${view.materialized.queryText}`);
    if (insert === undefined) throw new SqlError('internal_error', 'an internal statement is empty');
    await drain(runQuery(scope, insert, [], []));
  }
  await context.editor.replace({ ...view, materialized: { ...view.materialized, populated } });
  return finished('REFRESH MATERIALIZED VIEW');
}
