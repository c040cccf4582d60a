/**
 * A plan that reads columns of an enclosing query, made to stand on its own: run for all the values that those columns have, at once
 * (Neumann and Kemper, "Unnesting Arbitrary Queries", 2015). The domain, which is the distinct values, is joined in where the plan's
 * leaves are, and every node above carries it along: groups and windows are made per domain value, what limits limits per value.
 *
 *     for each outer row:  A(x) limited to 3     →     rows of (domain ⋈ A) numbered per x, up to 3
 */
import type { ColumnExpression, ColumnRef, Expression, WindowFrameClause } from '../../binder/expression.ts';
import type { AggregatePlan, JoinPlan, LimitPlan, Plan, SetOperationPlan, ValuesPlan } from '../../binder/plan.ts';
import { mapOwnExpressions, mapPlanExpressions } from '../../binder/walk.ts';
import type { Planning } from '../context.ts';
import { BOOL, column, conjunction, constant, refsOf, substitute, TRUE } from '../expression-tools.ts';
import { freshRef } from '../fresh-ref.ts';
import { freeRefs } from '../plan-tools.ts';
import { comparison, INT8, sameValue } from './comparisons.ts';
import { readsAny } from './extract-correlated.ts';
import { overNothing } from './over-nothing.ts';
import { filtered } from './push-down.ts';

/** The values that outer columns have. Each use makes an instance with columns of its own, in the order of `columns`. */
export interface Domain {
  readonly columns: readonly ColumnExpression[];
  use(): { readonly plan: Plan; readonly keys: readonly ColumnRef[] };
}

/** A plan that reads no outer column, and its columns that hold the domain's values. */
export interface OverDomain {
  readonly plan: Plan;
  readonly keys: readonly ColumnRef[];
}

/** The plan over all values of the domain; undefined where a node of a kind that cannot carry it reads an outer column. */
export function overDomain(plan: Plan, domain: Domain, context: Planning): OverDomain | undefined {
  return new Pushing(domain, context).push(plan);
}

class Pushing {
  readonly #domain: Domain;
  readonly #context: Planning;
  readonly #outer: ReadonlySet<ColumnRef>;

  constructor(domain: Domain, context: Planning) {
    this.#domain = domain;
    this.#context = context;
    this.#outer = new Set(domain.columns.map(({ ref }) => ref));
  }

