/** Window calls: the OVER clause resolved through the WINDOW clause, and the call left for a Window node. */
import type { FuncCall, Node, SortBy, WindowDef } from '@pgsql/types';
import { AssertionError } from '../base/assert.ts';
import { OID } from '../types/oid.ts';
import type { SqlType } from '../types/type.ts';
import { aggregateCall } from './bind-aggregate.ts';
import type { ResolvedCall } from './bind-call.ts';
import { bindExpression } from './bind-expression.ts';
import { CLAUSE } from './clause.ts';
import { coerceArgument, coerceTo, settleUnknown } from './coerce.ts';
import { sameWindow } from './equal.ts';
import type { Expression, FrameBound, SortKey, WindowCall, WindowFrameClause } from './expression.ts';
import { findOperator, specialized } from './operator.ts';
import type { Level } from './scope.ts';
import { requireEquality, sortKeyOf } from './sort-key.ts';
import { definitionOf, displayType, INT8, typeOf } from './typing.ts';
import { some } from './walk.ts';

/** Bits of the grammar's frameOptions (parsenodes.h). */
const FRAME = {
  nonDefault: 0x1,
  range: 0x2,
  rows: 0x4,
  groups: 0x8,
  startUnboundedPreceding: 0x20,
  endUnboundedPreceding: 0x40,
  startUnboundedFollowing: 0x80,
  endUnboundedFollowing: 0x100,
  startCurrentRow: 0x200,
  startOffsetPreceding: 0x800,
  endOffsetPreceding: 0x1000,
  startOffsetFollowing: 0x2000,
  endOffsetFollowing: 0x4000,
  excludeCurrentRow: 0x8000,
  excludeGroup: 0x10000,
  excludeTies: 0x20000,
} as const;

/** The call as a column that a Window node will make. */
export function bindWindowCall(level: Level, node: FuncCall, call: ResolvedCall): Expression {
  const { binding } = level;
  const { location } = call;
  if (!level.clause.windows) throw binding.error('windowing_error', `window functions are not allowed in ${level.clause.words}`, location);
  if (node.agg_distinct === true)
    throw binding.error('feature_not_supported', 'DISTINCT is not implemented for window functions', location);
  if (node.agg_order !== undefined)
    throw binding.error('feature_not_supported', 'aggregate ORDER BY is not implemented for window functions', location);
  const chosen = call.function;
  if (chosen.kind === 'window' && node.agg_filter !== undefined) {
    throw binding.error('feature_not_supported', 'FILTER is not implemented for non-aggregate window functions', location);
  }
  const made = windowFunctionOf(level, node, call);
  if (call.args.some((arg) => some(arg, (part) => part.kind === 'column' && level.windows.some((entry) => entry.ref === part.ref)))) {
    throw binding.error('windowing_error', 'window function calls cannot be nested', location);
  }
  const specification = specificationOf(level, node.over ?? {});
  const known = level.windows.find((entry) => sameWindow(entry, { ...entry, call: made, ...specification }));
  const ref = known?.ref ?? binding.newRef({ name: call.name, relation: undefined, table: 0, attribute: 0 });
  if (known === undefined) level.windows.push({ ref, call: made, ...specification });
  return binding.locate<Expression>({ kind: 'column', ref, type: made.type }, location);
}

function windowFunctionOf(level: Level, node: FuncCall, call: ResolvedCall): WindowCall {
  const chosen = call.function;
  if (chosen.kind === 'window') return { function: chosen, args: call.args, ignoreNulls: false, type: call.type };
  if (chosen.kind === 'aggregate') {
    const aggregate = aggregateCall(level, node, call, chosen);
    return { function: aggregate, args: aggregate.args, ignoreNulls: false, type: call.type };
  }
  throw new AssertionError('only window functions and aggregates take OVER', { name: call.name });
}

interface Specification {
  readonly partitionBy: readonly Expression[];
  readonly orderBy: readonly SortKey[];
  readonly frame: WindowFrameClause;
}

function specificationOf(level: Level, over: WindowDef): Specification {
  const definition = over.name === undefined || over.name === '' ? inherit(level, over) : named(level, over.name, over.location ?? 0);
  return level.in(CLAUSE.windowPartition, () => {
    const { binding } = level;
    const partitionBy = (definition.partitionClause ?? []).map((item) => {
      const key = settleUnknown(binding, bindExpression(level, item));
      requireEquality(binding, key);
      return key;
    });
    const sorts = (definition.orderClause ?? []).flatMap((item) => ('SortBy' in item ? [item.SortBy] : []));
    const orderBy = sorts.map((sort) => sortKeyOf(binding, settleUnknown(binding, bindExpression(level, sortNode(sort))), sort));
    return frameOf(level, definition, partitionBy, orderBy);
  });
}

function sortNode(sort: SortBy): Node {
  if (sort.node === undefined) throw new AssertionError('a sort has an expression', {});
  return sort.node;
}

function named(level: Level, name: string, location: number): WindowDef {
  const definition = level.windowDefinitions.get(name);
  if (definition === undefined) throw level.binding.error('undefined_object', `window "${name}" does not exist`, location);
  return inherit(level, definition);
}

