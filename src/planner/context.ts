import type { Plan } from '../binder/plan.ts';
import type { CatalogView, TableDescriptor } from '../catalog/descriptor.ts';
import type { EvaluationContext, FunctionRegistry } from '../types/function.ts';

/** What planning may ask. */
export interface PlannerContext {
  readonly catalog: CatalogView;
  /** Estimated rows of a table; undefined when unknown. */
  readonly rows: (table: TableDescriptor) => number | undefined;
  readonly registry: FunctionRegistry;
  /** For folding immutable calls over constants. */
  readonly context: EvaluationContext;
}

/** What planning passes along: the context, and the estimate of a plan as it would be lowered, which rules use to weigh two forms. */
export interface Planning extends PlannerContext {
  estimate(plan: Plan): { readonly rows: number; readonly cost: number };
}
