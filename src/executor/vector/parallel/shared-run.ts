import type { VectorContext } from '../context.ts';
import { costOf } from '../expression/facts.ts';
import type { VectorOperator } from '../operator.ts';
import { Crew } from './crew.ts';
import type { PipelineHead, Sink } from './pipeline.ts';
import { SharedParts } from './shared-parts.ts';
import type { Made } from './worker-task.ts';

/** The cost, in the planner's microseconds (planner/cost.ts), from which on other threads are worth being asked. */
const SHARED_COST_MIN = 3000;

/** Work for a row, in comparisons of numbers, that costs more than to hand the row over: adding up a column of integers does not. */
const SHARED_WORK_MIN = 1;

/** Work for a row that is put into its group; into a state, of floats and texts, of integers. */
const GROUP_WORK = 5;
const STATE_WORK = 1;
const INTEGER_STATE_WORK = 0.5;

/** Threads that one execution uses without being told to, at most. */
const THREADS_MAX = 8;

/** A pipeline and its sink, run by this thread and by others where there are any. */
export class SharedRun {
  readonly #head: PipelineHead;
  readonly #sink: Sink;
  readonly #workersMax: number;
  readonly #context: VectorContext;

  private constructor(head: PipelineHead, sink: Sink, workersMax: number, context: VectorContext) {
    this.#head = head;
    this.#sink = sink;
    this.#workersMax = workersMax;
    this.#context = context;
  }

  /** Undefined when this thread alone can run it, or should. `cost` is the planner's for all of it. */
  static of(input: VectorOperator, sink: Sink, cost: number, context: VectorContext): SharedRun | undefined {
    const { threads, isMeant } = threadsFor(cost, context);
    const head = threads < 2 ? undefined : input.pipeline?.();
    if (head === undefined || (!isMeant && head.work + workOf(sink) < SHARED_WORK_MIN)) return undefined;
    return new SharedRun(head, sink, threads - 1, context);
  }

  /** Runs it, this thread's share by `consume`, which drains the pipeline's operators here; what the other threads made. */
  async run(consume: () => void | Promise<void>): Promise<readonly Made[]> {
    const { joins, leaves, scan, stages } = this.#head;
    for (const join of joins) await join.build();
    const workers = joins.some((join) => join.isEnded || join.isSpilled) ? [] : (this.#context.host.workers?.idle(this.#workersMax) ?? []);
    if (workers.length === 0) {
      await consume();
      return [];
    }
    const data = stages.map((stage) => stage());
    const [first] = data;
    const columns = first.kind === 'scan' ? first.columns : [];
    const crew = new Crew(workers, columns.length, this.#context);
    this.#context.isShuffled = true;
    scan.readFrom(new SharedParts(leaves, columns, crew, () => this.#context.host.heap.hold()));
    crew.start(data, this.#sink);
    await consume();
    return crew.made;
  }
}

/** Threads for work of a cost, this one among them. Who says how many, and that vectors are to be used, means it whatever the cost. */
function threadsFor(cost: number, { environment, host }: VectorContext): { readonly threads: number; readonly isMeant: boolean } {
  if (host.workers === undefined) return { threads: 1, isMeant: false };
  const { context } = environment;
  const wanted = context.setting('velocidb.threads') ?? 'auto';
  const isMeant = wanted !== 'auto' && context.setting('velocidb.executor') === 'vectors';
  if (cost < SHARED_COST_MIN && !isMeant) return { threads: 1, isMeant };
  return { threads: wanted === 'auto' ? Math.min(host.workers.threads, THREADS_MAX) : Number(wanted), isMeant };
}

/** What a sink does for a row, in comparisons of numbers. */
function workOf({ keys, aggregates }: Sink): number {
  const expressions = [...keys, ...aggregates.flatMap(({ arg, filter }) => [arg, filter])];
  const computed = expressions.reduce((sum, expression) => sum + (expression === undefined ? 0 : costOf(expression)), 0);
  const states = aggregates.map(({ arg, distinct }) => {
    if (distinct) return GROUP_WORK;
    return arg === undefined || arg.type === 'i32' || arg.type === 'i64' ? INTEGER_STATE_WORK : STATE_WORK;
  });
  return computed + keys.length * GROUP_WORK + states.reduce((sum, work) => sum + work, 0);
}
