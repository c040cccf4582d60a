import type { ColumnRef } from '../binder/expression.ts';
import type { Plan, WithPlan, WithReferencePlan } from '../binder/plan.ts';
import { expressionsOf } from '../binder/walk.ts';
import { collectRefs, someExpression } from './expression-tools.ts';
import type { Required } from './lower-tools.ts';
import { visitDeep } from './plan-tools.ts';

/** Of each definition's columns those that some reader may read, by the definition's id. `required` are wanted of the body. */
export function sharedColumns({ definitions, body }: WithPlan, required: Required): ReadonlyMap<number, readonly ColumnRef[]> {
  const inBody = readingOf(body);
  for (const ref of required) inBody.refs.add(ref);
  const readings = [...definitions.map(({ plan }) => readingOf(plan)), inBody];
  const columns = new Map<number, readonly ColumnRef[]>();
  for (const [place, { id, output }] of definitions.entries()) {
    // A reference may call the columns what the definition calls them: what reads them within it does not count.
    const users = readings.filter((_, at) => at !== place);
    const isRead = (at: number): boolean =>
      users.some(({ references }) =>
        references.some((reference) => reference.id === id && users.some(({ refs }) => refs.has(reference.output[at]))),
      );
    const readsAll = readings.some((reading) => reading.readsAll);
    columns.set(id, readsAll ? output : output.filter((_, at) => isRead(at)));
  }
  return columns;
}

interface Reading {
  readonly refs: Set<ColumnRef>;
  readonly references: readonly WithReferencePlan[];
  /** Whether a node of it reads columns in ways not looked into. */
  readonly readsAll: boolean;
}

/** What the expressions of a plan and its subqueries read, and the shared definitions it refers to. */
function readingOf(plan: Plan): Reading {
  const refs = new Set<ColumnRef>();
  const references: WithReferencePlan[] = [];
  let readsAll = false;
  visitDeep(plan, (node: Plan) => {
    for (const expression of expressionsOf(node)) {
      collectRefs(expression, refs);
      someExpression(expression, (part) => {
        if (part.kind === 'subquery') for (const ref of part.output) refs.add(ref);
        return false;
      });
    }
    if (node.kind === 'with_reference') references.push(node);
    else if (node.kind === 'set_operation') for (const ref of [...node.leftColumns, ...node.rightColumns]) refs.add(ref);
    else if (node.kind === 'with') for (const { output } of node.definitions) for (const ref of output) refs.add(ref);
    else if (node.kind === 'recursive' || node.kind === 'insert' || node.kind === 'update' || node.kind === 'delete') readsAll = true;
  });
  return { refs, references, readsAll };
}
