/**
 * GROUP BY: which expressions are keys, which sets of them (ROLLUP, CUBE, GROUPING SETS), and what expressions above the
 * Aggregate node become. Above it there are only keys, aggregates and GROUPING values:
 *
 *     SELECT a + 1, sum(b) … GROUP BY a + 1        a + 1 → key column        sum(b) → aggregate column        b → SQLSTATE 42803
 *
 * Invariants
 *   G1  Without grouping sets a key that is a plain column keeps its ref; with them every key gets a new one, since it may be null.
 *   G2  A column that a grouped primary key determines becomes a key of its own, which changes no group.
 */
import type { Node, SelectStmt } from '@pgsql/types';
import type { SqlError } from '../base/sql-error.ts';
import { findGrouped } from './bind-order.ts';
import type { Target } from './bind-target.ts';
import { sameExpression } from './equal.ts';
import type { ColumnRef, Expression } from './expression.ts';
import type { Plan } from './plan.ts';
import type { Level } from './scope.ts';
import { requireEquality } from './sort-key.ts';
import { freeRefs, mapChildren, mapPlanExpressions, outputOf, rewrite, some } from './walk.ts';

const SETS_MAX = 4096;

export interface Groups {
  /** Whether there is a GROUP BY clause at all. */
  readonly written: boolean;
  readonly keys: readonly Expression[];
  /** Positions in `keys`; undefined when there is just the one set of all. */
  readonly sets: readonly (readonly number[])[] | undefined;
}

/** The GROUP BY clause's keys and sets. */
export function bindGroups(level: Level, statement: SelectStmt, targets: readonly Target[]): Groups {
  const nodes = statement.groupClause ?? [];
  const keys: Expression[] = [];
  const keyOf = (node: Node): number => {
    const bound = findGrouped(level, node, targets);
    requireEquality(level.binding, bound);
    const known = keys.findIndex((key) => sameExpression(key, bound));
    return known >= 0 ? known : keys.push(bound) - 1;
  };
  const items = nodes.map((node) => setsOf(node, keyOf));
  const plain = nodes.every((node) => !('GroupingSet' in node));
  if (plain) return { written: nodes.length > 0, keys, sets: undefined };
  let sets = items.reduce<readonly (readonly number[])[]>(
    (left, right) => left.flatMap((a) => right.map((b) => [...new Set([...a, ...b])])),
    [[]],
  );
  if (statement.groupDistinct === true) sets = [...new Map(sets.map((set) => [set.toSorted((a, b) => a - b).join(), set])).values()];
  if (sets.length > SETS_MAX)
    throw level.binding.error('statement_too_complex', `too many grouping sets present (maximum ${SETS_MAX})`, undefined);
  return { written: true, keys, sets };
}

function setsOf(node: Node, keyOf: (node: Node) => number): readonly (readonly number[])[] {
  if (!('GroupingSet' in node)) return [elements(node).map(keyOf)];
  const { kind, content = [] } = node.GroupingSet;
  switch (kind) {
    case 'GROUPING_SET_ROLLUP': {
      const parts = content.map((item) => elements(item).map(keyOf));
      return Array.from({ length: parts.length + 1 }, (_, dropped) => parts.slice(0, parts.length - dropped).flat());
    }
    case 'GROUPING_SET_CUBE': {
      const parts = content.map((item) => elements(item).map(keyOf));
      const count = 2 ** Math.min(parts.length, 13);
      return Array.from({ length: count }, (_, mask) =>
        parts.flatMap((part, index) => (((mask >> (parts.length - 1 - index)) & 1) === 0 ? part : [])),
      );
    }
    case 'GROUPING_SET_SETS':
      return content.flatMap((item) => setsOf(item, keyOf));
    default:
      return [[]];
  }
}

/** `(a, b)` in GROUP BY is two keys. */
function elements(node: Node): readonly Node[] {
  return 'RowExpr' in node && node.RowExpr.row_format === 'COERCE_IMPLICIT_CAST' ? (node.RowExpr.args ?? []) : [node];
}

export interface Stage {
  readonly plan: Plan;
  /** What an expression over FROM's columns becomes above the plan. */
  readonly map: (expression: Expression) => Expression;
  /** Set-returning calls that the plan already makes. */
  readonly done: ReadonlySet<ColumnRef>;
}

/**
 * The plan with its Aggregate node and HAVING, or the plan itself when the query does not group. `uses` are the expressions
 * above it, needed now because a dependent column among them becomes a key (G2).
 */
