/** What DDL needs of the session: names, types and expressions resolved by the binder, queries run within the transaction. */
import { describeQuery } from '../binder/bind.ts';
import { Binding } from '../binder/binding.ts';
import { bindTypeName } from '../binder/typing.ts';
import { SqlError } from '../base/sql-error.ts';
import type { DdlContext, ExpressionPurpose } from '../executor/ddl/context.ts';
import { deparse, renameColumnIn } from '../sql/deparse.ts';
import { parse } from '../sql/parse.ts';
import { formatType } from '../types/types.ts';
import { bindOver, rowEvaluator, type StandaloneRequest } from './expressions.ts';
import { runQuery, sourcesOf, type StatementScope } from './query.ts';
import { drain } from './running.ts';
import type { SqlSession } from './sql-session.ts';

export function ddlContext(session: SqlSession, scope: StatementScope, text: string): DdlContext {
  const { editor } = scope.block;
  return {
    editor,
    searchPath: scope.searchPath,
    resolveType: (name) => bindTypeName(Binding.start(text, sourcesOf(scope), []), name),
    expressionType: (node, columns, purpose, target) =>
      bindOver(sourcesOf(scope), columns, undefined, {
        node,
        target,
        text,
        clause: CLAUSES[purpose],
        condition: purpose === 'check' || purpose === 'predicate',
      }).type,
    evaluator: async (table, expressions) =>
      rowEvaluator(
        scope,
        table,
        expressions.map(({ text, target }) => ({ node: text, target })),
      ),
    describeQuery: (node) => describeQuery(node, { ...sourcesOf(scope), text }),
    async rows(sql) {
      const [statement] = parse(sql);
      if (statement === undefined) throw new SqlError('internal_error', 'an internal query is empty');
      return (await drain(runQuery(scope, statement, [], []))).rows;
    },
    async execute(node) {
      const running = await session.runWithin(scope.block, { node, text: deparse(node), source: deparse(node), location: 1 }, []);
      return (await drain(running)).rowCount ?? 0;
    },
    notice: (message, code = '00000') => session.notify({ severity: 'NOTICE', code, message }),
    textOf: deparse,
    typeText: (type) => formatType(type.oid, type.modifier),
    renameColumn: renameColumnIn,
  };
}

/** ALTER … USING reads its row as a check does. */
const CLAUSES: Readonly<Record<ExpressionPurpose, StandaloneRequest['clause']>> = {
  default: 'default',
  check: 'check',
  generated: 'generated',
  index: 'index',
  predicate: 'predicate',
  transform: 'check',
};
