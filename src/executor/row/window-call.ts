/** One window call over one partition: pure window functions row by row, aggregates by moving their frame. */
import type { AggregateCall, SortKey, WindowCall, WindowFrameClause } from '../../binder/expression.ts';
import type { Accumulator, WindowFrame, WindowFunction } from '../../types/function.ts';
import type { Row, Value } from '../../types/value.ts';
import type { Environment } from '../environment.ts';
import { compile, compileTest } from '../expression/compile.ts';
import type { Evaluate, Scope, Test } from '../expression/scope.ts';
import { accumulatorOf } from './fold.ts';
import { compileFrame, type FrameOf, type PreparedFrame } from './window-frame.ts';
import type { Partition } from './window-partition.ts';

/** The call's value for each row of the partition. */
export type WindowCompute = (partition: Partition, environment: Environment) => readonly Value[];

export function compileWindowCall(call: WindowCall, clause: WindowFrameClause, orderBy: readonly SortKey[], scope: Scope): WindowCompute {
  const frame = compileFrame(clause, orderBy, scope);
  if ('kind' in call.function) {
    const args = call.args.map((arg) => compile(arg, scope));
    return pureFunction(call.function, args, clause, frame);
  }
  return movingAggregate(call.function, clause, frame, scope);
}

function pureFunction(fn: WindowFunction, args: readonly Evaluate[], clause: WindowFrameClause, frame: PreparedFrame): WindowCompute {
  return (partition, environment) => {
    const view = new FrameView(partition, environment, args, clause.exclude, frame(partition, environment));
    return partition.rows.map((_, row) => {
      view.moveTo(row);
      return fn.evaluate(view);
    });
  };
}

class FrameView implements WindowFrame {
  readonly context: WindowFrame['context'];
  readonly #partition: Partition;
  readonly #environment: Environment;
  readonly #args: readonly Evaluate[];
  readonly #exclude: WindowFrameClause['exclude'];
  readonly #frameOf: FrameOf;
  #row = 0;
  #pieces: readonly (readonly [start: number, end: number])[] | undefined;

  constructor(
    partition: Partition,
    environment: Environment,
    args: readonly Evaluate[],
    exclude: WindowFrameClause['exclude'],
    frameOf: FrameOf,
  ) {
    this.context = environment.context;
    this.#partition = partition;
    this.#environment = environment;
    this.#args = args;
    this.#exclude = exclude;
    this.#frameOf = frameOf;
  }

  moveTo(row: number): void {
    this.#row = row;
    this.#pieces = undefined;
  }

  get row(): number {
    return this.#row;
  }

  get rowCount(): number {
    return this.#partition.rows.length;
  }

  get peerStart(): number {
    return this.#partition.peerStart(this.#row);
  }

  get peerEnd(): number {
    return this.#partition.peerEnd(this.#row);
  }

  get peerGroup(): number {
    return this.#partition.groupOf[this.#row];
  }

  get frameSize(): number {
    let size = 0;
    for (const [start, end] of this.#frame()) size += end - start;
    return size;
  }

  frameRow(index: number): number {
    for (const [start, end] of this.#frame()) {
      if (index < end - start) return start + index;
      index -= end - start;
    }
    return -1;
  }

  argument(index: number, row: number): Value {
    return this.#args[index](this.#partition.rows[row], this.#environment);
  }

  #frame(): readonly (readonly [number, number])[] {
    this.#pieces ??= piecesOf(this.#partition, this.#frameOf, this.#exclude, this.#row);
    return this.#pieces;
  }
}

/** The frame's rows as ranges, what EXCLUDE names taken out. */
function piecesOf(
  partition: Partition,
  frameOf: FrameOf,
  exclude: WindowFrameClause['exclude'],
  row: number,
): readonly (readonly [number, number])[] {
  const { start, end } = frameOf(row);
  switch (exclude) {
    case 'no others':
      return [[start, end]];
    case 'current row':
      return without(start, end, row, row + 1);
    case 'group':
      return without(start, end, partition.peerStart(row), partition.peerEnd(row));
    case 'ties':
      return [
        ...clip(start, end, 0, partition.peerStart(row)),
        ...clip(start, end, row, row + 1),
        ...clip(start, end, partition.peerEnd(row), partition.rows.length),
      ];
  }
}

