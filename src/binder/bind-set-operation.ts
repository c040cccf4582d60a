/** UNION, INTERSECT, EXCEPT: branches of one common type per column. */
import type { Node, SelectStmt } from '@pgsql/types';
import { aside } from './bind-from.ts';
import { bindLimit } from './bind-limit.ts';
import { sortsOf } from './bind-order.ts';
import { bindSelectStatement, type BoundSelect, type OutputColumn } from './bind-query.ts';
import { CLAUSE } from './clause.ts';
import { coerceArgument, commonTypeOf } from './coerce.ts';
import type { ColumnRef, Expression, SortKey } from './expression.ts';
import { locationOf, stringList } from './node.ts';
import type { Plan } from './plan.ts';
import type { Level } from './scope.ts';
import { requireEquality, sortKeyOf } from './sort-key.ts';
import { TEXT } from './typing.ts';
import { OID } from '../types/oid.ts';
import type { SqlType } from '../types/type.ts';

/** A statement whose top is a set operation, with its ORDER BY and LIMIT, which may name output columns only. */
export function bindSetOperation(level: Level, statement: SelectStmt): BoundSelect {
  const { binding } = level;
  const bound = bindTree(level, statement);
  let { plan } = bound;
  if (statement.lockingClause !== undefined)
    throw binding.error('feature_not_supported', 'FOR UPDATE is not allowed with UNION/INTERSECT/EXCEPT', undefined);
  const keys = sortKeys(level, bound.columns, statement.sortClause);
  if (keys.length > 0) plan = { kind: 'sort', input: plan, keys };
  const limits = bindLimit(level, statement);
  if (limits !== undefined)
    plan = { kind: 'limit', input: plan, ...limits, ties: statement.limitOption === 'LIMIT_OPTION_WITH_TIES' ? keys : undefined };
  return { plan, columns: bound.columns };
}

function bindTree(level: Level, statement: SelectStmt): BoundSelect {
  const { binding } = level;
  const { larg, rarg } = statement;
  if (larg === undefined || rarg === undefined) throw binding.error('syntax_error', 'a set operation has two sides', undefined);
  const left = binding.deeper(() => bindBranch(level, larg));
  const right = binding.deeper(() => bindBranch(level, rarg));
  const operation = statement.op === 'SETOP_INTERSECT' ? 'intersect' : statement.op === 'SETOP_EXCEPT' ? 'except' : 'union';
  return combineBranches(level, operation, statement.all === true, left, right);
}

function bindBranch(level: Level, statement: SelectStmt): BoundSelect {
  const leaf =
    (statement.op ?? 'SETOP_NONE') === 'SETOP_NONE' ||
    statement.sortClause !== undefined ||
    statement.limitCount !== undefined ||
    statement.limitOffset !== undefined ||
    statement.lockingClause !== undefined ||
    statement.withClause !== undefined;
  return leaf ? bindSelectStatement(level.binding, aside(level), statement, { keepUnknown: true }) : bindTree(level, statement);
}

/** Two bound branches under one node, their columns given common types. */
function combineBranches(
  level: Level,
  operation: 'union' | 'intersect' | 'except',
  all: boolean,
  left: BoundSelect,
  right: BoundSelect,
): BoundSelect {
  const { binding } = level;
  const words = operation.toUpperCase();
  if (left.columns.length !== right.columns.length) {
    throw binding.error('syntax_error', `each ${words} query must have the same number of columns`, locationOfColumn(level, right, 0));
  }
  const types = left.columns.map((column, index) => {
    const sides = [sideExpression(level, left, column), sideExpression(level, right, right.columns[index])];
    const type = commonTypeOf(binding, sides, words);
    return type.oid === OID.unknown ? TEXT : type;
  });
  const a = giveTypes(level, left, types);
  const b = giveTypes(level, right, types);
  const output = left.columns.map((column, index) => {
    const ref = binding.newRef({ name: column.name, relation: undefined, table: 0, attribute: 0 });
    if (!all)
      requireEquality(
        binding,
        binding.locate<Expression>({ kind: 'column', ref, type: types[index] }, locationOfColumn(level, left, index)),
      );
    return { name: column.name, ref, type: types[index] };
  });
  const plan: Plan = {
    kind: 'set_operation',
    operation,
    all,
    left: a.plan,
    right: b.plan,
    leftColumns: a.refs,
    rightColumns: b.refs,
    output: output.map((column) => column.ref),
    types,
  };
  return { plan, columns: output };
}

/** A branch's column as an expression that knows where it was written. */
function sideExpression(level: Level, query: BoundSelect, column: OutputColumn): Expression {
  const source = sourceOf(query.plan, column.ref);
  const made: Expression = { kind: 'column', ref: column.ref, type: column.type };
  return level.binding.locate(made, source === undefined ? undefined : level.binding.locationOf(source));
}

/** Where a query's column was written. */
export function locationOfColumn(level: Level, query: BoundSelect, index: number): number | undefined {
  const column = query.columns[index];
  const source = column && sourceOf(query.plan, column.ref);
  return source && level.binding.locationOf(source);
}

