/** The pieces of lowering that need nothing of its state. */
import type { ColumnRef, Expression } from '../binder/expression.ts';
import type { Plan, ScanPlan } from '../binder/plan.ts';
import { conditionsCost } from './join-method.ts';
import { conjunction, conjunctsOf, refsOf } from './expression-tools.ts';
import type { PhysicalPlan, TableScanNode } from './physical.ts';
import type { Facts } from './estimate/facts.ts';
import { selectivityOf } from './estimate/selectivity.ts';

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
    cost: input.cost + input.rows * conditionsCost(conjuncts),
  };
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
