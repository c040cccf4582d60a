/** CASE, COALESCE, GREATEST and LEAST: branches of one common type. */
import type { CaseExpr, CoalesceExpr, MinMaxExpr, Node } from '@pgsql/types';
import { bindExpression } from './bind-expression.ts';
import { coerceArgument, coerceBoolean, commonTypeOf, settleUnknown } from './coerce.ts';
import { compareEqual } from './compare.ts';
import type { Expression } from './expression.ts';
import type { Level } from './scope.ts';
import { definitionOf, displayType, UNKNOWN } from './typing.ts';
import { some } from './walk.ts';

/** Both forms of CASE; the simple one becomes comparisons of its argument. */
export function bindCase(level: Level, node: CaseExpr): Expression {
  const { binding } = level;
  const location = node.location ?? 0;
  return withoutSets(level, 'CASE', () => {
    const subject = node.arg === undefined ? undefined : settleUnknown(binding, bindExpression(level, node.arg));
    const branches = (node.args ?? []).flatMap((arg) => ('CaseWhen' in arg ? [arg.CaseWhen] : []));
    const whens: Expression[] = [];
    const thens: Expression[] = [];
    for (const branch of branches) {
      const when = bindOptional(level, branch.expr);
      const test = subject === undefined ? when : compareEqual(level, again(level, subject, node.arg), when, branch.location ?? 0);
      whens.push(coerceBoolean(binding, test, 'CASE/WHEN'));
      thens.push(bindOptional(level, branch.result));
    }
    const otherwise = bindOptional(level, node.defresult);
    const type = commonTypeOf(binding, [otherwise, ...thens], 'CASE');
    return binding.locate<Expression>(
      {
        kind: 'case',
        branches: whens.map((when, index) => ({ when, then: coerceArgument(binding, thens[index], type) })),
        otherwise: coerceArgument(binding, otherwise, type),
        type,
      },
      location,
    );
  });
}

/** A second use of a bound expression: bound again where it holds a subquery, whose columns must be its own. */
export function again(level: Level, bound: Expression, node: Node | undefined): Expression {
  if (node === undefined || !some(bound, (part) => part.kind === 'subquery')) return bound;
  return settleUnknown(level.binding, bindExpression(level, node));
}

function bindOptional(level: Level, node: Node | undefined): Expression {
  return node === undefined ? { kind: 'constant', value: null, type: UNKNOWN } : bindExpression(level, node);
}

export function bindCoalesce(level: Level, node: CoalesceExpr): Expression {
  const { binding } = level;
  return withoutSets(level, 'COALESCE', () => {
    const args = (node.args ?? []).map((arg) => bindExpression(level, arg));
    const type = commonTypeOf(binding, args, 'COALESCE');
    return binding.locate<Expression>(
      { kind: 'coalesce', args: args.map((arg) => coerceArgument(binding, arg, type)), type },
      node.location ?? 0,
    );
  });
}

export function bindExtremum(level: Level, node: MinMaxExpr): Expression {
  const { binding } = level;
  const greatest = node.op !== 'IS_LEAST';
  const args = (node.args ?? []).map((arg) => bindExpression(level, arg));
  const type = commonTypeOf(binding, args, greatest ? 'GREATEST' : 'LEAST');
  if (definitionOf(binding, type)?.compare === undefined && definitionOf(binding, type) !== undefined) {
    throw binding.error(
      'undefined_function',
      `could not identify a comparison function for type ${displayType(binding, type)}`,
      node.location ?? 0,
    );
  }
  return binding.locate<Expression>(
    { kind: 'extremum', greatest, args: args.map((arg) => coerceArgument(binding, arg, type)), type },
    node.location ?? 0,
  );
}

function withoutSets<T>(level: Level, words: string, f: () => T): T {
  const before = level.setsRefusedBy;
  level.setsRefusedBy = words;
  try {
    return f();
  } finally {
    level.setsRefusedBy = before;
  }
}
