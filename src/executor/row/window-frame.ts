/**
 * Frames: which rows of the partition a row's window holds, as a range [start, end) and what EXCLUDE takes out of it.
 *
 *     rows     offsets count rows
 *     groups   offsets count peer groups
 *     range    offsets are added to the one sort key
 */
import { SqlError } from '../../base/sql-error.ts';
import { assert } from '../../base/assert.ts';
import type { FrameBound, SortKey, WindowFrameClause } from '../../binder/expression.ts';
import type { Value } from '../../types/value.ts';
import type { Environment } from '../environment.ts';
import { compile } from '../expression/compile.ts';
import { implementationOf } from '../expression/function-call.ts';
import type { Evaluate, Scope } from '../expression/scope.ts';
import { compareOf, type Compare } from '../expression/value-order.ts';
import type { Partition } from './window-partition.ts';

/** Bounds of one row's frame before exclusion; `start` ≤ `end`. */
export interface FrameRange {
  readonly start: number;
  readonly end: number;
}

/** Computes frames over one partition for one execution. */
export type FrameOf = (row: number) => FrameRange;

export type PreparedFrame = (partition: Partition, environment: Environment) => FrameOf;

export function compileFrame(frame: WindowFrameClause, orderBy: readonly SortKey[], scope: Scope): PreparedFrame {
  const start = compileBound(frame, frame.start, 'start', orderBy, scope);
  const end = compileBound(frame, frame.end, 'end', orderBy, scope);
  return (partition, environment) => {
    const startOf = start(partition, environment);
    const endOf = end(partition, environment);
    return (row) => {
      const from = Math.max(0, Math.min(startOf(row), partition.rows.length));
      return { start: from, end: Math.max(from, Math.min(endOf(row), partition.rows.length)) };
    };
  };
}

type PositionOf = (row: number) => number;
type PreparedBound = (partition: Partition, environment: Environment) => PositionOf;

/** The first row inside (for a start) or the first one behind (for an end). */
function compileBound(
  frame: WindowFrameClause,
  bound: FrameBound,
  side: 'start' | 'end',
  orderBy: readonly SortKey[],
  scope: Scope,
): PreparedBound {
  switch (bound.kind) {
    case 'unbounded preceding':
      return () => () => 0;
    case 'unbounded following':
      return (partition) => () => partition.rows.length;
    case 'current row':
      if (frame.mode === 'rows') return () => (row) => (side === 'start' ? row : row + 1);
      return (partition) => (row) => (side === 'start' ? partition.peerStart(row) : partition.peerEnd(row));
    case 'preceding':
    case 'following': {
      const offset = compile(bound.offset, scope);
      const direction = bound.kind === 'preceding' ? -1 : 1;
      if (frame.mode === 'range') return rangeBound(frame, offset, bound.offset, direction, side, orderBy);
      return (partition, environment) => {
        const distance = wholeOffset(offset(partition.rows[0], environment), side) * direction;
        if (frame.mode === 'rows') return (row) => row + distance + (side === 'end' ? 1 : 0);
        return (row) => {
          const group = partition.groupOf[row] + distance + (side === 'end' ? 1 : 0);
          return group < 0 ? 0 : group > partition.groupCount ? partition.rows.length : partition.groupStarts[group];
        };
      };
    }
  }
}

function wholeOffset(value: Value, side: 'start' | 'end'): number {
  if (value === null)
    throw new SqlError('null_value_not_allowed', `frame ${side === 'start' ? 'starting' : 'ending'} offset must not be null`);
  const distance = Number(value);
  if (distance < 0)
    throw new SqlError(
      'invalid_preceding_or_following_size',
      `frame ${side === 'start' ? 'starting' : 'ending'} offset must not be negative`,
    );
  return distance;
}

/** RANGE with an offset: the sort key moved by it, then searched for. Null keys are peers of each other and of nothing else. */
function rangeBound(
  frame: WindowFrameClause,
  offset: Evaluate,
  offsetExpression: { readonly type: SortKey['expression']['type'] },
  direction: -1 | 1,
  side: 'start' | 'end',
  orderBy: readonly SortKey[],
): PreparedBound {
  const { inRange } = frame;
  assert(inRange !== undefined && orderBy.length === 1, 'a RANGE offset has one sort key and its arithmetic');
  const [key] = orderBy;
  const towardsGreater = (direction === 1) !== key.descending;
  const move = implementationOf(
    towardsGreater ? inRange.add : inRange.subtract,
    [key.expression.type, offsetExpression.type],
    key.expression.type,
  );
  const compare: Compare = compareOf(key.expression.type);
  const sign = key.descending ? -1 : 1;
  return (partition, environment) => {
    const distance = offset(partition.rows[0], environment);
    if (distance === null)
      throw new SqlError('null_value_not_allowed', `frame ${side === 'start' ? 'starting' : 'ending'} offset must not be null`);
    if (isNegative(distance))
      throw new SqlError('invalid_preceding_or_following_size', 'invalid preceding or following size in window function');
    return (row) => {
      const value = partition.keys[row][0];
      if (value === null) return side === 'start' ? partition.peerStart(row) : partition.peerEnd(row);
      const limit = move(environment.context, value, distance) as Value;
      return firstRow(partition, (candidate) => {
        if (candidate === null) return key.nullsFirst ? -1 : 1;
        const difference = sign * compare(candidate, limit);
        return side === 'start' ? (difference >= 0 ? 1 : -1) : difference > 0 ? 1 : -1;
      });
    };
  };
}

function isNegative(offset: Value): boolean {
  if (typeof offset === 'number' || typeof offset === 'bigint') return offset < 0;
  if (typeof offset === 'object' && offset !== null && 'coefficient' in offset) return offset.coefficient < 0;
  if (typeof offset === 'object' && offset !== null && 'months' in offset)
    return (
      offset.months < 0 || (offset.months === 0 && offset.days < 0) || (offset.months === 0 && offset.days === 0 && offset.microseconds < 0)
    );
  return false;
}

/** Binary search for the first row whose key is judged to lie behind. */
function firstRow(partition: Partition, judge: (key: Value) => number): number {
  let low = 0;
  let high = partition.rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (judge(partition.keys[middle][0]) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
