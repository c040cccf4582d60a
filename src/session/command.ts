/** Statements that are no query: settings, cursors, prepared statements, EXPLAIN, DDL, and those accepted without effect. */
import type { CopyStmt, Node } from '@pgsql/types';
import { SqlError } from '../base/sql-error.ts';
import { runDdl } from '../executor/ddl/run.ts';
import type { ParsedStatement } from '../sql/parse.ts';
import type { Value } from '../types/value.ts';
import { analyze } from './analyze.ts';
import { createTableAs } from './create-table-as.ts';
import { refuseFiles } from './copy/copy-statement.ts';
import { closeCursor, declareCursor, fetchCursor } from './cursor-command.ts';
import { ddlContext } from './ddl-context.ts';
import { explain } from './explain.ts';
import { prepareStatement, executeStatement } from './prepare-command.ts';
import { refreshMaterializedView } from './materialized-view.ts';
import { isQuery, type StatementScope } from './query.ts';
import { finished, type Running } from './running.ts';
import { setVariable, showVariable } from './setting-command.ts';
import type { SqlSession } from './sql-session.ts';

/** Carries `statement` out when it is a command; undefined when it is a query. */
export async function runCommand(
  session: SqlSession,
  scope: StatementScope,
  statement: ParsedStatement,
  parameters: readonly Value[],
): Promise<Running | undefined> {
  if (isQuery(statement)) return undefined;
  const { node } = statement;
  if ('VariableSetStmt' in node) return setVariable(session, scope, node.VariableSetStmt);
  if ('VariableShowStmt' in node) return showVariable(session, scope, node.VariableShowStmt.name ?? '');
  if ('ExplainStmt' in node) return explain(scope, statement, node.ExplainStmt, parameters);
  if ('PrepareStmt' in node) return prepareStatement(session, scope, statement, node.PrepareStmt);
  if ('ExecuteStmt' in node) return executeStatement(session, scope, node.ExecuteStmt);
  if ('DeallocateStmt' in node) {
    if (node.DeallocateStmt.name === undefined || node.DeallocateStmt.isall === true) session.statements.clear();
    else session.statements.remove(node.DeallocateStmt.name);
    return immediate(scope, node.DeallocateStmt.name === undefined ? 'DEALLOCATE ALL' : 'DEALLOCATE');
  }
  if ('DeclareCursorStmt' in node) return declareCursor(session, scope, statement, node.DeclareCursorStmt, parameters);
  if ('FetchStmt' in node) return fetchCursor(session, scope, node.FetchStmt);
  if ('ClosePortalStmt' in node) return closeCursor(session, scope, node.ClosePortalStmt.portalname);
  if ('ConstraintsSetStmt' in node) {
    const names = (node.ConstraintsSetStmt.constraints ?? []).map((item) => ('RangeVar' in item ? (item.RangeVar.relname ?? '') : ''));
    scope.block.defer(names, node.ConstraintsSetStmt.deferred === true);
    return finished('SET CONSTRAINTS');
  }
  if ('DiscardStmt' in node) {
    if (scope.block.explicit) throw new SqlError('active_sql_transaction', 'DISCARD ALL cannot run inside a transaction block');
    session.statements.clear();
    session.cursors.closeAll();
    session.settings.resetAll();
    session.forgetDrawn();
    return immediate(scope, 'DISCARD ALL');
  }
  if ('CheckPointStmt' in node) {
    await scope.engine.checkpoint?.();
    return immediate(scope, 'CHECKPOINT');
  }
  if ('VacuumStmt' in node) return finished(await analyze(scope, node.VacuumStmt));
  if ('CopyStmt' in node) throw copyElsewhere(node.CopyStmt);
  if ('CreateTableAsStmt' in node || 'SelectStmt' in node) return createTableAs(session, scope, statement);
  requireWritable(scope, node);
  if ('RefreshMatViewStmt' in node) return refreshMaterializedView(session, scope, statement, node.RefreshMatViewStmt);
  const tag = await runDdl(ddlContext(session, scope, statement.source), node);
  if (tag !== undefined) return finished(tag);
  const accepted = acceptedTag(node);
  if (accepted !== undefined) return finished(accepted);
  throw new SqlError('feature_not_supported', `${Object.keys(node)[0]?.replace(/Stmt$/, '') ?? 'this statement'} is not supported`);
}

/** COPY has data beside its text, which only some doors carry. */
function copyElsewhere(copy: CopyStmt): SqlError {
  refuseFiles(copy);
  return new SqlError('feature_not_supported', 'COPY with STDIN or STDOUT is not supported here', {
    hint: 'Use "velocidb import" or "velocidb sql".',
  });
}

/** A command that reads nothing of the database, so that nothing has to be confirmed. */
function immediate(scope: StatementScope, tag: string): Running {
  markIndependent(scope);
  return finished(tag);
}

/** Says that the answer depends on no stored state. */
export function markIndependent(scope: StatementScope): void {
  if (!scope.block.explicit) scope.block.confirmed = true;
}

function requireWritable(scope: StatementScope, node: Node): void {
  if (scope.block.transaction.readOnly) {
    throw new SqlError(
      'read_only_sql_transaction',
      `cannot execute ${Object.keys(node)[0]?.replace(/Stmt$/, '').toUpperCase() ?? 'this'} in a read-only transaction`,
    );
  }
}

/** Commands whose effect does not exist here: locks (optimistic concurrency needs none), privileges, storage hints. */
function acceptedTag(node: Node): string | undefined {
  if ('LockStmt' in node) return 'LOCK TABLE';
  if ('ReindexStmt' in node) return 'REINDEX';
  if ('ClusterStmt' in node) return 'CLUSTER';
  if ('GrantStmt' in node) return node.GrantStmt.is_grant === true ? 'GRANT' : 'REVOKE';
  if ('AlterOwnerStmt' in node) return 'ALTER';
  if ('AlterDefaultPrivilegesStmt' in node) return 'ALTER DEFAULT PRIVILEGES';
  if ('CreateStatsStmt' in node) return 'CREATE STATISTICS';
  return undefined;
}
