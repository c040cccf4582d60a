/** Expressions that live outside statements: defaults, checks, generated columns, index expressions and predicates. */
import type { Node } from '@pgsql/types';
import { AssertionError } from '../base/assert.ts';
import type { TableDescriptor } from '../catalog/descriptor.ts';
import { parse } from '../sql/parse.ts';
import { bindExpression } from './bind-expression.ts';
import type { Binding } from './binding.ts';
import { CLAUSE } from './clause.ts';
import { coerceAssignment, coerceBoolean, settleUnknown } from './coerce.ts';
import type { ColumnRef, Expression } from './expression.ts';
import { Level, type ScopeColumn } from './scope.ts';
import type { SqlType } from '../types/type.ts';

export interface StandaloneOptions {
  readonly columns: readonly ScopeColumn[];
  /** The name columns may be qualified with. */
  readonly relation?: string | undefined;
  readonly table?: TableDescriptor | undefined;
  readonly clause: 'default' | 'check' | 'generated' | 'index' | 'predicate';
  /** Must be a condition. */
  readonly boolean?: boolean | undefined;
  /** The column the value is assigned to. */
  readonly target?: { readonly name: string; readonly type: SqlType } | undefined;
}

/** Binds an expression given as SQL text. */
export function bindStandalone(binding: Binding, text: string, options: StandaloneOptions): Expression {
  const source = `SELECT ${text}`;
  const [statement] = parse(source);
  const target = 'SelectStmt' in statement.node ? statement.node.SelectStmt.targetList?.[0] : undefined;
  if (target === undefined || !('ResTarget' in target) || target.ResTarget.val === undefined)
    throw new AssertionError('stored text is an expression', { text });
  return bindStandaloneNode(binding.within(source), target.ResTarget.val, options);
}

/** Binds an expression given as a syntax tree of the binding's text. */
export function bindStandaloneNode(binding: Binding, node: Node, options: StandaloneOptions): Expression {
  const level = new Level(binding, undefined);
  level.clause = CLAUSE[options.clause];
  level.items = [
    {
      name: options.relation,
      schema: undefined,
      columns: options.columns,
      byName: options.relation !== undefined,
      byColumn: true,
      lateral: 'none',
      table: options.table,
    },
  ];
  for (const column of options.columns) level.own.add(column.ref);
  const bound = bindExpression(level, node);
  if (options.boolean === true)
    return coerceBoolean(binding, bound, options.clause === 'predicate' ? 'WHERE' : options.clause.toUpperCase());
  if (options.target !== undefined) return coerceAssignment(binding, bound, options.target.type, options.target.name);
  return settleUnknown(binding, bound);
}

/** A table's columns in sight under fresh refs. */
export function tableColumns(binding: Binding, table: TableDescriptor, relation: string = table.name): readonly ScopeColumn[] {
  return table.columns.map((column) => ({
    name: column.name,
    ref: binding.newRef({ name: column.name, relation, table: table.oid, attribute: column.id }),
    type: column.type,
  }));
}

/** The refs of columns, in order. */
export function refsOf(columns: readonly ScopeColumn[]): readonly ColumnRef[] {
  return columns.map((column) => column.ref);
}
