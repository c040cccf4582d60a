/** SQL's PREPARE and EXECUTE. */
import type { ExecuteStmt, PrepareStmt } from '@pgsql/types';
import { SqlError } from '../base/sql-error.ts';
import { Binding } from '../binder/binding.ts';
import { bindTypeName } from '../binder/typing.ts';
import type { ParsedStatement } from '../sql/parse.ts';
import { OID } from '../types/oid.ts';
import { evaluateExpressions } from './expressions.ts';
import { markIndependent } from './command.ts';
import { prepareQuery, runQuery, sourcesOf, type StatementScope } from './query.ts';
import { finished, type Running } from './running.ts';
import type { SqlSession } from './sql-session.ts';

export async function prepareStatement(
  session: SqlSession,
  scope: StatementScope,
  outer: ParsedStatement,
  statement: PrepareStmt,
): Promise<Running> {
  const { query } = statement;
  if (query === undefined) throw new SqlError('syntax_error', 'PREPARE needs a statement');
  const types = (statement.argtypes ?? []).map((node) =>
    'TypeName' in node ? bindTypeName(Binding.start(outer.source, sourcesOf(scope), []), node.TypeName).oid : undefined,
  );
  const inner = { ...outer, node: query };
  const described = await prepareQuery(scope, { ...inner, text: `${outer.text}\u0000inner` }, types);
  session.statements.add(statement.name ?? '', {
    statement: { ...inner, text: `${outer.text}\u0000inner` },
    types: described.parameters.map((type) => type.oid),
  });
  markIndependent(scope);
  return finished('PREPARE');
}

export async function executeStatement(session: SqlSession, scope: StatementScope, statement: ExecuteStmt): Promise<Running> {
  const { statement: prepared, types } = session.statements.get(statement.name ?? '');
  const given = statement.params ?? [];
  if (given.length !== types.length) {
    throw new SqlError('syntax_error', `wrong number of parameters for prepared statement "${statement.name ?? ''}"`, {
      detail: `Expected ${types.length} parameters but got ${given.length}.`,
    });
  }
  const values = await evaluateExpressions(
    scope,
    given.map((node, at) => ({ node, target: { oid: types[at] ?? OID.text, modifier: -1 } })),
  );
  return runQuery(scope, prepared, values, types);
}
