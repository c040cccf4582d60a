import type { FilterNode } from '../../planner/physical.ts';
import { mayWait } from '../../planner/expression-tools.ts';
import type { Row } from '../../types/value.ts';
import type { Environment } from '../environment.ts';
import { compileTest } from '../expression/compile.ts';
import type { EvaluateWaiting, Test } from '../expression/scope.ts';
import { compileWaiting } from '../expression/waiting.ts';
import { pull, type Operator } from './operator.ts';
import { compilePick, type Pick } from './pick.ts';
import type { Factory, Program } from './program.ts';

/** Lets the rows through for which the condition is true. */
export function prepareFilter(node: FilterNode, program: Program): Factory {
  const input = program.prepare(node.input);
  const scope = program.scope(node.input.output);
  const pick = compilePick(node.input.output, node.output);
  if (mayWait(node.condition)) {
    const condition = compileWaiting(node.condition, scope);
    return (environment) => new WaitingFilter(input(environment), condition, pick, environment);
  }
  const test = compileTest(node.condition, scope);
  return (environment) => new Filter(input(environment), test, pick, environment);
}

class Filter implements Operator {
  readonly #input: Operator;
  readonly #test: Test;
  readonly #pick: Pick | undefined;
  readonly #environment: Environment;

  constructor(input: Operator, test: Test, pick: Pick | undefined, environment: Environment) {
    this.#input = input;
    this.#test = test;
    this.#pick = pick;
    this.#environment = environment;
  }

  next(): Row[] | null | Promise<Row[] | null> {
    return pull(this.#input, (batch) => {
      if (batch === null) return null;
      const kept: Row[] = [];
      for (const row of batch) if (this.#test(row, this.#environment)) kept.push(this.#pick === undefined ? row : this.#pick(row));
      return kept.length > 0 ? kept : undefined;
    });
  }

  close(): void {
    this.#input.close();
  }
}

class WaitingFilter implements Operator {
  readonly #input: Operator;
  readonly #condition: EvaluateWaiting;
  readonly #pick: Pick | undefined;
  readonly #environment: Environment;

  constructor(input: Operator, condition: EvaluateWaiting, pick: Pick | undefined, environment: Environment) {
    this.#input = input;
    this.#condition = condition;
    this.#pick = pick;
    this.#environment = environment;
  }

  async next(): Promise<Row[] | null> {
    for (;;) {
      const batch = await this.#input.next();
      if (batch === null) return null;
      const kept: Row[] = [];
      for (const row of batch) {
        const holds = this.#condition(row, this.#environment);
        if ((holds instanceof Promise ? await holds : holds) === true) kept.push(this.#pick === undefined ? row : this.#pick(row));
      }
      if (kept.length > 0) return kept;
    }
  }

  close(): void {
    this.#input.close();
  }
}
