/** A common table expression that is referred to once in a FROM becomes a subquery there; one that nobody refers to goes. */
import type { ColumnRef } from '../../binder/expression.ts';
import type { Plan, WithPlan } from '../../binder/plan.ts';
import { expressionsOf, mapInputs } from '../../binder/walk.ts';
import { OID } from '../../types/oid.ts';
import type { SqlType } from '../../types/type.ts';
import { column, isVolatile } from '../expression-tools.ts';
import { planWrites, visitDeep, visitPlan } from '../plan-tools.ts';

/** The type of a column that is only passed on, where nobody asks. */
export const ANY: SqlType = { oid: OID.any, modifier: -1 };

export function inlineWith(plan: Plan): Plan {
  const mapped = mapInputs(plan, inlineWith);
  return mapped.kind === 'with' ? simplified(mapped) : mapped;
}

function simplified(plan: WithPlan): Plan {
  let definitions = plan.definitions;
  let { body } = plan;
  for (const { id } of plan.definitions) {
    // As it is by now: earlier definitions may have been put into it.
    const definition = definitions.find((candidate) => candidate.id === id);
    if (definition === undefined) continue;
    const users = [...definitions.filter((other) => other.id !== definition.id).map((other) => other.plan), body];
    const all = users.reduce((count, user) => count + references(user, definition.id, visitDeep), 0);
    if (planWrites(definition.plan)) continue;
    if (all === 0) {
      definitions = definitions.filter((other) => other.id !== definition.id);
      continue;
    }
    const inFrom = users.reduce((count, user) => count + references(user, definition.id, visitPlan), 0);
    if (
      all !== 1 ||
      inFrom !== 1 ||
      definition.materialized === true ||
      hasVolatile(definition.plan) ||
      references(definition.plan, definition.id, visitDeep) > 0
    )
      continue;
    const replace = (node: Plan): Plan =>
      node.kind === 'with_reference' && node.id === definition.id
        ? passing(definition.plan, definition.output, node.output)
        : mapInputs(node, replace);
    definitions = definitions.filter((other) => other.id !== definition.id).map((other) => ({ ...other, plan: replace(other.plan) }));
    body = replace(body);
  }
  return definitions.length === 0 ? body : { ...plan, definitions, body };
}

/** The plan with column `from[i]` renamed to `to[i]`. */
export function passing(input: Plan, from: readonly ColumnRef[], to: readonly ColumnRef[]): Plan {
  return { kind: 'project', input, items: to.map((ref, at) => ({ ref, expression: column(from[at], ANY) })) };
}

function references(plan: Plan, id: number, visit: (plan: Plan, each: (node: Plan) => void) => void): number {
  let count = 0;
  visit(plan, (node) => {
    if (node.kind === 'with_reference' && node.id === id) count++;
  });
  return count;
}

function hasVolatile(plan: Plan): boolean {
  let found = false;
  visitPlan(plan, (node) => {
    found ||= expressionsOf(node).some(isVolatile);
  });
  return found;
}
