/** Subqueries as values: scalar, EXISTS, IN, ANY, ALL, ARRAY(…) and row comparison. */
import type { Node, SubLink } from '@pgsql/types';
import { again } from './bind-case.ts';
import { bindExpression } from './bind-expression.ts';
import { bindQuery, type BoundSelect } from './bind-query.ts';
import { coerceArgument } from './coerce.ts';
import { compareRows } from './compare.ts';
import type { Expression, SubqueryExpression } from './expression.ts';
import { TRUE } from './logic.ts';
import { stringList } from './node.ts';
import { findComparison, leftmostLocation } from './operator.ts';
import type { Level } from './scope.ts';
import { arrayType, BOOL, displayType, elementType, RECORD, typeOf } from './typing.ts';
import { OID } from '../types/oid.ts';
import { freeRefs } from './walk.ts';

/** The subquery as an expression; `outer` lists what it takes from enclosing queries. */
export function bindSubquery(level: Level, node: SubLink): Expression {
  const { binding } = level;
  const location = node.location ?? 0;
  if (!level.clause.subqueries)
    throw binding.error('feature_not_supported', `cannot use subquery in ${singular(level.clause.words)}`, location);
  switch (node.subLinkType ?? 'EXISTS_SUBLINK') {
    case 'EXISTS_SUBLINK':
      return binding.locate<Expression>(subquery('exists', inner(level, node), { type: BOOL }), location);
    case 'EXPR_SUBLINK': {
      const query = oneColumn(level, inner(level, node), location);
      return binding.locate<Expression>(subquery('scalar', query, { type: query.columns[0].type }), location);
    }
    case 'ARRAY_SUBLINK': {
      const query = oneColumn(level, inner(level, node), location);
      const column = query.columns[0].type;
      const type = elementType(binding, column) === undefined ? arrayType(binding, column) : column;
      if (type === undefined)
        throw binding.error('undefined_object', `could not find array type for data type ${displayType(binding, column)}`, location);
      return binding.locate<Expression>(subquery('array', query, { type }), location);
    }
    case 'ANY_SUBLINK':
    case 'ALL_SUBLINK':
      return quantifiedSubquery(level, node, location);
    case 'ROWCOMPARE_SUBLINK':
      return rowComparison(level, node, location);
    default:
      throw binding.error('feature_not_supported', `${String(node.subLinkType)} is not supported`, location);
  }
}

function singular(words: string): string {
  return words.endsWith('s') ? words.slice(0, -1) : words;
}

function inner(level: Level, node: SubLink): BoundSelect {
  if (node.subselect === undefined) throw level.binding.error('syntax_error', 'a subquery is missing', node.location ?? 0);
  return bindQuery(level.binding, level, node.subselect);
}

function oneColumn(level: Level, query: BoundSelect, location: number): BoundSelect {
  if (query.columns.length !== 1) throw level.binding.error('syntax_error', 'subquery must return only one column', location);
  return query;
}

function subquery(
  mode: SubqueryExpression['mode'],
  query: BoundSelect,
  rest: Pick<SubqueryExpression, 'type'> & Partial<Pick<SubqueryExpression, 'left' | 'tests' | 'operator'>>,
): SubqueryExpression {
  return {
    kind: 'subquery',
    mode,
    plan: query.plan,
    output: query.columns.map((column) => column.ref),
    outer: freeRefs(query.plan),
    left: [],
    tests: [],
    operator: undefined,
    ...rest,
  };
}

