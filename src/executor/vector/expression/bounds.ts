/** Pairs of bounds on one column become one test. */
import type { Cell, VectorExpression } from './ir.ts';

/** low <= x and x <= high over one column as one test. */
export function fused(logic: VectorExpression & { readonly op: 'and' | 'or' }): VectorExpression {
  if (logic.op === 'or') return logic;
  const args: VectorExpression[] = [];
  const rest = [...logic.args];
  for (let first = rest.shift(); first !== undefined; first = rest.shift()) {
    const low = bound(first);
    const place = low === undefined ? -1 : rest.findIndex((other) => pairs(low, bound(other)));
    const high = place < 0 ? undefined : bound(rest[place]);
    if (low === undefined || high === undefined) {
      args.push(first);
      continue;
    }
    rest.splice(place, 1);
    const [from, to] = low.isLow ? [low, high] : [high, low];
    args.push({ op: 'between', arg: low.arg, low: from.value, high: to.value, type: 'bool', scale: 0 });
  }
  return args.length === 1 ? args[0] : { ...logic, args };
}

interface Bound {
  readonly arg: VectorExpression & { readonly op: 'column' };
  readonly isLow: boolean;
  readonly value: Cell;
}

function pairs(one: Bound, other: Bound | undefined): boolean {
  return other !== undefined && other.arg.index === one.arg.index && other.isLow !== one.isLow;
}

/** An inclusive bound of a number column, made so where integers allow it. */
function bound(test: VectorExpression): Bound | undefined {
  if (test.op !== 'compare' || test.left.op !== 'column' || test.right.op !== 'constant') return undefined;
  const { value } = test.right;
  const { type } = test.left;
  if (value === null || (type !== 'i32' && type !== 'i64')) return undefined;
  const step = test.comparison === '<' ? -1n : test.comparison === '>' ? 1n : 0n;
  const moved = BigInt(value as number | bigint) + step;
  const bits = type === 'i32' ? 32 : 64;
  if (test.comparison === '=' || test.comparison === '<>' || BigInt.asIntN(bits, moved) !== moved) return undefined;
  return { arg: test.left, isLow: test.comparison === '>' || test.comparison === '>=', value: moved };
}
