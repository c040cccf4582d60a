import type { FunctionScanNode } from '../../planner/physical.ts';
import type { Row } from '../../types/value.ts';
import type { Environment } from '../environment.ts';
import { BATCH_ROWS_MAX, type Operator } from './operator.ts';
import type { Factory, Program } from './program.ts';
import { compileSetCall, type OpenSet } from './set-call.ts';

/** Functions in FROM: their rows side by side, the shorter padded with nulls, numbered from 1 when asked. */
export function prepareFunctionScan(node: FunctionScanNode, program: Program): Factory {
  const scope = program.scope([]);
  const calls = node.calls.map((item) => ({ open: compileSetCall(item.call, scope, item.columns.length), width: item.columns.length }));
  return (environment) => new FunctionScan(calls, node.ordinality, environment);
}

interface PreparedCall {
  readonly open: OpenSet;
  readonly width: number;
}

class FunctionScan implements Operator {
  readonly #calls: readonly PreparedCall[];
  readonly #ordinality: boolean;
  readonly #environment: Environment;
  #sets: Iterator<Row>[] | undefined;
  #number = 0;

  constructor(calls: readonly PreparedCall[], ordinality: boolean, environment: Environment) {
    this.#calls = calls;
    this.#ordinality = ordinality;
    this.#environment = environment;
  }

  next(): Row[] | null | Promise<Row[] | null> {
    if (this.#sets === undefined) {
      const opened = this.#calls.map((call) => call.open([], this.#environment));
      if (opened.some((set) => set instanceof Promise)) return Promise.all(opened).then((sets) => this.#start(sets));
      return this.#start(opened as Iterator<Row>[]);
    }
    return this.#batch(this.#sets);
  }

  close(): void {
    this.#sets = [];
  }

  #start(sets: Iterator<Row>[]): Row[] | null {
    this.#sets = sets;
    return this.#batch(sets);
  }

  #batch(sets: readonly Iterator<Row>[]): Row[] | null {
    if (sets.length === 0) return null;
    this.#environment.context.checkCancelled();
    const rows: Row[] = [];
    while (rows.length < BATCH_ROWS_MAX) {
      const steps = sets.map((set) => set.next());
      if (steps.every((step) => step.done === true)) break;
      const row: Row = [];
      for (const [at, step] of steps.entries()) {
        if (step.done === true) for (let column = 0; column < this.#calls[at].width; column++) row.push(null);
        else row.push(...step.value);
      }
      this.#number++;
      if (this.#ordinality) row.push(this.#number);
      rows.push(row);
    }
    return rows.length > 0 ? rows : null;
  }
}