/** A definition that starts from another: `OVER (w ORDER BY x)` takes w's partitioning, and its order unless w has one. */
function inherit(level: Level, definition: WindowDef): WindowDef {
  const { binding } = level;
  if (definition.refname === undefined || definition.refname === '') return definition;
  const location = definition.location ?? 0;
  const base = named(level, definition.refname, location);
  if (definition.partitionClause !== undefined)
    throw binding.error('windowing_error', `cannot override PARTITION BY clause of window "${definition.refname}"`, location);
  if (definition.orderClause !== undefined && base.orderClause !== undefined) {
    throw binding.error('windowing_error', `cannot override ORDER BY clause of window "${definition.refname}"`, location);
  }
  if (((base.frameOptions ?? 0) & FRAME.nonDefault) !== 0) {
    throw binding.error('windowing_error', `cannot copy window "${definition.refname}" because it has a frame clause`, location);
  }
  const orderClause = definition.orderClause ?? base.orderClause;
  return {
    ...definition,
    ...(base.partitionClause === undefined ? {} : { partitionClause: base.partitionClause }),
    ...(orderClause === undefined ? {} : { orderClause }),
  };
}

function frameOf(level: Level, definition: WindowDef, partitionBy: readonly Expression[], orderBy: readonly SortKey[]): Specification {
  const { binding } = level;
  const options = definition.frameOptions ?? 0;
  const has = (bit: number) => (options & bit) !== 0;
  const mode = has(FRAME.rows) ? 'rows' : has(FRAME.groups) ? 'groups' : 'range';
  const location = definition.location ?? 0;
  if (mode === 'groups' && orderBy.length === 0)
    throw binding.error('windowing_error', 'GROUPS mode requires an ORDER BY clause', location);
  const offsets = definition.startOffset !== undefined || definition.endOffset !== undefined;
  if (mode === 'range' && offsets && orderBy.length !== 1) {
    throw binding.error('windowing_error', 'RANGE with offset PRECEDING/FOLLOWING requires exactly one ORDER BY column', location);
  }
  const start = offsetOf(level, definition.startOffset, mode, orderBy);
  const end = offsetOf(level, definition.endOffset, mode, orderBy);
  const frame: WindowFrameClause = {
    mode,
    start: boundOf(
      has(FRAME.startUnboundedPreceding) || !has(FRAME.nonDefault),
      has(FRAME.startUnboundedFollowing),
      has(FRAME.startOffsetPreceding),
      start,
    ),
    end: boundOf(has(FRAME.endUnboundedPreceding), has(FRAME.endUnboundedFollowing), has(FRAME.endOffsetPreceding), end),
    exclude: has(FRAME.excludeCurrentRow)
      ? 'current row'
      : has(FRAME.excludeGroup)
        ? 'group'
        : has(FRAME.excludeTies)
          ? 'ties'
          : 'no others',
    inRange: undefined,
  };
  const offset = start ?? end;
  if (mode !== 'range' || offset === undefined) return { partitionBy, orderBy, frame };
  const [key] = orderBy;
  const plus = findOperator(binding, '+', key.expression.type, offset.type, location);
  const minus = findOperator(binding, '-', key.expression.type, offset.type, location);
  const types: SqlType[] = [key.expression.type, offset.type];
  const inRange = {
    add: specialized(plus.operator.function, types, plus.result),
    subtract: specialized(minus.operator.function, types, minus.result),
  };
  const order =
    plus.result.oid === key.expression.type.oid ? key : { ...key, expression: coerceArgument(binding, key.expression, plus.result) };
  return { partitionBy, orderBy: [order], frame: { ...frame, inRange } };
}

function boundOf(preceding: boolean, following: boolean, offsetPreceding: boolean, offset: Expression | undefined): FrameBound {
  if (offset !== undefined) return { kind: offsetPreceding ? 'preceding' : 'following', offset };
  if (preceding) return { kind: 'unbounded preceding' };
  return following ? { kind: 'unbounded following' } : { kind: 'current row' };
}

function offsetOf(
  level: Level,
  node: Node | undefined,
  mode: WindowFrameClause['mode'],
  orderBy: readonly SortKey[],
): Expression | undefined {
  if (node === undefined) return undefined;
  const { binding } = level;
  const bound = level.in(CLAUSE.windowFrame, () => bindExpression(level, node));
  const words = mode.toUpperCase();
  const count = mode === 'range' ? bound : coerceTo(binding, bound, INT8, words);
  if (some(bound, (part) => part.kind === 'column' && level.own.has(part.ref))) {
    throw binding.error('invalid_column_reference', `argument of ${words} must not contain variables`, binding.locationOf(bound));
  }
  if (mode !== 'range') return count;
  const key = orderBy[0].expression.type;
  if (!isTime(key) && definitionOf(binding, key)?.category !== 'N') {
    throw binding.error(
      'feature_not_supported',
      `RANGE with offset PRECEDING/FOLLOWING is not supported for column type ${displayType(binding, key)}`,
      binding.locationOf(bound),
    );
  }
  const wanted = bound.type.oid !== OID.unknown ? bound.type : isTime(key) ? typeOf(OID.interval) : key;
  if (isTime(key) !== (wanted.oid === OID.interval)) {
    throw binding.error(
      'feature_not_supported',
      `RANGE with offset PRECEDING/FOLLOWING is not supported for column type ${displayType(binding, key)} and offset type ${displayType(binding, bound.type)}`,
      binding.locationOf(bound),
    );
  }
  const sameFamily = !isTime(key) && (key.oid === OID.numeric || key.oid === OID.float8 || key.oid === OID.float4);
  return coerceArgument(binding, bound, sameFamily ? typeOf(key.oid === OID.float4 ? OID.float8 : key.oid) : wanted);
}

function isTime(type: SqlType): boolean {
  return ([OID.date, OID.time, OID.timetz, OID.timestamp, OID.timestamptz, OID.interval] as readonly number[]).includes(type.oid);
}
