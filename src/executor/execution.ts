/** What one run of a plan has to work with. */
import type { TableDescriptor, CatalogView, ConstraintDescriptor } from '../catalog/descriptor.ts';
import type { WriteTarget } from '../binder/plan.ts';
import type { PhysicalPlan } from '../planner/physical.ts';
import type { Transaction } from '../transaction/transaction.ts';
import type { EvaluationContext } from '../types/function.ts';
import type { Value } from '../types/value.ts';
import type { VectorHost } from './vector/context.ts';

/** Given by the session for one statement. */
export interface Execution {
  readonly transaction: Transaction;
  readonly parameters: readonly Value[];
  readonly context: EvaluationContext;
  readonly catalog: CatalogView;
  /** Bytes of rows an execution may hold at once; more is SQLSTATE 53200. Undefined: a default. */
  readonly memoryBytesMax?: number | undefined;
  /** Makes the write target of a table that a foreign key's action writes; absent where no action can be needed. */
  readonly writeTarget?: ((table: TableDescriptor) => WriteTarget) | undefined;
  /** Takes a check that waits for the end of the transaction. Absent: deferred constraints are checked at once. */
  readonly deferred?: PendingChecks | undefined;
  /** The heap and kernels that large plans run over; absent where there are none. Made when first asked for. */
  readonly vectors?: (() => VectorHost) | undefined;
  /** Present when actual rows and times are wanted (EXPLAIN ANALYZE). */
  readonly measure?: Measure | undefined;
}

/** Checks of deferrable constraints, run by the session before COMMIT or by SET CONSTRAINTS. */
export interface PendingChecks {
  /** Whether the constraint waits in this transaction, by INITIALLY DEFERRED and SET CONSTRAINTS. */
  isDeferred(table: TableDescriptor, constraint: ConstraintDescriptor & { readonly kind: 'foreign' }): boolean;
  push(check: (execution: Execution) => void | Promise<void>): void;
}

/** Collects what each node of a plan did. `now` counts milliseconds. */
export interface Measure {
  now(): number;
  readonly actuals: Map<PhysicalPlan, Actual>;
}

export interface Actual {
  rows: number;
  loops: number;
  ms: number;
}
