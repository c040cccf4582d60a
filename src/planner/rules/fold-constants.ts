/** Evaluates what is constant and simplifies what becomes so: AND, OR, NOT, CASE, COALESCE over known parts. */
import { isSqlError } from '../../base/sql-error.ts';
import type { Expression } from '../../binder/expression.ts';
import type { EvaluationContext } from '../../types/function.ts';
import { OID, type Oid } from '../../types/oid.ts';
import type { Value } from '../../types/value.ts';
import { BOOL, constant, FALSE, rewrite, TRUE } from '../expression-tools.ts';

export function foldConstants(expression: Expression, context: EvaluationContext): Expression {
  return rewrite(expression, (node) => fold(node, context));
}

function fold(node: Expression, context: EvaluationContext): Expression {
  switch (node.kind) {
    case 'call': {
      if (node.function.volatility !== 'immutable') return node;
      if (node.function.strict && node.args.some(isNull)) return constant(null, node.type);
      if (!node.args.every(isConstant)) return node;
      const { function: fn } = node;
      return attempt(node, () => {
        const evaluate =
          fn.specialize === undefined
            ? fn.evaluate
            : fn.specialize(
                node.args.map((arg) => arg.type),
                node.type,
              );
        const value = evaluate(context, ...node.args.map(valueOf));
        return value instanceof Promise ? undefined : value;
      });
    }
    case 'cast':
      if (isNull(node.arg)) return constant(null, node.type);
      if (!isConstant(node.arg) || !isStableCast(node.cast.source, node.cast.target)) return node;
      return attempt(node, () => node.cast.convert(valueOf(node.arg), context, node.type.modifier, node.explicit));
    case 'and':
    case 'or':
      return foldLogic(node);
    case 'not':
      return foldNot(node.arg, node);
    case 'is_null':
      return isConstant(node.arg) && (isNull(node.arg) || typeof valueOf(node.arg) !== 'object')
        ? constant((valueOf(node.arg) === null) !== node.negated, BOOL)
        : node;
    case 'coalesce': {
      const args = node.args.filter((arg) => !isNull(arg));
      if (args.length === 0) return constant(null, node.type);
      return isConstant(args[0]) || args.length === 1 ? args[0] : args.length === node.args.length ? node : { ...node, args };
    }
    case 'case': {
      const branches: { when: Expression; then: Expression }[] = [];
      for (const branch of node.branches) {
        if (isConstant(branch.when)) {
          if (valueOf(branch.when) !== true) continue;
          return branches.length === 0 ? branch.then : { ...node, branches, otherwise: branch.then };
        }
        branches.push(branch);
      }
      return branches.length === 0 ? node.otherwise : branches.length === node.branches.length ? node : { ...node, branches };
    }
    default:
      return node;
  }
}

function foldLogic(node: Expression & { readonly kind: 'and' | 'or' }): Expression {
  const deciding = node.kind === 'or';
  const args: Expression[] = [];
  for (const arg of node.args.flatMap((part) => (part.kind === node.kind ? part.args : [part]))) {
    if (isConstant(arg) && valueOf(arg) === deciding) return deciding ? TRUE : FALSE;
    if (!(isConstant(arg) && valueOf(arg) === !deciding)) args.push(arg);
  }
  if (args.length === 0) return deciding ? FALSE : TRUE;
  return args.length === 1 ? args[0] : { ...node, args };
}

/** NOT moves inwards where the inner form can say it itself. */
function foldNot(arg: Expression, node: Expression): Expression {
  switch (arg.kind) {
    case 'constant':
      return constant(arg.value === null ? null : arg.value !== true, BOOL);
    case 'not':
      return arg.arg;
    case 'and':
    case 'or':
      return {
        kind: arg.kind === 'and' ? 'or' : 'and',
        args: arg.args.map((part) => foldNot(part, { kind: 'not', arg: part, type: BOOL })),
        type: BOOL,
      };
    case 'is_null':
    case 'in_list':
    case 'is_distinct':
    case 'is_truth':
      return arg.kind === 'is_null' && arg.arg.type.oid === OID.record ? node : { ...arg, negated: !arg.negated };
    default:
      return node;
  }
}

/** Casts whose answer depends on the session (time zone, date style) stay. */
function isStableCast(source: Oid, target: Oid): boolean {
  return (
    !(isText(source) && isTime(target)) &&
    !(isTime(source) && isText(target)) &&
    !(isTime(source) && isTime(target) && (source === OID.timestamptz || target === OID.timestamptz))
  );
}

function isText(type: Oid): boolean {
  return type === OID.text || type === OID.varchar || type === OID.bpchar || type === OID.unknown;
}

function isTime(type: Oid): boolean {
  return (
    type === OID.date ||
    type === OID.timestamp ||
    type === OID.timestamptz ||
    type === OID.time ||
    type === OID.timetz ||
    type === OID.interval
  );
}

/** An error is left for the execution, which may never get there. */
function attempt(node: Expression, evaluate: () => Value | undefined): Expression {
  try {
    const value = evaluate();
    return value === undefined ? node : constant(value, node.type);
  } catch (error) {
    if (isSqlError(error)) return node;
    throw error;
  }
}

function isConstant(expression: Expression): boolean {
  return expression.kind === 'constant';
}

function isNull(expression: Expression): boolean {
  return expression.kind === 'constant' && expression.value === null;
}

function valueOf(expression: Expression): Value {
  return expression.kind === 'constant' ? expression.value : null;
}
