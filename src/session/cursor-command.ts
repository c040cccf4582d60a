/** DECLARE, FETCH, MOVE, CLOSE. */
import type { DeclareCursorStmt, FetchStmt } from '@pgsql/types';
import { SqlError } from '../base/sql-error.ts';
import type { ParsedStatement } from '../sql/parse.ts';
import type { Value } from '../types/value.ts';
import { markIndependent } from './command.ts';
import { fetchFrom } from './cursors.ts';
import { runQuery, type StatementScope } from './query.ts';
import { drain, finished, type Running } from './running.ts';
import type { SqlSession } from './sql-session.ts';

/** Bit of DeclareCursorStmt.options, as the grammar sets it. */
const CURSOR_HOLD = 0x20;

export async function declareCursor(
  session: SqlSession,
  scope: StatementScope,
  outer: ParsedStatement,
  statement: DeclareCursorStmt,
  parameters: readonly Value[],
): Promise<Running> {
  const hold = ((statement.options ?? 0) & CURSOR_HOLD) !== 0;
  if (!hold && !scope.block.explicit)
    throw new SqlError('no_active_sql_transaction', 'DECLARE CURSOR can only be used in transaction blocks');
  const { query } = statement;
  if (query === undefined) throw new SqlError('syntax_error', 'DECLARE needs a query');
  let running = runQuery(scope, { ...outer, node: query, text: `${outer.text}\u0000inner` }, parameters, []);
  if (running.fields === undefined) throw new SqlError('invalid_cursor_definition', 'DECLARE CURSOR must name a query that returns rows');
  const { fields } = running;
  if (hold) running = finished('SELECT', { fields, rows: (await drain(running)).rows });
  session.cursors.add({ name: statement.portalname ?? '', fields, running, hold, rows: [], position: 0, ended: false });
  return finished('DECLARE CURSOR');
}

export async function fetchCursor(session: SqlSession, scope: StatementScope, statement: FetchStmt): Promise<Running> {
  const cursor = session.cursors.get(statement.portalname ?? '');
  markIndependent(scope);
  const count = Number(statement.howMany ?? 0);
  const all = count >= 9_000_000_000_000_000;
  const rows = await fetchFrom(cursor, directionOf(statement.direction), all ? Infinity : count);
  if (statement.ismove === true) return finished(`MOVE ${rows.length}`);
  return finished(`FETCH ${rows.length}`, { fields: cursor.fields, rows });
}

export function closeCursor(session: SqlSession, scope: StatementScope, name: string | undefined): Running {
  markIndependent(scope);
  if (name === undefined) session.cursors.closeAll();
  else session.cursors.close(name);
  return finished(name === undefined ? 'CLOSE CURSOR ALL' : 'CLOSE CURSOR');
}

function directionOf(direction: FetchStmt['direction']): 'forward' | 'backward' | 'absolute' | 'relative' {
  switch (direction) {
    case 'FETCH_BACKWARD':
      return 'backward';
    case 'FETCH_ABSOLUTE':
      return 'absolute';
    case 'FETCH_RELATIVE':
      return 'relative';
    default:
      return 'forward';
  }
}
