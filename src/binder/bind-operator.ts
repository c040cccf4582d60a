/** A_Expr: operators, and the syntax that the grammar writes as operators (IN, LIKE, BETWEEN, ANY, NULLIF, DISTINCT). */
import type { A_Expr, Node } from '@pgsql/types';
import { OID } from '../types/oid.ts';
import { again } from './bind-case.ts';
import { bindExpression } from './bind-expression.ts';
import { bindSubquery } from './bind-subquery.ts';
import type { Binding } from './binding.ts';
import { coerce, coerceArgument, commonTypeIfAny } from './coerce.ts';
import { compare, compareDistinct, compareEqual } from './compare.ts';
import type { Expression } from './expression.ts';
import { combine } from './logic.ts';
import { listOf, stringList } from './node.ts';
import { findComparison, leftmostLocation, operatorCall } from './operator.ts';
import type { Level } from './scope.ts';
import { arrayType, BOOL, elementType, typeOf } from './typing.ts';

export function bindOperator(level: Level, node: A_Expr): Expression {
  const { binding } = level;
  const location = node.location ?? 0;
  const names = stringList(node.name);
  const name = names[names.length - 1] ?? '=';
  switch (node.kind ?? 'AEXPR_OP') {
    case 'AEXPR_OP': {
      if (node.lexpr === undefined) return operatorCall(binding, name, undefined, side(level, node.rexpr), location);
      if (
        'RowExpr' in node.lexpr &&
        node.rexpr !== undefined &&
        'SubLink' in node.rexpr &&
        node.rexpr.SubLink.subLinkType === 'EXPR_SUBLINK'
      ) {
        return bindSubquery(level, {
          ...node.rexpr.SubLink,
          subLinkType: 'ROWCOMPARE_SUBLINK',
          testexpr: node.lexpr,
          operName: node.name ?? [],
          location,
        });
      }
      return compare(binding, name, side(level, node.lexpr), side(level, node.rexpr), location);
    }
    case 'AEXPR_OP_ANY':
    case 'AEXPR_OP_ALL':
      return quantified(binding, name, side(level, node.lexpr), side(level, node.rexpr), node.kind === 'AEXPR_OP_ALL', location);
    case 'AEXPR_DISTINCT':
    case 'AEXPR_NOT_DISTINCT':
      return distinct(level, node, location);
    case 'AEXPR_NULLIF':
      return nullIf(binding, side(level, node.lexpr), side(level, node.rexpr), location);
    case 'AEXPR_IN':
      return inList(level, node, name === '<>', location);
    case 'AEXPR_LIKE':
    case 'AEXPR_ILIKE':
    case 'AEXPR_SIMILAR':
      return operatorCall(binding, name, side(level, node.lexpr), side(level, node.rexpr), location);
    case 'AEXPR_BETWEEN':
    case 'AEXPR_NOT_BETWEEN':
    case 'AEXPR_BETWEEN_SYM':
    case 'AEXPR_NOT_BETWEEN_SYM':
      return between(level, node, location);
    default:
      throw binding.error('feature_not_supported', `${String(node.kind)} is not supported`, location);
  }
}

function side(level: Level, node: Node | undefined): Expression {
  if (node === undefined) throw level.binding.error('syntax_error', 'an operand is missing', undefined);
  return bindExpression(level, node);
}

function distinct(level: Level, node: A_Expr, location: number): Expression {
  const { binding } = level;
  const left = side(level, node.lexpr);
  const right = side(level, node.rexpr);
  const negated = node.kind === 'AEXPR_NOT_DISTINCT';
  const isNull = (part: Expression) => part.kind === 'constant' && part.value === null && part.type.oid === OID.unknown;
  if (isNull(right) || isNull(left)) {
    const arg = isNull(right) ? left : right;
    return binding.locate<Expression>(
      { kind: 'is_null', arg, negated: !negated, type: BOOL },
      leftmostLocation(binding, [left, right], location),
    );
  }
  return compareDistinct(binding, left, right, negated, location);
}

function nullIf(binding: Binding, left: Expression, right: Expression, location: number): Expression {
  const test = operatorCall(binding, '=', left, right, location);
  if (test.type.oid !== OID.bool) throw binding.error('datatype_mismatch', 'NULLIF requires = operator to yield boolean', location);
  const [first, second] = test.args;
  return binding.locate<Expression>({ kind: 'nullif', left: first, right: second, test, type: first.type }, location);
}

