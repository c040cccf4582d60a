/** INSERT, UPDATE and DELETE as physical nodes, their RETURNING as a projection above. */
import type { DeletePlan, InsertPlan, UpdatePlan } from '../binder/plan.ts';
import { COST } from './cost.ts';
import { refsIn, type Lower, type Required } from './lower-tools.ts';
import type { PhysicalPlan } from './physical.ts';
import { visitDeep } from './plan-tools.ts';
import { project } from './reshape.ts';

const NONE: Required = new Set();

/** INSERT, with its source lowered to what it needs. */
export function lowerInsert(plan: InsertPlan, lower: Lower): PhysicalPlan {
  const source = lower(plan.source, new Set(plan.values));
  let collect = false;
  visitDeep(plan.source, (node) => {
    collect ||= node.kind === 'scan' && node.table.oid === plan.target.table.oid;
  });
  const returning = plan.returning !== undefined;
  const node: PhysicalPlan = {
    kind: 'insert',
    target: plan.target,
    source,
    values: plan.values,
    onConflict: plan.onConflict,
    returning,
    collect,
    output: returning ? plan.target.row : [],
    rows: source.rows,
    cost: source.cost + source.rows * COST.write,
  };
  return plan.returning === undefined ? node : project(node, plan.returning);
}

/** UPDATE, with its source lowered to what it needs. */
export function lowerUpdate(plan: UpdatePlan, lower: Lower): PhysicalPlan {
  const returned = plan.returning === undefined ? NONE : refsIn(plan.returning.map((item) => item.expression));
  const source = lower(plan.source, new Set([...plan.current, ...refsIn(plan.set.map((item) => item.expression)), ...returned]));
  const returning = plan.returning !== undefined;
  const node: PhysicalPlan = {
    kind: 'update',
    target: plan.target,
    source,
    current: plan.current,
    set: plan.set,
    returning,
    output: returning ? [...plan.target.row, ...source.output] : [],
    rows: source.rows,
    cost: source.cost + source.rows * COST.write,
  };
  return plan.returning === undefined ? node : project(node, plan.returning);
}

/** DELETE, with its source lowered to what it needs. */
export function lowerDelete(plan: DeletePlan, lower: Lower): PhysicalPlan {
  const returned = plan.returning === undefined ? NONE : refsIn(plan.returning.map((item) => item.expression));
  const source = lower(plan.source, new Set([...plan.current, ...returned]));
  const returning = plan.returning !== undefined;
  const node: PhysicalPlan = {
    kind: 'delete',
    target: plan.target,
    source,
    current: plan.current,
    returning,
    output: returning ? [...plan.target.row, ...source.output] : [],
    rows: source.rows,
    cost: source.cost + source.rows * COST.write,
  };
  return plan.returning === undefined ? node : project(node, plan.returning);
}
