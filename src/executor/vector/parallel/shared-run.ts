import type { VectorContext } from '../context.ts';
import type { VectorOperator } from '../operator.ts';
import { Crew } from './crew.ts';
import type { PipelineHead, Sink } from './pipeline.ts';
import { SharedParts } from './shared-parts.ts';
import type { Made } from './worker-task.ts';

/** The cost, in the planner's microseconds (planner/cost.ts), from which on other threads are worth being asked. */
const SHARED_COST_MIN = 3000;

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
    const workersMax = threadsFor(cost, context) - 1;
    const head = workersMax < 1 ? undefined : input.pipeline?.();
    return head === undefined ? undefined : new SharedRun(head, sink, workersMax, context);
  }

  /** Runs it, this thread's share by `consume`, which drains the pipeline's operators here; what the other threads made. */
  async run(consume: () => void | Promise<void>): Promise<readonly Made[]> {
    const { joins, leaves, scan, stages } = this.#head;
    for (const join of joins) await join.build();
    const workers = joins.some((join) => join.isEnded) ? [] : (this.#context.host.workers?.idle(this.#workersMax) ?? []);
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
function threadsFor(cost: number, { environment, host }: VectorContext): number {
  if (host.workers === undefined) return 1;
  const { context } = environment;
  const wanted = context.setting('velocidb.threads') ?? 'auto';
  const isMeant = wanted !== 'auto' && context.setting('velocidb.executor') === 'vectors';
  if (cost < SHARED_COST_MIN && !isMeant) return 1;
  return wanted === 'auto' ? Math.min(host.workers.threads, THREADS_MAX) : Number(wanted);
}
