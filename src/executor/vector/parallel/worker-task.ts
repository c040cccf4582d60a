/** A worker's side of a shared run: the same operators over its own kernels, fed by morsels. */
import { assert } from '../../../base/assert.ts';
import { SqlError, isSqlError } from '../../../base/sql-error.ts';
import type { Kernels } from '../../../kernels/kernels.ts';
import { Aggregation, type AggregationMade } from '../aggregate/aggregation.ts';
import type { Computing, Preparing } from '../computing.ts';
import { Conjunction } from '../conjunction.ts';
import { prepareMask, prepareVector } from '../expression/evaluate.ts';
import type { ColumnInfo } from '../expression/lower.ts';
import { Registers } from '../expression/registers.ts';
import { Filter } from '../filter.ts';
import { assembleHashJoin } from '../join/assemble.ts';
import { JoinTable } from '../join/join-table.ts';
import { LeafScan } from '../leaf-scan.ts';
import { QueryMemory } from '../memory.ts';
import type { VectorOperator } from '../operator.ts';
import { Project } from '../project.ts';
import { VectorFallback } from '../vector.ts';
import { MorselParts } from './morsel-parts.ts';
import { MorselQueue } from './morsel-queue.ts';
import type { Sink, Stage } from './pipeline.ts';
import { WorkerHeap } from './worker-heap.ts';

/** What a worker is sent. */
export interface Task {
  readonly queue: SharedArrayBuffer;
  /** Workers of the crew, and which of them this is. */
  readonly workers: number;
  readonly seat: number;
  readonly stages: readonly Stage[];
  readonly sink: Sink;
  /** Bytes that the heap has at least. */
  readonly heapBytes: number;
}

/** What a worker's sink came to: addresses in the heap. */
export type Made = AggregationMade;

/** How a task ended. `idle`: it was over before it began; `stopped`: others ended it. */
export type Outcome =
  | { readonly kind: 'done'; readonly made: Made }
  | { readonly kind: 'idle' }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'fallback'; readonly message: string }
  | { readonly kind: 'memory' }
  | { readonly kind: 'failed'; readonly message: string };

/** Thrown when somebody else ended the task. */
class Stopped extends Error {}

/** Runs a task to its end. `wake` wakes the owner of the queue. Throws nothing. */
export function runTask(task: Task, memory: WebAssembly.Memory, kernels: Kernels, wake: () => void): Outcome {
  const [scan] = task.stages;
  const queue = new MorselQueue(scan.kind === 'scan' ? scan.columns.length : 0, task.workers, task.queue);
  if (!queue.enter(task.seat)) return { kind: 'idle' };
  try {
    const heap = new WorkerHeap(memory, queue, task.seat, wake);
    heap.reach(task.heapBytes);
    const context = new WorkerContext(heap, kernels, queue);
    let input: VectorOperator | undefined;
    for (const stage of task.stages) input = operatorOf(stage, input, heap, queue, task, wake, context);
    assert(input !== undefined, 'a pipeline has a stage');
    const made = sunk(input, task.sink, context);
    return queue.isStopped ? { kind: 'stopped' } : { kind: 'done', made };
  } catch (failure) {
    if (queue.stop()) wake();
    return outcomeOf(failure);
  }
}

function operatorOf(
  stage: Stage,
  input: VectorOperator | undefined,
  heap: WorkerHeap,
  queue: MorselQueue,
  task: Task,
  wake: () => void,
  context: WorkerContext,
): VectorOperator {
  if (stage.kind === 'scan') {
    const parts = new MorselParts(stage.columns, heap, queue, task.workers + 1, wake);
    return new LeafScan(parts, stage.columns, conditionOf(stage.filter, stage.columns, context), stage.output, context);
  }
  assert(input !== undefined, 'a pipeline begins with a scan');
  switch (stage.kind) {
    case 'filter':
      return new Filter(input, new Conjunction(context, input.columns, stage.condition, context), stage.output, context);
    case 'project':
      return new Project(input, stage.columns, stage.items, context);
    case 'probe': {
      const { join } = stage;
      const table = new JoinTable(join.table, context, stage.table);
      const residual = conditionOf(join.residual, [...join.probed, ...join.kept], context);
      return assembleHashJoin(join, input, { buildSide: undefined, table, residual }, context, context);
    }
  }
}

function conditionOf(
  condition: (Stage & { readonly kind: 'scan' })['filter'],
  columns: readonly ColumnInfo[],
  context: WorkerContext,
): Conjunction | undefined {
  return condition === undefined ? undefined : new Conjunction(context, columns, condition, context);
}

function sunk(input: VectorOperator, sink: Sink, context: WorkerContext): Made {
  const aggregation = new Aggregation(input, sink.keys, sink.aggregates, context, context, sink.expected);
  const done = aggregation.consume();
  assert(done === undefined, 'morsels are waited for, not promised');
  return aggregation.made();
}

function outcomeOf(failure: unknown): Outcome {
  if (failure instanceof Stopped) return { kind: 'stopped' };
  if (failure instanceof VectorFallback) return { kind: 'fallback', message: failure.message };
  if (isSqlError(failure, 'out_of_memory')) return { kind: 'memory' };
  return { kind: 'failed', message: failure instanceof Error ? (failure.stack ?? failure.message) : String(failure) };
}

/** What the owner throws for a task that did not come to its end. */
export function failureOf(outcome: Exclude<Outcome, { readonly kind: 'done' | 'idle' | 'stopped' }>): Error {
  switch (outcome.kind) {
    case 'fallback':
      return new VectorFallback(outcome.message);
    case 'memory':
      return new SqlError('out_of_memory', 'out of memory', { detail: 'The heap has no more to spare for a worker.' });
    case 'failed':
      return new Error(`a worker failed: ${outcome.message}`);
  }
}

class WorkerContext implements Computing, Preparing {
  readonly host: { readonly heap: WorkerHeap };
  readonly kernels: Kernels;
  readonly memory: QueryMemory;
  readonly registers: Registers;
  readonly #queue: MorselQueue;

  constructor(heap: WorkerHeap, kernels: Kernels, queue: MorselQueue) {
    this.host = { heap };
    this.kernels = kernels;
    this.memory = new QueryMemory(heap, UNCOUNTED);
    this.registers = new Registers(kernels, this.memory);
    this.#queue = queue;
  }

  checkCancelled(): void {
    if (this.#queue.isStopped) throw new Stopped();
  }

  prepare: Preparing['prepare'] = (expression) => prepareVector(expression, this.registers, NO_CLOSURES);
  prepareMask: Preparing['prepareMask'] = (expression) => prepareMask(expression, this.registers, NO_CLOSURES);
}

/** The owner counts what it grants. */
const UNCOUNTED = { reserve: () => {}, release: () => {} };

const NO_CLOSURES = {
  prepare: () => {
    throw new RangeError('closures stay on the thread that plans');
  },
};
