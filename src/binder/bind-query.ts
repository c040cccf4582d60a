/** A whole query (SELECT, VALUES, TABLE, set operation) with its WITH clause: syntax in, plan and output columns out. */
import type { Node, SelectStmt } from '@pgsql/types';
import type { SqlType } from '../types/type.ts';
import type { Binding } from './binding.ts';
import { bindSelect } from './bind-select.ts';
import { bindSetOperation } from './bind-set-operation.ts';
import { bindValues } from './bind-values.ts';
import { bindWith, wrapWith } from './bind-with.ts';
import type { ColumnRef } from './expression.ts';
import { kindOf } from './node.ts';
import type { Plan } from './plan.ts';
import { Level } from './scope.ts';

export interface OutputColumn {
  readonly name: string;
  readonly ref: ColumnRef;
  readonly type: SqlType;
}

export interface BoundSelect {
  readonly plan: Plan;
  /** In select-list order; a ref may occur twice. */
  readonly columns: readonly OutputColumn[];
}

export interface QueryOptions {
  /** Leave untyped literals unknown, since the caller will give them types (INSERT, UNION). */
  readonly keepUnknown?: boolean | undefined;
}

/** Binds a query under `parent`, whose columns it may use. */
export function bindQuery(binding: Binding, parent: Level | undefined, node: Node, options: QueryOptions = {}): BoundSelect {
  if (!('SelectStmt' in node)) throw binding.error('feature_not_supported', `${kindOf(node)} is not supported as a query`, undefined);
  return bindSelectStatement(binding, parent, node.SelectStmt, options);
}

export function bindSelectStatement(
  binding: Binding,
  parent: Level | undefined,
  statement: SelectStmt,
  options: QueryOptions = {},
): BoundSelect {
  return binding.deeper(() => {
    const level = new Level(binding, parent);
    const definitions = bindWith(level, statement.withClause);
    const bound = bindBody(level, statement, options);
    return { ...bound, plan: wrapWith(definitions, bound.plan) };
  });
}

function bindBody(level: Level, statement: SelectStmt, options: QueryOptions): BoundSelect {
  if (statement.intoClause !== undefined) throw level.binding.error('syntax_error', 'SELECT ... INTO is not allowed here', undefined);
  if ((statement.op ?? 'SETOP_NONE') !== 'SETOP_NONE') return bindSetOperation(level, statement);
  if (statement.valuesLists !== undefined) return bindValues(level, statement, options);
  return bindSelect(level, statement, options);
}
