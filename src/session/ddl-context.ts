/** What DDL needs of the session: names, types and expressions resolved by the binder, queries run within the transaction. */
import { bindExpression } from '../binder/bind-expression-text.ts';
import { describeQuery } from '../binder/describe-query.ts';
import { resolveTypeName } from '../binder/type-name.ts';
import { SqlError } from '../base/sql-error.ts';
import type { DdlContext } from '../executor/ddl/context.ts';
import { deparse, renameColumnIn } from '../sql/deparse.ts';
import { parse } from '../sql/parse.ts';
import { formatType } from '../types/types.ts';
import { rowEvaluator } from './expressions.ts';
import { runQuery, type StatementScope } from './query.ts';
import { drain } from './running.ts';
import type { SqlSession } from './sql-session.ts';

export function ddlContext(session: SqlSession, scope: StatementScope): DdlContext {
  const { editor } = scope.block;
  const sources = () => ({ catalog: editor.snapshot, registry: scope.engine.registry, searchPath: scope.searchPath, settings: scope.types });
  return {
    editor,
    searchPath: scope.searchPath,
    resolveType: (name) => resolveTypeName(name, { catalog: editor.snapshot, searchPath: scope.searchPath }),
    expressionType: (node, columns, purpose, target) => bindExpression(node, { ...sources(), columns, relation: '', purpose, target }).type,
    evaluator: (table, expressions) =>
      rowEvaluator(
        scope,
        table,
        expressions.map(({ text, target }) => ({ node: text, target })),
      ),
    describeQuery: (node) => describeQuery(node, sources()),
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
