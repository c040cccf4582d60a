/** What the vector operators of one execution share. */
import type { Expression } from '../../binder/expression.ts';
import type { Heap } from '../../kernels/heap.ts';
import type { Kernels } from '../../kernels/kernels.ts';
import type { ColumnVectors } from '../../storage/column-vectors.ts';
import { hasSubquery } from '../../planner/expression-tools.ts';
import type { Value } from '../../types/value.ts';
import type { Environment } from '../environment.ts';
import { compile } from '../expression/compile.ts';
import type { Program } from '../row/program.ts';
import { BoxedCalls } from './expression/boxed.ts';
import { ExpressionLowering, type ColumnInfo } from './expression/lower.ts';
import type { VectorExpression } from './expression/ir.ts';
import { prepareMask, prepareVector, type EvaluateVector } from './expression/evaluate.ts';
import { Registers } from './expression/registers.ts';
import { memoryBytes } from '../../base/memory-size.ts';
import { QueryMemory } from './memory.ts';
import type { VectorWorkers } from './parallel/workers.ts';
import { withSettled, type SettledValues } from './settled.ts';
import type { SpillFile, SpillPlace, Spilling } from './spill/spill-file.ts';
import type { Batch } from './vector.ts';

/** The heap and its kernels, shared by all executions of an engine. */
export interface VectorHost {
  readonly heap: Heap;
  readonly kernels: Kernels;
  readonly columns: ColumnVectors;
  /** Other threads over the same heap; absent where there are none. */
  readonly workers?: VectorWorkers | undefined;
  /** Where queries write what does not fit; absent where there is no local disk. */
  readonly spills?: SpillPlace | undefined;
}

/** A sort, a join, an aggregation holds at most one part in so many of the heap. */
const HEAP_SHARE = 8;

export class VectorContext {
  readonly host: VectorHost;
  readonly kernels: Kernels;
  readonly environment: Environment;
  readonly program: Program;
  readonly memory: QueryMemory;
  readonly registers: Registers;
  readonly spilling: Spilling | undefined;
  /** Whether rows may come in another order than they would without other threads. */
  isShuffled = false;
  /** Whether what was built depends on more than the plan: on parameters, the frame, the clock. */
  isParticular = false;
  readonly #settled: SettledValues;

  constructor(host: VectorHost, environment: Environment, program: Program, settled: SettledValues) {
    this.host = host;
    this.kernels = host.kernels;
    this.environment = environment;
    this.program = program;
    this.#settled = settled;
    this.memory = new QueryMemory(host.heap, environment.memory);
    this.registers = new Registers(host.kernels, this.memory);
    this.spilling = host.spills === undefined ? undefined : this.#spillingTo(host.spills);
  }

  #spillingTo(place: SpillPlace): Spilling {
    const { context } = this.environment;
    const limit = memoryBytes(context.setting('temp_file_limit') ?? '');
    let file: SpillFile | undefined;
    return {
      bytes: Math.min(memoryBytes(context.setting('work_mem') ?? '') ?? Number.POSITIVE_INFINITY, this.host.heap.bytesMax / HEAP_SHARE),
      file: () => {
        if (file !== undefined) return file;
        const made = place.open(limit ?? Number.POSITIVE_INFINITY);
        this.memory.atRelease(() => made.close());
        return (file = made);
      },
      loseOrder: () => {
        this.isShuffled = true;
      },
    };
  }

  checkCancelled(): void {
    this.environment.context.checkCancelled();
  }

  /** The expression with constants for its subqueries that have been run. */
  settled(expression: Expression): Expression {
    if (this.#settled.size > 0 && hasSubquery(expression)) this.isParticular = true;
    return withSettled(expression, this.#settled);
  }

  /** Expressions over batches of these columns. */
  over(columns: readonly ColumnInfo[]): VectorScope {
    return new VectorScope(this, columns);
  }

  /** The value of an expression that reads nothing but parameters and the frame. */
  valueOf(expression: Expression): Value {
    if (expression.kind === 'constant') return expression.value;
    this.isParticular = true;
    return compile(expression, this.program.scope([]))([], this.environment);
  }
}

/** Lowers and prepares expressions over the columns of one place in a plan. */
export class VectorScope {
  readonly columns: readonly ColumnInfo[];
  readonly #context: VectorContext;
  readonly #boxed: BoxedCalls;
  readonly #lowering: ExpressionLowering;

  constructor(context: VectorContext, columns: readonly ColumnInfo[]) {
    this.columns = columns;
    this.#context = context;
    this.#boxed = new BoxedCalls(columns, context.environment);
    const rowScope = context.program.scope(columns.map((column) => column.ref));
    this.#lowering = new ExpressionLowering({
      columns,
      valueOf: (expression) => context.valueOf(expression),
      closure: (expression) => this.#boxed.add(compile(expression, rowScope), expression.type),
    });
  }

  /** The expression over vectors; undefined when it has no form. */
  lower(expression: Expression): VectorExpression | undefined {
    return this.#lowering.lower(expression);
  }

  /** A numeric of several scales: see `ExpressionLowering.lowerMixed`. */
  lowerMixed(expression: Expression): ReturnType<ExpressionLowering['lowerMixed']> {
    return this.#lowering.lowerMixed(expression);
  }

  prepare(expression: VectorExpression): EvaluateVector {
    return prepareVector(expression, this.#context.registers, this.#boxed);
  }

  /** The address of a mask: 1 where the expression is true. */
  prepareMask(expression: VectorExpression): (batch: Batch) => number {
    return prepareMask(expression, this.#context.registers, this.#boxed);
  }
}
