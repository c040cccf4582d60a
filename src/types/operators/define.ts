import type { EvaluationContext, ScalarFunction, SqlOperator, Volatility } from '../function.ts';
import { OID, type Oid } from '../oid.ts';
import type { Value } from '../value.ts';

/** An operator's code: the context, then its operands, typed as the values of the declared types are. */
export type Body = (context: EvaluationContext, ...operands: never[]) => Value;

/** What else is known of an operator. */
export interface Traits {
  readonly commutator?: string;
  readonly negator?: string;
  readonly volatility?: Volatility;
  readonly specialize?: ScalarFunction['specialize'];
}

/** `left name right`, strict, over the function `proc`. */
export function infix(name: string, left: Oid, right: Oid, result: Oid, proc: string, body: Body, traits: Traits = {}): SqlOperator {
  return {
    name,
    left,
    right,
    function: functionOf(proc, [left, right], result, body, traits),
    commutator: traits.commutator,
    negator: traits.negator,
  };
}

/** `name right`, strict. */
export function prefix(name: string, right: Oid, result: Oid, proc: string, body: Body): SqlOperator {
  return { name, left: undefined, right, function: functionOf(proc, [right], result, body, {}) };
}

/** Names of the functions behind =, <>, <, <=, >, >=, in that order. */
export type ComparisonNames = readonly [eq: string, ne: string, lt: string, le: string, gt: string, ge: string];

/** `date_` gives date_eq, date_ne …; `int4` gives int4eq, int4ne … */
export function comparisonNames(stem: string, tail = ''): ComparisonNames {
  return [`${stem}eq${tail}`, `${stem}ne${tail}`, `${stem}lt${tail}`, `${stem}le${tail}`, `${stem}gt${tail}`, `${stem}ge${tail}`];
}

/** Orders two operands: negative, zero, positive. */
type Comparer = (a: never, b: never, context: EvaluationContext) => number;

/** The six comparisons of two types by one order. */
export function comparisons(
  left: Oid,
  right: Oid,
  names: ComparisonNames,
  comparer: Comparer,
  volatility: Volatility = 'immutable',
): SqlOperator[] {
  const compare = comparer as (a: Value, b: Value, context: EvaluationContext) => number;
  const made = (symbol: string, proc: string, commutator: string, negator: string, body: ScalarFunction['evaluate']) =>
    infix(symbol, left, right, OID.bool, proc, body as Body, { commutator, negator, volatility });
  return [
    made('=', names[0], '=', '<>', (context, a, b) => compare(a, b, context) === 0),
    made('<>', names[1], '<>', '=', (context, a, b) => compare(a, b, context) !== 0),
    made('<', names[2], '>', '>=', (context, a, b) => compare(a, b, context) < 0),
    made('<=', names[3], '>=', '>', (context, a, b) => compare(a, b, context) <= 0),
    made('>', names[4], '<', '<=', (context, a, b) => compare(a, b, context) > 0),
    made('>=', names[5], '<=', '<', (context, a, b) => compare(a, b, context) >= 0),
  ];
}

function functionOf(name: string, args: readonly Oid[], result: Oid, body: Body, traits: Traits): ScalarFunction {
  return {
    kind: 'scalar',
    name,
    arguments: args,
    result,
    strict: true,
    volatility: traits.volatility ?? 'immutable',
    evaluate: body as ScalarFunction['evaluate'],
    ...(traits.specialize === undefined ? {} : { specialize: traits.specialize }),
  };
}