function without(start: number, end: number, from: number, to: number): readonly (readonly [number, number])[] {
  return [...clip(start, end, 0, from), ...clip(start, end, to, Infinity)];
}

function clip(start: number, end: number, from: number, to: number): readonly (readonly [number, number])[] {
  const first = Math.max(start, from);
  const last = Math.min(end, to);
  return first < last ? [[first, last]] : [];
}

interface AggregateArguments {
  readonly args: readonly Evaluate[];
  readonly filter: Test | undefined;
  readonly strict: boolean;
  readonly make: () => Accumulator;
}

function movingAggregate(call: AggregateCall, clause: WindowFrameClause, frame: PreparedFrame, scope: Scope): WindowCompute {
  const prepared: AggregateArguments = {
    args: call.args.map((arg) => compile(arg, scope)),
    filter: call.filter === undefined ? undefined : compileTest(call.filter, scope),
    strict: call.function.strict,
    make: accumulatorOf(call),
  };
  return (partition, environment) => {
    const values = argumentsOf(partition, prepared, environment);
    const frameOf = frame(partition, environment);
    return clause.exclude === 'no others'
      ? sliding(partition, frameOf, values, prepared, environment)
      : recomputed(partition, frameOf, clause.exclude, values, prepared, environment);
  };
}

/** What each row gives to the aggregate; undefined when FILTER or a null in a strict call leaves it out. */
function argumentsOf(partition: Partition, call: AggregateArguments, environment: Environment): readonly (Row | undefined)[] {
  return partition.rows.map((row) => {
    if (call.filter !== undefined && !call.filter(row, environment)) return undefined;
    const values = call.args.map((arg) => arg(row, environment));
    return call.strict && values.includes(null) ? undefined : values;
  });
}

/** Frames whose ends only move forward are extended and, where the aggregate can take steps back, shortened; else started anew. */
function sliding(
  partition: Partition,
  frameOf: FrameOf,
  values: readonly (Row | undefined)[],
  call: AggregateArguments,
  environment: Environment,
): readonly Value[] {
  const results: Value[] = [];
  const { context } = environment;
  let accumulator = call.make();
  let start = 0;
  let end = 0;
  let last: Value = null;
  let known = false;
  for (let row = 0; row < partition.rows.length; row++) {
    const frame = frameOf(row);
    const retract = accumulator.retract?.bind(accumulator);
    if (frame.start < start || frame.end < end || frame.start > end || (frame.start > start && retract === undefined)) {
      accumulator = call.make();
      start = frame.start;
      end = frame.start;
      known = false;
    }
    for (; start < frame.start; start++) {
      const taken = values[start];
      known = false;
      if (taken !== undefined && retract !== undefined) retract(context, ...taken);
    }
    for (; end < frame.end; end++) {
      const added = values[end];
      known = false;
      if (added !== undefined) accumulator.step(context, ...added);
    }
    if (!known) {
      last = accumulator.finish(context, []);
      known = true;
    }
    results.push(last);
  }
  return results;
}

function recomputed(
  partition: Partition,
  frameOf: FrameOf,
  exclude: WindowFrameClause['exclude'],
  values: readonly (Row | undefined)[],
  call: AggregateArguments,
  environment: Environment,
): readonly Value[] {
  return partition.rows.map((_, row) => {
    const accumulator = call.make();
    for (const [start, end] of piecesOf(partition, frameOf, exclude, row)) {
      for (let at = start; at < end; at++) {
        const added = values[at];
        if (added !== undefined) accumulator.step(environment.context, ...added);
      }
    }
    return accumulator.finish(environment.context, []);
  });
}
