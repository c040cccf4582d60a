/**
 * Plans as PostgreSQL's EXPLAIN (FORMAT JSON) has them: objects with a `Node Type`, nested by `Plans`, subqueries and definitions of WITH
 * among them. There is no `Startup Cost` and no `Plan Width`: neither is estimated here.
 */
import { expressionText } from '../binder/expression-text.ts';
import type { Expression, SubqueryExpression } from '../binder/expression.ts';
import { childrenOf, outerRefs } from './expression-tools.ts';
import type { ExplainOptions } from './explain.ts';
import { namesOf } from './explain-names.ts';
import { detailsOf, titleOf, type TextOf } from './explain-node.ts';
import type { JoinType, PhysicalPlan, PhysicalQuery } from './physical.ts';
import { childrenOfNode, expressionsOfNode } from './physical-tools.ts';

export type PlanValue = string | number | boolean | readonly PlanValue[] | PlanObject;
export interface PlanObject {
  readonly [name: string]: PlanValue;
}

/** The value of `Plan` in PostgreSQL's answer. */
export function explainPlan(query: PhysicalQuery, options: ExplainOptions = {}): PlanObject {
  return new Explaining(query, options).plan(query.root, {});
}

class Explaining {
  readonly #query: PhysicalQuery;
  readonly #options: ExplainOptions;
  readonly #names: ReturnType<typeof namesOf>;
  readonly #text: TextOf;
  readonly #numbers = new Map<SubqueryExpression, number>();

  constructor(query: PhysicalQuery, options: ExplainOptions) {
    this.#query = query;
    this.#options = options;
    this.#names = namesOf(query);
    this.#text = (expression) => expressionText(expression, (ref) => this.#names.get(ref) ?? `column${ref}`);
  }

  /** The node and what is below it; `place` says what it is to its parent. */
  plan(node: PhysicalPlan, place: PlanObject): PlanObject {
    // A WITH computes nothing itself: its definitions hang on its body.
    const definitions: PlanObject[] = [];
    let body = node;
    while (body.kind === 'with') {
      for (const { name, plan } of body.definitions)
        definitions.push(this.plan(plan, { 'Parent Relationship': 'InitPlan', 'Subplan Name': `CTE ${name}` }));
      ({ body } = body);
    }
    const children = childrenOfNode(body);
    const plans = [
      ...definitions,
      ...expressionsOfNode(body).flatMap((expression) => this.#subplans(expression)),
      ...children.map((child, at) => this.plan(child, { 'Parent Relationship': relationshipOf(body, at) })),
    ];
    const { verbose } = this.#options;
    return {
      ...kindOf(body),
      ...place,
      ...this.#estimates(body),
      ...this.#actuals(body),
      ...Object.fromEntries(
        detailsOf(body, this.#text, this.#names, verbose === true).map(({ label, value, items }) => [label, items ?? value]),
      ),
      ...(plans.length === 0 ? {} : { Plans: plans }),
    };
  }

  #estimates(node: PhysicalPlan): PlanObject {
    return this.#options.costs === false ? {} : { 'Total Cost': rounded(node.cost), 'Plan Rows': Math.round(node.rows) };
  }

  /** Per loop, as PostgreSQL counts. */
  #actuals(node: PhysicalPlan): PlanObject {
    const { actuals, timing } = this.#options;
    if (actuals === undefined) return {};
    const { rows, loops, ms } = actuals.get(node) ?? { rows: 0, loops: 0, ms: 0 };
    const times = Math.max(1, loops);
    return {
      ...(timing === false ? {} : { 'Actual Total Time': rounded(ms / times) }),
      'Actual Rows': rounded(rows / times),
      'Actual Loops': loops,
    };
  }