/** The expression that computes a column, where the plan's top shows it. */
function sourceOf(plan: Plan, ref: ColumnRef): Expression | undefined {
  if (plan.kind === 'project') {
    const found = plan.items.find((item) => item.ref === ref)?.expression;
    if (found === undefined || found.kind !== 'column' || found.ref !== ref || plan.input.kind === 'scan') return found;
    return sourceOf(plan.input, ref) ?? found;
  }
  if (plan.kind === 'sort' || plan.kind === 'limit' || plan.kind === 'distinct' || plan.kind === 'filter') return sourceOf(plan.input, ref);
  if (plan.kind === 'with') return sourceOf(plan.body, ref);
  return undefined;
}

interface TypedBranch {
  readonly plan: Plan;
  readonly refs: readonly ColumnRef[];
}

/** The query with column i as `types[i]`: literals still unknown take the type where they stand, other columns are cast above. */
export function giveTypes(level: Level, query: BoundSelect, types: readonly SqlType[]): TypedBranch {
  const { binding } = level;
  let { plan } = query;
  const items = query.columns.map((column, index) => {
    const target = types[index];
    if (column.type.oid === OID.unknown) {
      plan = settle(level, plan, column.ref, target);
      return { ref: column.ref, expression: { kind: 'column' as const, ref: column.ref, type: target } };
    }
    const bare: Expression = { kind: 'column', ref: column.ref, type: column.type };
    const cast = coerceArgument(binding, bare, target);
    return cast === bare ? { ref: column.ref, expression: bare } : { ref: binding.newRef(), expression: cast };
  });
  const changed = items.some((item) => item.expression.kind !== 'column');
  if (!changed) return { plan, refs: items.map((item) => item.ref) };
  const unique = [...new Map(items.map((item) => [item.ref, item])).values()];
  return { plan: { kind: 'project', input: plan, items: unique }, refs: items.map((item) => item.ref) };
}

/** Gives the unknown literals behind a column their type. */
function settle(level: Level, plan: Plan, ref: ColumnRef, type: SqlType): Plan {
  const retype = (expression: Expression): Expression =>
    expression.type.oid === OID.unknown ? coerceArgument(level.binding, expression, type) : expression;
  switch (plan.kind) {
    case 'project': {
      const items = plan.items.map((item) => (item.ref === ref ? { ref, expression: retype(item.expression) } : item));
      return {
        ...plan,
        input: plan.items.some((item) => item.ref === ref && item.expression.kind === 'column')
          ? settle(level, plan.input, ref, type)
          : plan.input,
        items,
      };
    }
    case 'values': {
      const position = plan.output.indexOf(ref);
      return position < 0
        ? plan
        : { ...plan, rows: plan.rows.map((row) => row.map((cell, index) => (index === position ? retype(cell) : cell))) };
    }
    case 'sort':
      return {
        ...plan,
        input: settle(level, plan.input, ref, type),
        keys: plan.keys.map((key) => (isRef(key.expression, ref) ? { ...key, expression: { ...key.expression, type } } : key)),
      };
    case 'distinct':
      return { ...plan, input: settle(level, plan.input, ref, type), on: plan.on.map((on) => (isRef(on, ref) ? { ...on, type } : on)) };
    case 'limit':
    case 'filter':
    case 'lock':
      return { ...plan, input: settle(level, plan.input, ref, type) };
    case 'with':
      return { ...plan, body: settle(level, plan.body, ref, type) };
    default:
      return plan;
  }
}

function isRef(expression: Expression, ref: ColumnRef): boolean {
  return expression.kind === 'column' && expression.ref === ref;
}

function sortKeys(level: Level, columns: readonly OutputColumn[], nodes: readonly Node[] | undefined): readonly SortKey[] {
  return level.in(CLAUSE.orderBy, () =>
    sortsOf(nodes).map((sort) => sortKeyOf(level.binding, outputColumn(level, columns, sort.node), sort)),
  );
}

function outputColumn(level: Level, columns: readonly OutputColumn[], node: Node): Expression {
  const { binding } = level;
  const asColumn = (column: OutputColumn, location: number): Expression =>
    binding.locate<Expression>({ kind: 'column', ref: column.ref, type: column.type }, location);
  if ('ColumnRef' in node && node.ColumnRef.fields?.length === 1) {
    const location = node.ColumnRef.location ?? 0;
    const [name] = stringList(node.ColumnRef.fields);
    const matches = columns.filter((column) => column.name === name);
    if (matches.length > 1) throw binding.error('ambiguous_column', `ORDER BY "${name}" is ambiguous`, location);
    if (matches.length === 1) return asColumn(matches[0], location);
    throw binding.error('undefined_column', `column "${name}" does not exist`, location);
  }
  if ('A_Const' in node) {
    const location = node.A_Const.location ?? 0;
    if (node.A_Const.ival === undefined) throw binding.error('syntax_error', 'non-integer constant in ORDER BY', location);
    const position = node.A_Const.ival.ival ?? 0;
    if (columns[position - 1] === undefined)
      throw binding.error('invalid_column_reference', `ORDER BY position ${position} is not in select list`, location);
    return asColumn(columns[position - 1], location);
  }
  throw binding.error('feature_not_supported', 'invalid UNION/INTERSECT/EXCEPT ORDER BY clause', locationOf(node), {
    detail: 'Only result column names can be used, not expressions or functions.',
    hint: 'Add the expression/function to every SELECT, or move the UNION into a FROM clause.',
  });
}