/** `left op ANY|ALL (SELECT …)`; without an operator it is IN. The subquery's columns are cast to what the operator wants. */
function quantifiedSubquery(level: Level, node: SubLink, location: number): Expression {
  const { binding } = level;
  const left = leftFields(level, node.testexpr);
  const query = inner(level, node);
  const operator = stringList(node.operName).at(-1) ?? '=';
  if (query.columns.length !== left.length) {
    throw binding.error('syntax_error', `subquery has too ${query.columns.length > left.length ? 'many' : 'few'} columns`, location);
  }
  if (left.length > 1 && operator !== '=' && operator !== '<>') return orderedRows(level, node, left, query, operator, location);
  const found = left.map((arg, index) => findComparison(binding, operator, arg.type, query.columns[index].type, location));
  const items = query.columns.map((column, index) => {
    const bare: Expression = { kind: 'column', ref: column.ref, type: column.type };
    const cast = coerceArgument(binding, bare, found[index].right);
    return cast === bare ? { ref: column.ref, expression: bare } : { ref: binding.newRef(), expression: cast };
  });
  const changed = items.some((item) => item.expression.kind !== 'column');
  const plan = changed ? { kind: 'project' as const, input: query.plan, items } : query.plan;
  const made = subquery(
    node.subLinkType === 'ALL_SUBLINK' ? 'all' : 'any',
    { ...query, plan },
    {
      type: BOOL,
      left: left.map((arg, index) => coerceArgument(binding, arg, found[index].left ?? arg.type)),
      tests: found.map((test) => test.function),
      operator,
    },
  );
  return binding.locate<Expression>({ ...made, output: items.map((item) => item.ref) }, leftmostLocation(binding, left, location));
}

/** `(a, b) < ANY (SELECT x, y)`: the comparison moves into the subquery, and TRUE = ANY of its answers. */
function orderedRows(
  level: Level,
  node: SubLink,
  left: readonly Expression[],
  query: BoundSelect,
  operator: string,
  location: number,
): Expression {
  const { binding } = level;
  const columns = query.columns.map((column): Expression => ({ kind: 'column', ref: column.ref, type: column.type }));
  const ref = binding.newRef();
  const plan = {
    kind: 'project' as const,
    input: query.plan,
    items: [{ ref, expression: compareRows(binding, operator, left, columns, location) }],
  };
  const equals = findComparison(binding, '=', BOOL, BOOL, location);
  const mode = node.subLinkType === 'ALL_SUBLINK' ? 'all' : 'any';
  const made = subquery(
    mode,
    { plan, columns: [{ name: 'test', ref, type: BOOL }] },
    { type: BOOL, left: [TRUE], tests: [equals.function], operator: '=' },
  );
  return binding.locate<Expression>(made, leftmostLocation(binding, left, location));
}

function leftFields(level: Level, node: Node | undefined): readonly Expression[] {
  if (node === undefined) return [];
  const bound = bindExpression(level, node);
  return bound.kind === 'row' ? bound.args : [bound];
}

/** `(a, b) op (SELECT x, y …)`: the subquery gives one record, whose fields are compared with the row's. */
function rowComparison(level: Level, node: SubLink, location: number): Expression {
  const { binding } = level;
  const left = leftFields(level, node.testexpr);
  const operator = stringList(node.operName).at(-1) ?? '=';
  const field = (index: number): Expression => {
    const query = inner(level, node);
    if (query.columns.length !== left.length) {
      throw binding.error('syntax_error', `subquery has too ${query.columns.length > left.length ? 'many' : 'few'} columns`, location);
    }
    return { kind: 'field', arg: recordOf(level, query), index, type: query.columns[index].type };
  };
  const right = left.map((_, index) => field(index));
  return compareRows(
    binding,
    operator,
    left.map((arg, index) => (index === 0 ? arg : again(level, arg, undefined))),
    right,
    location,
  );
}

/** A query's one row as a scalar subquery that gives a record. */
export function recordOf(level: Level, query: BoundSelect): Expression {
  const { binding } = level;
  const args = query.columns.map((column): Expression => ({ kind: 'column', ref: column.ref, type: column.type }));
  const row: Expression = { kind: 'row', args, names: query.columns.map((column) => column.name), type: RECORD };
  const ref = binding.newRef();
  binding.keepShape(ref, row);
  const plan = { kind: 'project' as const, input: query.plan, items: [{ ref, expression: row }] };
  const column = { name: 'row', ref, type: typeOf(OID.record) };
  return subquery('scalar', { plan, columns: [column] }, { type: RECORD });
}