  push(plan: Plan): OverDomain | undefined {
    if (!this.#isDependent(plan)) {
      const { plan: values, keys } = this.#domain.use();
      return { plan: { kind: 'join', type: 'inner', left: values, right: plan, condition: undefined, lateral: false }, keys };
    }
    switch (plan.kind) {
      case 'filter': {
        const input = this.push(plan.input);
        return input && { plan: filtered(input.plan, [this.#translate(plan.condition, input.keys)]), keys: input.keys };
      }
      case 'project': {
        const input = this.push(plan.input);
        if (input === undefined) return undefined;
        const items = plan.items.map((item) => ({ ...item, expression: this.#translate(item.expression, input.keys) }));
        return { plan: { ...plan, input: input.plan, items: [...items, ...this.#passed(input.keys)] }, keys: input.keys };
      }
      case 'sort':
      case 'project_set':
        return this.#above(plan, plan.input);
      case 'distinct': {
        const input = this.push(plan.input);
        if (input === undefined) return undefined;
        const on = plan.on.map((key) => this.#translate(key, input.keys));
        return { plan: { ...plan, input: input.plan, on: [...on, ...this.#columns(input.keys)] }, keys: input.keys };
      }
      case 'window': {
        const input = this.push(plan.input);
        if (input === undefined) return undefined;
        const node = mapOwnExpressions({ ...plan, input: input.plan }, (expression) => this.#translate(expression, input.keys));
        if (node.kind !== 'window') return undefined;
        return { plan: { ...node, partitionBy: [...this.#columns(input.keys), ...node.partitionBy] }, keys: input.keys };
      }
      case 'limit':
        return this.#limit(plan);
      case 'aggregate':
        return this.#aggregate(plan);
      case 'join':
        return this.#join(plan);
      case 'set_operation':
        return this.#setOperation(plan);
      case 'values':
        return this.#values(plan);
      case 'with': {
        if (plan.definitions.some((definition) => this.#isDependent(definition.plan))) return undefined;
        const body = this.push(plan.body);
        return body && { plan: { ...plan, body: body.plan }, keys: body.keys };
      }
      default:
        return undefined;
    }
  }

  #above(plan: Plan, below: Plan): OverDomain | undefined {
    const input = this.push(below);
    if (input === undefined) return undefined;
    const node = mapOwnExpressions(plan, (expression) => this.#translate(expression, input.keys));
    return { plan: { ...node, input: input.plan } as Plan, keys: input.keys };
  }

  /** The first rows of each value's: those that a numbering by the order below gives small numbers. */
  #limit(plan: LimitPlan): OverDomain | undefined {
    const { input } = plan;
    // The order is looked for below what only computes.
    if (input.kind === 'project') {
      const moved: Plan = { ...input, input: { ...plan, input: input.input } };
      const reads = new Set(input.items.map((item) => item.ref));
      return (plan.ties ?? []).some((key) => readsAny(refsOf(key.expression), reads)) ? undefined : this.push(moved);
    }
    const [offset, limit] = [constantRows(plan.offset, 0), constantRows(plan.limit, Infinity)];
    if (offset === undefined || limit === undefined || (plan.ties !== undefined && input.kind !== 'sort')) return undefined;
    const pushed = this.push(input.kind === 'sort' ? input.input : input);
    if (pushed === undefined || (limit === Infinity && offset === 0)) return pushed;
    const number = this.#context.registry.functions(plan.ties === undefined ? 'row_number' : 'rank').find((fn) => fn.kind === 'window');
    if (number?.kind !== 'window') return undefined;
    const ref = freshRef();
    const keys = input.kind === 'sort' ? input.keys : [];
    const numbered: Plan = {
      kind: 'window',
      input: pushed.plan,
      partitionBy: this.#columns(pushed.keys),
      orderBy: keys.map((key) => ({ ...key, expression: this.#translate(key.expression, pushed.keys) })),
      calls: [{ ref, call: { function: number, args: [], ignoreNulls: false, type: INT8 }, frame: WHOLE_FRAME }],
    };
    const bounds = [
      limit === Infinity ? undefined : comparison('<=', column(ref, INT8), int8(offset + limit), this.#context),
      offset === 0 ? undefined : comparison('>', column(ref, INT8), int8(offset), this.#context),
    ];
    return {
      plan: filtered(
        numbered,
        bounds.filter((bound) => bound !== undefined),
      ),
      keys: pushed.keys,
    };
  }

  #aggregate(plan: AggregatePlan): OverDomain | undefined {
    // A grand total has a row even of nothing: each value's own would be missed.
    if (plan.sets !== undefined && plan.sets.some((set) => set.length === 0)) return undefined;
    const input = this.push(plan.input);
    if (input === undefined) return undefined;
    const translated = mapOwnExpressions({ ...plan, input: input.plan }, (expression) => this.#translate(expression, input.keys));
    if (translated.kind !== 'aggregate') return undefined;
    const keys = input.keys.map(() => freshRef());
    const added = keys.map((ref, at) => ({ ref, expression: this.#columns(input.keys)[at] as Expression }));
    const first = translated.groups.length;
    const sets = plan.sets?.map((set) => [...set, ...keys.map((_, at) => first + at)]);
    const grouped: AggregatePlan = { ...translated, groups: [...translated.groups, ...added], sets };
    return plan.groups.length > 0 ? { plan: grouped, keys } : this.#withEmpty(plan, grouped, keys);
  }

  /** An aggregate without groups answers for values that have no rows, too. */
  #withEmpty(plan: AggregatePlan, grouped: AggregatePlan, groupedKeys: readonly ColumnRef[]): OverDomain | undefined {
    const { plan: values, keys } = this.#domain.use();
    const mark = freshRef();
    const renamed = plan.aggregates.map((item) => ({ ...item, inner: freshRef() }));
    const right: Plan = {
      kind: 'project',
      input: { ...grouped, aggregates: grouped.aggregates.map((item, at) => ({ ...item, ref: renamed[at].inner })) },
      items: [
        ...this.#passed(groupedKeys),
        ...renamed.map(({ inner, call }) => ({ ref: inner, expression: column(inner, call.type) })),
        { ref: mark, expression: TRUE },
      ],
    };
    const condition = this.#same(keys, groupedKeys);
    if (condition === undefined) return undefined;
    const joined: Plan = { kind: 'join', type: 'left', left: values, right, condition, lateral: false };
    const items = renamed.map(({ ref, inner, call }) => {
      const empty = overNothing(call, this.#context);
      const value = column(inner, call.type);
      if (empty.kind === 'constant' && empty.value === null) return { ref, expression: value as Expression };
      const absent: Expression = { kind: 'is_null', arg: column(mark, BOOL), negated: false, type: BOOL };
      return {
        ref,
        expression: { kind: 'case', branches: [{ when: absent, then: empty }], otherwise: value, type: call.type } as Expression,
      };
    });
    return { plan: { kind: 'project', input: joined, items: [...this.#passed(keys), ...items] }, keys };
  }

  #join(plan: JoinPlan): OverDomain | undefined {
    const { left, right } = plan;
    if (plan.type === 'right') return undefined;
    const isLeftDependent = this.#isDependent(left);
    if (plan.lateral || !this.#isDependent(right)) {
      if (plan.type === 'full') return undefined;
      const pushed = this.push(left);
      if (pushed === undefined) return undefined;
      const condition = plan.condition && this.#translate(plan.condition, pushed.keys);
      // What a lateral right side reads from outside it reads from the left.
      const inner = plan.lateral ? this.#translatePlan(right, pushed.keys) : right;
      return { plan: { ...plan, left: pushed.plan, right: inner, condition }, keys: pushed.keys };
    }
    if (plan.type === 'inner' && !isLeftDependent) {
      const pushed = this.push(right);
      return (
        pushed && {
          plan: { ...plan, right: pushed.plan, condition: plan.condition && this.#translate(plan.condition, pushed.keys) },
          keys: pushed.keys,
        }
      );
    }
    if (plan.type === 'full') return undefined;
    const [first, second] = [this.push(left), this.push(right)];
    if (first === undefined || second === undefined) return undefined;
    const same = this.#same(first.keys, second.keys);
    if (same === undefined) return undefined;
    const own = plan.condition === undefined ? [] : [this.#translate(plan.condition, first.keys)];
    return { plan: { ...plan, left: first.plan, right: second.plan, condition: conjunction([...own, same]) }, keys: first.keys };
  }

  #setOperation(plan: SetOperationPlan): OverDomain | undefined {
    const [left, right] = [this.push(plan.left), this.push(plan.right)];
    if (left === undefined || right === undefined) return undefined;
    const keys = left.keys.map(() => freshRef());
    return {
      plan: {
        ...plan,
        left: left.plan,
        right: right.plan,
        leftColumns: [...plan.leftColumns, ...left.keys],
        rightColumns: [...plan.rightColumns, ...right.keys],
        output: [...plan.output, ...keys],
        types: [...plan.types, ...this.#domain.columns.map(({ type }) => type)],
      },
      keys,
    };
  }

  #values(plan: ValuesPlan): OverDomain | undefined {
    if (plan.rows.length !== 1) return undefined;
    const { plan: values, keys } = this.#domain.use();
    const items = plan.output.map((ref, at) => ({ ref, expression: this.#translate(plan.rows[0][at], keys) }));
    return { plan: { kind: 'project', input: values, items: [...items, ...this.#passed(keys)] }, keys };
  }

  #isDependent(plan: Plan): boolean {
    return readsAny(freeRefs(plan), this.#outer);
  }

  /** The expression with outer columns read from where the domain's values are. */
  #translate(expression: Expression, keys: readonly ColumnRef[]): Expression {
    return substitute(expression, this.#replacements(keys));
  }

  #translatePlan(plan: Plan, keys: readonly ColumnRef[]): Plan {
    const replacements = this.#replacements(keys);
    return mapPlanExpressions(plan, (expression) => substitute(expression, replacements));
  }

  #replacements(keys: readonly ColumnRef[]): Map<ColumnRef, Expression> {
    return new Map(this.#domain.columns.map(({ ref, type }, at) => [ref, column(keys[at], type)]));
  }

  #columns(keys: readonly ColumnRef[]): ColumnExpression[] {
    return this.#domain.columns.map(({ type }, at) => column(keys[at], type));
  }

  #passed(keys: readonly ColumnRef[]): { readonly ref: ColumnRef; readonly expression: Expression }[] {
    return this.#columns(keys).map((expression) => ({ ref: expression.ref, expression }));
  }

  #same(some: readonly ColumnRef[], others: readonly ColumnRef[]): Expression | undefined {
    const [left, right] = [this.#columns(some), this.#columns(others)];
    const conditions = left.map((key, at) => sameValue(key, right[at], this.#context));
    return conditions.includes(undefined) ? undefined : conjunction(conditions.filter((condition) => condition !== undefined));
  }
}

const WHOLE_FRAME: WindowFrameClause = {
  mode: 'range',
  start: { kind: 'unbounded preceding' },
  end: { kind: 'current row' },
  exclude: 'no others',
  inRange: undefined,
};

function int8(value: number): Expression {
  return constant(value, INT8);
}

/** The number that a LIMIT or OFFSET is, `absent` where there is none; undefined when it is not known. */
function constantRows(expression: Expression | undefined, absent: number): number | undefined {
  if (expression === undefined) return absent;
  if (expression.kind !== 'constant') return undefined;
  if (expression.value === null) return absent;
  return typeof expression.value === 'number' && expression.value >= 0 ? expression.value : undefined;
}