/** x [NOT] IN (…): one function for all items when they have a common type with x, else a chain of comparisons. */
function inList(level: Level, node: A_Expr, negated: boolean, location: number): Expression {
  const { binding } = level;
  const arg = side(level, node.lexpr);
  const items = listOf(node.rexpr ?? { List: {} }).map((item) => bindExpression(level, item));
  const common = [arg, ...items].some((part) => part.kind === 'row') ? undefined : commonTypeIfAny(binding, [arg, ...items]);
  if (items.length > 1 && common !== undefined && elementType(binding, common) === undefined && common.oid !== OID.record) {
    const settled = common.oid === OID.unknown ? typeOf(OID.text) : common;
    const left = arg.type.oid === OID.unknown ? coerceArgument(binding, arg, settled) : arg;
    const found = findComparison(binding, '=', left.type, settled, location);
    return binding.locate<Expression>(
      {
        kind: 'in_list',
        arg: coerceArgument(binding, left, found.left ?? settled),
        items: items.map((item) => coerceArgument(binding, coerceArgument(binding, item, settled), found.right)),
        equals: found.function,
        negated,
        type: BOOL,
      },
      leftmostLocation(binding, [arg], location),
    );
  }
  const tests = items.map((item, index) => {
    const left = index === 0 ? arg : again(level, arg, node.lexpr);
    return negated ? compare(binding, '<>', left, item, location) : compareEqual(level, left, item, location);
  });
  return binding.locate(combine(negated ? 'and' : 'or', tests), leftmostLocation(binding, [arg], location));
}

/** `left op ANY|ALL (array)`. */
function quantified(binding: Binding, operator: string, left: Expression, right: Expression, all: boolean, location: number): Expression {
  const words = 'op ANY/ALL (array) requires array on right side';
  let array = right;
  if (array.type.oid === OID.unknown) {
    const wanted = arrayType(binding, left.type.oid === OID.unknown ? typeOf(OID.text) : left.type);
    const made = wanted && coerce(binding, array, wanted, 'implicit');
    if (made === undefined) throw binding.error('wrong_object_type', words, location);
    array = made;
  }
  const element = elementType(binding, array.type);
  if (element === undefined) throw binding.error('wrong_object_type', words, location);
  const found = findComparison(binding, operator, left.type, element, location);
  const target = arrayType(binding, found.right);
  return binding.locate<Expression>(
    {
      kind: 'quantified',
      left: coerceArgument(binding, left, found.left ?? left.type),
      array: target === undefined || found.right.oid === element.oid ? array : coerceArgument(binding, array, target),
      function: found.function,
      operator,
      all,
      type: BOOL,
    },
    leftmostLocation(binding, [left], location),
  );
}

function between(level: Level, node: A_Expr, location: number): Expression {
  const { binding } = level;
  const arg = side(level, node.lexpr);
  const [lowNode, highNode] = listOf(node.rexpr ?? { List: {} });
  const low = side(level, lowNode);
  const high = side(level, highNode);
  const symmetric = node.kind === 'AEXPR_BETWEEN_SYM' || node.kind === 'AEXPR_NOT_BETWEEN_SYM';
  const inside = (from: Expression, to: Expression): Expression =>
    combine('and', [compare(binding, '>=', arg, from, location), compare(binding, '<=', again(level, arg, node.lexpr), to, location)]);
  const outside = (from: Expression, to: Expression): Expression =>
    combine('or', [compare(binding, '<', arg, from, location), compare(binding, '>', again(level, arg, node.lexpr), to, location)]);
  const negated = node.kind === 'AEXPR_NOT_BETWEEN' || node.kind === 'AEXPR_NOT_BETWEEN_SYM';
  const once = negated ? outside(low, high) : inside(low, high);
  if (!symmetric) return binding.locate(once, leftmostLocation(binding, [arg], location));
  const swapped = negated
    ? outside(again(level, high, highNode), again(level, low, lowNode))
    : inside(again(level, high, highNode), again(level, low, lowNode));
  return binding.locate(combine(negated ? 'and' : 'or', [once, swapped]), leftmostLocation(binding, [arg], location));
}