  #subplans(expression: Expression): PlanObject[] {
    const inner = childrenOf(expression).flatMap((part) => this.#subplans(part));
    if (expression.kind !== 'subquery' || this.#numbers.has(expression)) return inner;
    const plan = this.#query.subplans.get(expression);
    if (plan === undefined) return inner;
    const number = this.#numbers.size + 1;
    this.#numbers.set(expression, number);
    const isOnce = outerRefs(expression).size === 0;
    const name = isOnce ? `InitPlan ${number}` : `SubPlan ${number}`;
    return [this.plan(plan, { 'Parent Relationship': isOnce ? 'InitPlan' : 'SubPlan', 'Subplan Name': name }), ...inner];
  }
}

/** What the node is, in PostgreSQL's words. */
function kindOf(node: PhysicalPlan): PlanObject {
  switch (node.kind) {
    case 'table_scan':
      return scanOf(node);
    case 'virtual_scan':
      return { 'Node Type': 'Seq Scan', 'Relation Name': node.relation.name };
    case 'hash_join':
      return { 'Node Type': 'Hash Join', 'Join Type': JOIN_TYPES[node.type] };
    case 'lookup_join':
      return { 'Node Type': 'Lookup Join', 'Join Type': JOIN_TYPES[node.type] };
    case 'nested_loop':
      return { 'Node Type': 'Nested Loop', 'Join Type': JOIN_TYPES[node.type] };
    case 'aggregate':
      return { 'Node Type': 'Aggregate', Strategy: node.sets !== undefined ? 'Mixed' : node.groups.length === 0 ? 'Plain' : 'Hashed' };
    case 'sort':
      return node.top === undefined ? { 'Node Type': 'Sort' } : { 'Node Type': 'Sort', 'Sort Method': 'top-N heapsort' };
    case 'set_operation': {
      if (node.operation === 'union') return node.all ? { 'Node Type': 'Append' } : { 'Node Type': 'Append', Strategy: 'Hashed' };
      const command = node.operation === 'intersect' ? 'Intersect' : 'Except';
      return { 'Node Type': 'SetOp', Strategy: 'Hashed', Command: node.all ? `${command} All` : command };
    }
    case 'function_scan':
      return {
        'Node Type': 'Function Scan',
        'Function Name': node.calls.map((item) => item.call.function.name).join(', '),
        Alias: node.alias,
      };
    case 'shared_scan':
      return node.source === undefined
        ? { 'Node Type': 'WorkTable Scan', 'CTE Name': node.name }
        : { 'Node Type': 'CTE Scan', 'CTE Name': node.name };
    case 'insert':
      return { 'Node Type': 'ModifyTable', Operation: 'Insert', 'Relation Name': node.target.table.name };
    case 'update':
      return { 'Node Type': 'ModifyTable', Operation: 'Update', 'Relation Name': node.target.table.name };
    case 'delete':
      return { 'Node Type': 'ModifyTable', Operation: 'Delete', 'Relation Name': node.target.table.name };
    default:
      return { 'Node Type': titleOf(node) };
  }
}

function scanOf(node: PhysicalPlan & { readonly kind: 'table_scan' }): PlanObject {
  const relation = { 'Relation Name': node.table.name, Alias: node.alias === '' ? node.table.name : node.alias };
  const index = node.index ?? node.table.indexes.find((candidate) => candidate.primary);
  if (node.index === undefined && node.access === undefined && !node.reverse) return { 'Node Type': 'Seq Scan', ...relation };
  return {
    'Node Type': node.covering === undefined ? 'Index Scan' : 'Index Only Scan',
    'Scan Direction': node.reverse ? 'Backward' : 'Forward',
    'Index Name': index?.name ?? 'row id',
    ...relation,
  };
}

const JOIN_TYPES: Readonly<Record<JoinType, string>> = {
  inner: 'Inner',
  left: 'Left',
  right: 'Right',
  full: 'Full',
  semi: 'Semi',
  anti: 'Anti',
};

function relationshipOf(parent: PhysicalPlan, at: number): string {
  if (parent.kind === 'set_operation') return 'Member';
  return at === 0 ? 'Outer' : 'Inner';
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
