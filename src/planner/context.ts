import type { Plan } from '../binder/plan.ts';
import type { CatalogView, TableDescriptor } from '../catalog/descriptor.ts';
import type { TreeStorage } from '../storage/residency.ts';
import type { TreeId } from '../storage/tree.ts';
import type { EvaluationContext, FunctionRegistry } from '../types/function.ts';
import type { Value } from '../types/value.ts';

/** What planning may ask. */
export interface PlannerContext {
  readonly catalog: CatalogView;
  /** Estimated rows of a table; undefined when unknown. */
  readonly rows: (table: TableDescriptor) => number | undefined;
  /** How much of a tree is in memory; absent where everything is. */
  readonly storage?: ((tree: TreeId) => TreeStorage | undefined) | undefined;
  /** Values that the statement's parameters have, where the plan is made for them. */
  readonly parameters?: readonly Value[] | undefined;
  /** Plans the statement as it is written, no rule applied and joins in the order of its text: what tests hold good plans against. */
  readonly naive?: boolean | undefined;
  readonly registry: FunctionRegistry;
  /** For folding immutable calls over constants. */
  readonly context: EvaluationContext;
}

/** What planning passes along: the context, and the estimate of a plan as it would be lowered, which rules use to weigh two forms. */
export interface Planning extends PlannerContext {
  estimate(plan: Plan): { readonly rows: number; readonly cost: number };
}