export function grouped(level: Level, input: Plan, groups: Groups, having: Expression | undefined, uses: readonly Expression[]): Stage {
  const grouping = groups.written || level.aggregates.length > 0 || level.groupings.length > 0 || having !== undefined;
  if (!grouping) return { plan: input, map: (expression) => expression, done: new Set() };
  const calls = level.setCalls.filter((entry) =>
    groups.keys.some((key) => some(key, (part) => part.kind === 'column' && part.ref === entry.ref)),
  );
  const below: Plan = calls.length === 0 ? input : { kind: 'project_set', input, calls };
  const keys = new Keys(level, groups, new Set(outputOf(below)));
  const marks = level.groupings.map((entry) => ({ ref: entry.ref, groups: entry.args.map((arg) => keys.positionOf(arg, entry.location)) }));
  for (const use of uses) keys.map(use);
  const condition = having && keys.map(having);
  const plan: Plan = {
    kind: 'aggregate',
    input: below,
    groups: keys.items,
    sets: groups.sets?.map((set) => [...set, ...keys.added]),
    aggregates: level.aggregates,
    grouping: marks,
  };
  return {
    plan: condition === undefined ? plan : { kind: 'filter', input: plan, condition },
    map: (expression) => keys.map(expression),
    done: new Set(calls.map((entry) => entry.ref)),
  };
}

/** The keys of one Aggregate node, and the mapping of expressions onto them. */
class Keys {
  readonly items: { readonly ref: ColumnRef; readonly expression: Expression }[];
  /** Positions of keys added because others determine them. */
  readonly added: number[] = [];
  readonly #level: Level;
  readonly #own: ReadonlySet<ColumnRef>;

  constructor(level: Level, groups: Groups, below: ReadonlySet<ColumnRef>) {
    this.#level = level;
    this.#own = below;
    this.items = groups.keys.map((expression) => {
      const keep = expression.kind === 'column' && groups.sets === undefined && below.has(expression.ref); // G1
      const origin = expression.kind === 'column' ? level.binding.origin(expression.ref) : undefined;
      return { ref: keep ? expression.ref : level.binding.newRef(origin), expression };
    });
  }

  map(expression: Expression): Expression {
    return this.#map(expression, false);
  }

  /** The position of a GROUPING argument; SQLSTATE 42803 when it is no key. */
  positionOf(arg: Expression, location: number | undefined): number {
    const position = this.items.findIndex((item) => sameExpression(item.expression, arg));
    if (position >= 0) return position;
    const { binding } = this.#level;
    throw binding.error(
      'grouping_error',
      'arguments to GROUPING must be grouping expressions of the associated query level',
      binding.locationOf(arg) ?? location,
    );
  }

  #map(expression: Expression, inSubquery: boolean): Expression {
    return rewrite(expression, (part) => this.#replace(part, inSubquery));
  }

  #replace(part: Expression, inSubquery: boolean): Expression | undefined {
    if (part.kind === 'constant' || part.kind === 'parameter') return part;
    const key = this.items.find((item) => sameExpression(item.expression, part));
    if (key !== undefined) return part.kind === 'column' && key.ref === part.ref ? part : { kind: 'column', ref: key.ref, type: part.type };
    if (part.kind === 'subquery' && part.outer.length > 0) {
      const plan = mapPlanExpressions(part.plan, (inner) => this.#map(inner, true));
      const mapped = mapChildren(part, (child) => this.#map(child, inSubquery));
      return mapped.kind === 'subquery' ? { ...mapped, plan, outer: freeRefs(plan) } : mapped;
    }
    if (part.kind !== 'column' || !this.#level.own.has(part.ref) || !this.#own.has(part.ref)) return undefined;
    if (!this.#determined(part.ref)) throw this.#ungrouped(part, inSubquery);
    this.added.push(this.items.push({ ref: part.ref, expression: part }) - 1); // G2
    return part;
  }

  /** Whether the grouped primary key of the column's table determines it. */
  #determined(ref: ColumnRef): boolean {
    const scan = this.#level.tables.find((entry) => entry.refs.includes(ref));
    const primary = scan?.table.constraints.find((constraint) => constraint.kind === 'primary');
    if (scan === undefined || primary === undefined) return false;
    return primary.columns.every((id) => {
      const position = scan.table.columns.findIndex((column) => column.id === id);
      return this.items.some((item) => item.expression.kind === 'column' && item.expression.ref === scan.refs[position]);
    });
  }

  #ungrouped(part: Extract<Expression, { kind: 'column' }>, inSubquery: boolean): SqlError {
    const { binding, items } = this.#level;
    const item = items.find((candidate) => candidate.byName && candidate.columns.some((column) => column.ref === part.ref));
    const name = `${item?.name ?? 'unnamed_join'}.${item?.columns.find((column) => column.ref === part.ref)?.name ?? binding.origin(part.ref)?.name ?? '?'}`;
    const words = inSubquery
      ? `subquery uses ungrouped column "${name}" from outer query`
      : `column "${name}" must appear in the GROUP BY clause or be used in an aggregate function`;
    return binding.error('grouping_error', words, binding.locationOf(part));
  }
}
