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
