import type { ProjectNode } from '../../planner/physical.ts';
import { mayWait } from '../../planner/expression-tools.ts';
import type { Row } from '../../types/value.ts';
import type { Environment } from '../environment.ts';
import { compile } from '../expression/compile.ts';
import type { Evaluate, EvaluateWaiting } from '../expression/scope.ts';
import { compileWaiting, inOrder } from '../expression/waiting.ts';
import type { Operator } from './operator.ts';
import { pickPositions } from './pick.ts';
import type { Factory, Program } from './program.ts';

/** Computes each item for each row. */
export function prepareProject(node: ProjectNode, program: Program): Factory {
  const input = program.prepare(node.input);
  const scope = program.scope(node.input.output);
  const expressions = node.items.map((item) => item.expression);
  if (expressions.some(mayWait)) {
    const items = expressions.map((expression) => compileWaiting(expression, scope));
    return (environment) => new WaitingProject(input(environment), items, environment);
  }
  const positions = expressions.map((expression) => (expression.kind === 'column' ? scope.layout.get(expression.ref) : undefined));
  const make = positions.every((position) => position !== undefined)
    ? pickPositions(positions)
    : computeAll(expressions.map((expression) => compile(expression, scope)));
  return (environment) => new Project(input(environment), make, environment);
}

type MakeRow = (row: Row, environment: Environment) => Row;

function computeAll(items: readonly Evaluate[]): MakeRow {
  return (row, environment) => {
    const made: Row = new Array(items.length);
    for (let at = 0; at < items.length; at++) made[at] = items[at](row, environment);
    return made;
  };
}

class Project implements Operator {
  readonly #input: Operator;
  readonly #make: MakeRow;
  readonly #environment: Environment;

  constructor(input: Operator, make: MakeRow, environment: Environment) {
    this.#input = input;
    this.#make = make;
    this.#environment = environment;
  }

  next(): Row[] | null | Promise<Row[] | null> {
    const batch = this.#input.next();
    return batch instanceof Promise ? batch.then((settled) => this.#project(settled)) : this.#project(batch);
  }

  close(): void {
    this.#input.close();
  }

  #project(batch: Row[] | null): Row[] | null {
    if (batch === null) return null;
    const made: Row[] = new Array(batch.length);
    for (let at = 0; at < batch.length; at++) made[at] = this.#make(batch[at], this.#environment);
    return made;
  }
}

class WaitingProject implements Operator {
  readonly #input: Operator;
  readonly #items: readonly EvaluateWaiting[];
  readonly #environment: Environment;

  constructor(input: Operator, items: readonly EvaluateWaiting[], environment: Environment) {
    this.#input = input;
    this.#items = items;
    this.#environment = environment;
  }

  async next(): Promise<Row[] | null> {
    const batch = await this.#input.next();
    if (batch === null) return null;
    const made: Row[] = [];
    for (const row of batch) {
      const values = inOrder(this.#items, (item) => item(row, this.#environment));
      made.push(values instanceof Promise ? await values : values);
    }
    return made;
  }

  close(): void {
    this.#input.close();
  }
}
