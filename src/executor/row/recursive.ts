/**
 * WITH RECURSIVE: the base's rows, then the step over the rows that the last round added, until a round adds none. Without
 * ALL, a row that was seen before is not added again.
 */
import type { RecursiveNode } from '../../planner/physical.ts';
import type { Row } from '../../types/value.ts';
import type { Environment } from '../environment.ts';
import { tupleKey, type HashKey } from '../expression/value-order.ts';
import type { Operator } from './operator.ts';
import { pickPositions, type Pick } from './pick.ts';
import type { Factory, Program } from './program.ts';
import { SharedRows } from './shared-rows.ts';

export function prepareRecursive(node: RecursiveNode, program: Program): Factory {
  const base = program.prepare(node.base);
  const step = program.prepare(node.step);
  const basePick = pickPositions(node.basePositions);
  const stepPick = pickPositions(node.stepPositions);
  return (environment) => new Recursive(node, base, step, basePick, stepPick, environment);
}

class Recursive implements Operator {
  readonly #node: RecursiveNode;
  readonly #step: Factory;
  readonly #stepPick: Pick;
  readonly #environment: Environment;
  readonly #seen: Set<HashKey> | undefined;
  readonly #key: (row: Row) => HashKey;
  #round: Operator;
  #pick: Pick;
  #added: Row[] = [];

  constructor(node: RecursiveNode, base: Factory, step: Factory, basePick: Pick, stepPick: Pick, environment: Environment) {
    this.#node = node;
    this.#step = step;
    this.#stepPick = stepPick;
    this.#environment = environment;
    this.#seen = node.all ? undefined : new Set();
    this.#key = tupleKey(node.types);
    this.#round = base(environment);
    this.#pick = basePick;
  }

  async next(): Promise<Row[] | null> {
    for (;;) {
      this.#environment.context.checkCancelled();
      const batch = await this.#round.next();
      if (batch === null) {
        if (this.#added.length === 0) return null;
        this.#startRound();
        continue;
      }
      const fresh = this.#fresh(batch);
      if (fresh.length > 0) return fresh;
    }
  }

  close(): void {
    this.#round.close();
  }

  #startRound(): void {
    this.#round.close();
    this.#environment.shared.set(this.#node.id, new SharedRows(undefined, this.#added));
    this.#added = [];
    this.#pick = this.#stepPick;
    this.#round = this.#step(this.#environment);
  }

  #fresh(batch: Row[]): Row[] {
    let rows = batch.map(this.#pick);
    if (this.#seen !== undefined) {
      const seen = this.#seen;
      rows = rows.filter((row) => {
        const key = this.#key(row);
        if (seen.has(key)) return false;
        seen.add(key);
        return true;
      });
    }
    this.#environment.memory.keep(rows);
    for (const row of rows) this.#added.push(row);
    return rows;
  }
}
