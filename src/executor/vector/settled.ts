/**
 * Subqueries that have one value for all rows: they are run before the plan that asks for them is opened over vectors, and are
 * constants in it. Whatever goes wrong with one goes wrong when rows ask for it, if they do.
 */
import type { Expression, SubqueryExpression } from '../../binder/expression.ts';
import { childrenOf, isVolatile, mapChildren, outerRefs } from '../../planner/expression-tools.ts';
import type { PhysicalPlan } from '../../planner/physical.ts';
import { childrenOfNode, expressionsOfNode } from '../../planner/physical-tools.ts';
import type { Value } from '../../types/value.ts';
import type { Environment } from '../environment.ts';
import type { Operator } from '../row/operator.ts';
import type { Program } from '../row/program.ts';
import type { Row } from '../../types/value.ts';

/** Values by the subqueries that have them. */
export type SettledValues = ReadonlyMap<SubqueryExpression, Value>;

export const NOTHING_SETTLED: SettledValues = new Map();

/** The subqueries that can be settled in a node and the nodes below it, as far down as `reaches` says that vectors may run them. */
export function settledIn(node: PhysicalPlan, reaches: (node: PhysicalPlan) => boolean): readonly SubqueryExpression[] {
  const found = new Set<SubqueryExpression>();
  const search = (expression: Expression): void => {
    if (isSettled(expression)) found.add(expression);
    // Branches may be there to keep a subquery from running.
    else if (expression.kind !== 'case' && expression.kind !== 'coalesce') for (const part of childrenOf(expression)) search(part);
  };
  const visit = (one: PhysicalPlan): void => {
    if (!reaches(one)) return;
    for (const expression of expressionsOfNode(one)) search(expression);
    for (const child of childrenOfNode(one)) visit(child);
  };
  visit(node);
  return [...found];
}

function isSettled(expression: Expression): expression is SubqueryExpression {
  if (expression.kind !== 'subquery' || (expression.mode !== 'scalar' && expression.mode !== 'exists')) return false;
  return outerRefs(expression).size === 0 && !isVolatile(expression);
}

/** The expression with constants for what is settled. */
export function withSettled(expression: Expression, values: SettledValues): Expression {
  if (values.size === 0) return expression;
  const replace = (node: Expression): Expression => {
    const value = node.kind === 'subquery' ? values.get(node) : undefined;
    return value === undefined ? mapChildren(node, replace) : { kind: 'constant', value, type: node.type };
  };
  return replace(expression);
}

/** Runs the subqueries when it is first asked for rows, then is what `open` opens with their values; `undefined` are those of one that failed. */
export class Settling implements Operator {
  readonly #subqueries: readonly SubqueryExpression[];
  readonly #program: Program;
  readonly #environment: Environment;
  readonly #open: (values: SettledValues | undefined) => Operator;
  #operator: Operator | undefined;

  constructor(
    subqueries: readonly SubqueryExpression[],
    program: Program,
    environment: Environment,
    open: (values: SettledValues | undefined) => Operator,
  ) {
    this.#subqueries = subqueries;
    this.#program = program;
    this.#environment = environment;
    this.#open = open;
  }

  next(): Row[] | null | Promise<Row[] | null> {
    return this.#operator === undefined ? this.#first() : this.#operator.next();
  }

  close(): void {
    this.#operator?.close();
  }

  async #first(): Promise<Row[] | null> {
    this.#operator = this.#open(await this.#values());
    return this.#operator.next();
  }

  async #values(): Promise<SettledValues | undefined> {
    const values = new Map<SubqueryExpression, Value>();
    const scope = this.#program.scope([]);
    try {
      for (const subquery of this.#subqueries) {
        const value = this.#program.subquery(subquery, scope)([], this.#environment);
        values.set(subquery, value instanceof Promise ? await value : value);
      }
    } catch {
      return undefined;
    }
    return values;
  }
}
