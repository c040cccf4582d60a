/** The pieces of lowering that need nothing of its state. */
import type { ColumnRef, Expression } from '../binder/expression.ts';
import type { Plan, ScanPlan } from '../binder/plan.ts';
import { mapInputs, outputOf } from '../binder/walk.ts';
import { COST } from './access-path.ts';
import { conjunction, conjunctsOf, refsOf } from './expression-tools.ts';
import type { PhysicalPlan, TableScanNode } from './physical.ts';
import { selectivityOf } from './selectivity.ts';
import type { Facts } from './statistics.ts';

/** Columns that somebody above reads. */
export type Required = ReadonlySet<ColumnRef>;

/** Lowers an input to at least the columns `required`. */
export type Lower = (plan: Plan, required: Required) => PhysicalPlan;

/** A filter over the plan, or the plan itself when nothing is asked. */
export function filter(input: PhysicalPlan, conjuncts: readonly Expression[], required: Required, facts: Facts): PhysicalPlan {
  const condition = conjunction(conjuncts);
  if (condition === undefined) return input;
  const rows = Math.max(0.5, input.rows * selectivityOf(condition, facts));
  return {
    kind: 'filter',
    input,
    condition,
    output: keep(input.output, required),
    rows,
    cost: input.cost + input.rows * conjuncts.length * COST.filter,
  };
}

/** A tree of inner joins and filters as its relations, each with the filters right above it, and all the conditions between. */
export function gather(plan: Plan, relations: { plan: Plan; conjuncts: Expression[] }[], loose: Expression[]): void {
  if (plan.kind === 'join' && plan.type === 'inner' && !plan.lateral) {
    loose.push(...conjunctsOf(plan.condition));
    gather(plan.left, relations, loose);
    gather(plan.right, relations, loose);
    return;
  }
  if (plan.kind === 'filter') {
    const { input } = plan;
    if (input.kind === 'join' && input.type === 'inner' && !input.lateral) {
      loose.push(...conjunctsOf(plan.condition));
      gather(input, relations, loose);
      return;
    }
    relations.push({ plan: input, conjuncts: conjunctsOf(plan.condition) });
    return;
  }
  relations.push({ plan, conjuncts: [] });
}

/** The one relation of a tree of inner joins that has all columns read of it; undefined when several have some. */
export function leafReading(plan: Plan, wanted: Required): Plan | undefined {
  if (plan.kind === 'filter' && plan.input.kind === 'join') return leafReading(plan.input, wanted);
  if (plan.kind !== 'join' || plan.type !== 'inner' || plan.lateral) return plan;
  const left = outputOf(plan.left).some((ref) => wanted.has(ref));
  const right = outputOf(plan.right).some((ref) => wanted.has(ref));
  return left === right ? undefined : leafReading(left ? plan.left : plan.right, wanted);
}

/** The plan with one of its nodes, found by identity, replaced. */
export function replaceLeaf(plan: Plan, leaf: Plan, replacement: Plan): Plan {
  return plan === leaf ? replacement : mapInputs(plan, (input) => replaceLeaf(input, leaf, replacement));
}

/** A table under filters. */
export function peel(
  plan: Plan,
  conjuncts: readonly Expression[],
): { readonly scan: ScanPlan; readonly conjuncts: readonly Expression[] } | undefined {
  if (plan.kind === 'scan') return { scan: plan, conjuncts };
  return plan.kind === 'filter' ? peel(plan.input, [...conjuncts, ...conjunctsOf(plan.condition)]) : undefined;
}

/** The scan reading every column that it hands out or filters by. */
export function withColumns(node: TableScanNode, scan: ScanPlan): TableScanNode {
  const wanted = new Set([...node.output, ...(node.filter === undefined ? [] : refsOf(node.filter))]);
  const columns = scan.columns.filter((candidate) => wanted.has(candidate.ref));
  const covers = node.covering !== undefined && columns.every((candidate) => node.columns.some((known) => known.ref === candidate.ref));
  const covering = covers
    ? columns.map((candidate) => node.covering?.[node.columns.findIndex((known) => known.ref === candidate.ref)] ?? 0)
    : undefined;
  return { ...node, columns, covering };
}

/** The columns of `output` that are required, in its order. */
export function keep(output: readonly ColumnRef[], required: Required): readonly ColumnRef[] {
  return output.filter((ref) => required.has(ref));
}

/** Every column that one of the expressions reads. */
export function refsIn(expressions: readonly Expression[]): ReadonlySet<ColumnRef> {
  const refs = new Set<ColumnRef>();
  for (const expression of expressions) for (const ref of refsOf(expression)) refs.add(ref);
  return refs;
}

/** What sorting so many rows costs. */
export function sortCost(rows: number): number {
  return rows * Math.log2(rows + 2) * COST.sort;
}
