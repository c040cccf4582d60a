/** What INSERT, UPDATE and DELETE share: the table written to, its constraints as expressions, and RETURNING. */
import type { Node, RangeVar, ReturningClause } from '@pgsql/types';
import { assert } from '../base/assert.ts';
import type { ColumnDescriptor, TableDescriptor } from '../catalog/descriptor.ts';
import { bindTargets } from './bind-target.ts';
import { findRelation } from './bind-from.ts';
import type { OutputColumn } from './bind-query.ts';
import type { Binding } from './binding.ts';
import { CLAUSE } from './clause.ts';
import type { ColumnRef, Expression } from './expression.ts';
import type { CheckExpression, IndexExpressions, Returning, WriteTarget } from './plan.ts';
import { Level, type ScopeColumn, type ScopeItem } from './scope.ts';
import { bindStandalone, refsOf } from './standalone.ts';
import { coerceArgument, coerceAssignment } from './coerce.ts';
import { typeOf } from './typing.ts';
import { OID } from '../types/oid.ts';

/** The table a statement writes to; SQLSTATE 42809 for views and their like. */
export function writableTable(binding: Binding, node: RangeVar | undefined, verb: string): TableDescriptor {
  assert(node !== undefined, 'the grammar names the table written to');
  const relation = findRelation(binding, node);
  binding.dependOn(relation.oid);
  if (relation.kind === 'table') {
    if (relation.materialized === undefined) return relation;
    throw binding.error('wrong_object_type', `cannot change materialized view "${relation.name}"`, undefined);
  }
  if (relation.kind === 'view') {
    throw binding.error('object_not_in_prerequisite_state', `cannot ${verb} view "${relation.name}"`, undefined, {
      detail: 'Views are read-only.',
    });
  }
  if (relation.kind === 'sequence') throw binding.error('wrong_object_type', `cannot change sequence "${relation.name}"`, undefined);
  throw binding.error('insufficient_privilege', `permission denied for table ${relation.name}`, undefined);
}

/** The target with everything that has to be computed when a row is written; `columns` are in sight as the row's. */
export function writeTarget(binding: Binding, table: TableDescriptor, columns: readonly ScopeColumn[], writesRows: boolean): WriteTarget {
  const options = { columns, relation: table.name, table };
  const checks: CheckExpression[] = writesRows
    ? table.constraints.flatMap((constraint) =>
        constraint.kind === 'check'
          ? [
              {
                name: constraint.name,
                condition: bindStandalone(binding, constraint.expressionText, { ...options, clause: 'check', boolean: true }),
              },
            ]
          : [],
      )
    : [];
  const generated = writesRows
    ? table.columns.flatMap((column, position) =>
        column.generated === 'stored' && column.defaultText !== undefined
          ? [{ position, expression: bindStandalone(binding, column.defaultText, { ...options, clause: 'generated', target: column }) }]
          : [],
      )
    : [];
  return { table, row: refsOf(columns), checks, indexExpressions: indexExpressions(binding, table, columns), generated };
}

/** Expressions and predicates of the indexes that have any. */
export function indexExpressions(binding: Binding, table: TableDescriptor, columns: readonly ScopeColumn[]): readonly IndexExpressions[] {
  const options = { columns, relation: table.name, table };
  return table.indexes
    .filter((index) => index.predicateText !== undefined || index.keys.some((key) => key.expressionText !== undefined))
    .map((index) => ({
      index,
      keys: index.keys.map((key) =>
        key.expressionText === undefined ? undefined : bindStandalone(binding, key.expressionText, { ...options, clause: 'index' }),
      ),
      predicate:
        index.predicateText === undefined
          ? undefined
          : bindStandalone(binding, index.predicateText, { ...options, clause: 'predicate', boolean: true }),
    }));
}

/** The value a column gets when none is given: its default, its sequence's next value, or NULL. */
export function defaultValue(binding: Binding, column: ColumnDescriptor): Expression {
  if (column.generated !== undefined) return { kind: 'constant', value: null, type: column.type };
  if (column.identity !== undefined && column.sequence !== undefined) {
    const next = binding.sources.registry.functions('nextval').find((candidate) => candidate.kind === 'scalar');
    assert(next !== undefined && next.kind === 'scalar', 'the registry has nextval');
    const sequence: Expression = { kind: 'constant', value: column.sequence, type: typeOf(OID.regclass) };
    const call: Expression = { kind: 'call', function: next, args: [sequence], type: typeOf(next.result) };
    return coerceAssignment(binding, call, column.type, column.name);
  }
  const domain = binding.sources.catalog.userType(column.type.oid);
  const text = column.defaultText ?? (domain?.kind === 'domain' ? domain.defaultText : undefined);
  if (text === undefined) return coerceArgument(binding, { kind: 'constant', value: null, type: typeOf(OID.unknown) }, column.type);
  return bindStandalone(binding, text, { columns: [], clause: 'default', target: column });
}

export interface BoundReturning {
  readonly returning: Returning;
  readonly columns: readonly OutputColumn[] | undefined;
}

/** RETURNING over the written row and the statement's other items. */
export function bindReturning(
  binding: Binding,
  parent: Level,
  clause: ReturningClause | undefined,
  items: readonly ScopeItem[],
): BoundReturning {
  if (clause === undefined || clause.exprs === undefined) return { returning: undefined, columns: undefined };
  if (clause.options !== undefined) throw binding.error('feature_not_supported', 'RETURNING WITH (OLD/NEW) is not supported', undefined);
  const level = new Level(binding, parent);
  level.items = [...items];
  for (const item of items) for (const column of item.columns) level.own.add(column.ref);
  const targets = level.in(CLAUSE.returning, () => bindTargets(level, clause.exprs, false));
  const returning = targets.map((target) => {
    const origin = target.expression.kind === 'column' ? binding.origin(target.expression.ref) : undefined;
    const ref: ColumnRef = binding.newRef(origin ?? { name: target.name, relation: undefined, table: 0, attribute: 0 });
    binding.keepShape(ref, target.expression);
    return { ref, expression: target.expression };
  });
  return {
    returning,
    columns: targets.map((target, index) => ({ name: target.name, ref: returning[index].ref, type: target.expression.type })),
  };
}

/** The position of a column written to by name; SQLSTATE 42703 when the table has none of it. */
export function columnPosition(binding: Binding, table: TableDescriptor, name: string, location: number | undefined): number {
  const position = table.columns.findIndex((column) => column.name === name);
  if (position >= 0) return position;
  throw binding.error('undefined_column', `column "${name}" of relation "${table.name}" does not exist`, location);
}

/** Whether a value is the DEFAULT keyword. */
export function isDefault(node: Node | undefined): boolean {
  return node !== undefined && 'SetToDefault' in node;
}
