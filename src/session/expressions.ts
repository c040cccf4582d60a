/** Evaluates stand-alone expressions: EXECUTE's arguments, defaults, index expressions. */
import type { Node } from '@pgsql/types';
import { bindExpression } from '../binder/bind-expression-text.ts';
import type { ColumnDescriptor } from '../catalog/descriptor.ts';
import { expressionEvaluator } from '../executor/evaluate.ts';
import type { SqlType } from '../types/type.ts';
import type { Row, Value } from '../types/value.ts';
import { executionOf, type StatementScope } from './query.ts';

export interface Wanted {
  readonly node: Node | string;
  /** Coerced to by assignment. */
  readonly target?: SqlType | undefined;
}

/** Values of expressions that mention no column. */
export async function evaluateExpressions(scope: StatementScope, wanted: readonly Wanted[]): Promise<readonly Value[]> {
  const evaluate = await rowEvaluator(scope, { name: '', columns: [] }, wanted);
  return evaluate([]);
}

/** Compiles expressions over the columns of a table; the answer takes rows as its tree holds them. */
export async function rowEvaluator(
  scope: StatementScope,
  table: { readonly name: string; readonly columns: readonly ColumnDescriptor[] },
  wanted: readonly Wanted[],
): Promise<(row: Row) => readonly Value[] | Promise<readonly Value[]>> {
  const sources = { catalog: scope.block.editor.snapshot, registry: scope.engine.registry, searchPath: scope.searchPath, settings: scope.types };
  const bound = wanted.map(({ node, target }) => bindExpression(node, { ...sources, columns: table.columns, relation: table.name, target }));
  return expressionEvaluator(bound, executionOf(scope, []));
}
