/** What operators need in order to compute: the same on the thread that plans and reads, and on those that only compute. */
import type { Kernels } from '../../kernels/kernels.ts';
import type { EvaluateVector } from './expression/evaluate.ts';
import type { VectorExpression } from './expression/ir.ts';
import type { Registers } from './expression/registers.ts';
import type { QueryMemory, SlabHeap } from './memory.ts';
import type { Spilling } from './spill/spill-file.ts';
import type { Batch } from './vector.ts';

export interface Computing {
  readonly host: { readonly heap: SlabHeap };
  readonly kernels: Kernels;
  readonly memory: QueryMemory;
  readonly registers: Registers;
  /** Absent where nothing can be written: another thread, or no local disk. */
  readonly spilling?: Spilling | undefined;
  /** Throws when the statement is to end. */
  checkCancelled(): void;
}

/** Makes expressions over batches of one place in a plan ready to run. */
export interface Preparing {
  prepare(expression: VectorExpression): EvaluateVector;
  /** The address of a mask: 1 where the expression is true. */
  prepareMask(expression: VectorExpression): (batch: Batch) => number;
}
