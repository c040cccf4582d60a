/** Stand-alone expressions: EXECUTE's arguments, defaults, index expressions; bound, and evaluated over rows of a table. */
import type { Node } from '@pgsql/types';
import { Binding, type BindingSources } from '../binder/binding.ts';
import type { Expression } from '../binder/expression.ts';
import { bindStandaloneNode, refsOf, type StandaloneOptions } from '../binder/standalone.ts';
import type { ScopeColumn } from '../binder/scope.ts';
import type { ColumnDescriptor } from '../catalog/descriptor.ts';
import { Environment } from '../executor/environment.ts';
import { layoutOf, NO_PROGRAM, Scope } from '../executor/expression/scope.ts';
import { compileWaiting, inOrder } from '../executor/expression/waiting.ts';
import { expressionNode } from '../sql/deparse.ts';
import type { SqlType } from '../types/type.ts';
import type { Row, Value } from '../types/value.ts';
import { executionOf, sourcesOf, type StatementScope } from './query.ts';

export interface Wanted {
  readonly node: Node | string;
  /** Coerced to by assignment. */
  readonly target?: SqlType | undefined;
  /** The text that the node's locations count in. */
  readonly text?: string | undefined;
}

export interface StandaloneRequest extends Wanted {
  readonly clause: StandaloneOptions['clause'];
  /** Must be boolean. */
  readonly condition?: boolean | undefined;
}

/** Binds one expression over `columns`. Errors are PostgreSQL's. */
export function bindOver(
  sources: BindingSources,
  columns: readonly ColumnDescriptor[],
  relation: string | undefined,
  wanted: StandaloneRequest,
): Expression {
  const binding = Binding.start(wanted.text ?? '', sources, []);
  return bindWith(binding, columnsInSight(binding, columns, relation), relation, wanted);
}

/** Values of expressions that mention no column. */
export async function evaluateExpressions(scope: StatementScope, wanted: readonly Wanted[]): Promise<readonly Value[]> {
  return rowEvaluator(scope, { name: '', columns: [] }, wanted)([]);
}

/** Compiles expressions over the columns of a table; the answer takes rows as its tree holds them. */
export function rowEvaluator(
  scope: StatementScope,
  table: { readonly name: string; readonly columns: readonly ColumnDescriptor[] },
  wanted: readonly Wanted[],
): (row: Row) => readonly Value[] | Promise<readonly Value[]> {
  const binding = Binding.start(wanted[0]?.text ?? '', sourcesOf(scope), []);
  const columns = columnsInSight(binding, table.columns, table.name);
  const compiled = wanted.map((one) =>
    compileWaiting(bindWith(binding, columns, table.name, { ...one, clause: 'check' }), new Scope(NO_PROGRAM, layoutOf(refsOf(columns)))),
  );
  const environment = new Environment(executionOf(scope, []));
  return (row) => inOrder(compiled, (evaluate) => evaluate(row, environment));
}

function bindWith(binding: Binding, columns: readonly ScopeColumn[], relation: string | undefined, wanted: StandaloneRequest): Expression {
  const node = typeof wanted.node === 'string' ? expressionNode(wanted.node) : wanted.node;
  return bindStandaloneNode(binding, node, {
    columns,
    relation: relation === '' ? undefined : relation,
    clause: wanted.clause,
    boolean: wanted.condition,
    target: wanted.target === undefined ? undefined : { name: '', type: wanted.target },
  });
}

function columnsInSight(binding: Binding, columns: readonly ColumnDescriptor[], relation: string | undefined): readonly ScopeColumn[] {
  return columns.map((column) => ({
    name: column.name,
    ref: binding.newRef({ name: column.name, relation, table: 0, attribute: column.id }),
    type: column.type,
  }));
}
