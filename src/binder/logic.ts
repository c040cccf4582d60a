import type { Expression } from './expression.ts';
import { BOOL } from './typing.ts';

/** AND or OR over any number of conditions; one stays itself. */
export function combine(kind: 'and' | 'or', args: readonly Expression[]): Expression {
  const flat = args.flatMap((arg) => (arg.kind === kind ? arg.args : [arg]));
  return flat.length === 1 ? flat[0] : { kind, args: flat, type: BOOL };
}

/** NOT, without stacking. */
export function negate(arg: Expression): Expression {
  return arg.kind === 'not' ? arg.arg : { kind: 'not', arg, type: BOOL };
}

export const TRUE: Expression = { kind: 'constant', value: true, type: BOOL };
