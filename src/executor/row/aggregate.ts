/**
 * Grouping by hash. Groups come out in the order in which their first rows came in. Grouping sets are computed in one pass,
 * each with a table of its own; a column outside a set reads as null in that set's rows.
 */
import type { AggregateNode } from '../../planner/physical.ts';
import type { Row, Value } from '../../types/value.ts';
import type { Environment } from '../environment.ts';
import { compile } from '../expression/compile.ts';
import type { Evaluate } from '../expression/scope.ts';
import { tupleKey, type HashKey } from '../expression/value-order.ts';
import { compileAggregate, type Fold, type PreparedFold } from './fold.ts';
import { drain, RowQueue, type Operator } from './operator.ts';
import { compilePick, type Pick } from './pick.ts';
import type { Factory, Program } from './program.ts';

interface PreparedAggregate {
  readonly node: AggregateNode;
  readonly groups: readonly Evaluate[];
  readonly folds: readonly PreparedFold[];
  readonly sets: readonly PreparedSet[];
  readonly pick: Pick | undefined;
}

/** One grouping set: the groups it keeps, and the GROUPING() values of its rows. */
interface PreparedSet {
  readonly members: readonly number[];
  readonly keyOf: ((values: readonly Value[]) => HashKey) | undefined;
  readonly grouping: readonly number[];
}

export function prepareAggregate(node: AggregateNode, program: Program): Factory {
  const input = program.prepare(node.input);
  const scope = program.scope(node.input.output);
  const all = node.groups.map((_, at) => at);
  const prepared: PreparedAggregate = {
    node,
    groups: node.groups.map((group) => compile(group.expression, scope)),
    folds: node.aggregates.map((item) => compileAggregate(item.call, scope)),
    sets: (node.sets ?? [all]).map((members) => prepareSet(node, members)),
    pick: compilePick(
      [...node.groups, ...node.aggregates, ...node.grouping].map((item) => item.ref),
      node.output,
    ),
  };
  return (environment) => new Aggregate(prepared, input(environment), environment);
}

function prepareSet(node: AggregateNode, members: readonly number[]): PreparedSet {
  return {
    members,
    keyOf: members.length === 0 ? undefined : tupleKey(members.map((member) => node.groups[member].expression.type)),
    // One bit per argument, the last one lowest: set when the column is not grouped in this set.
    grouping: node.grouping.map((item) => item.groups.reduce((bits, group) => bits * 2 + (members.includes(group) ? 0 : 1), 0)),
  };
}

interface Group {
  readonly values: Row;
  readonly folds: readonly Fold[];
}

class Aggregate implements Operator {
  readonly #aggregate: PreparedAggregate;
  readonly #input: Operator;
  readonly #environment: Environment;
  readonly #tables: Map<HashKey, Group>[];
  readonly #queue = new RowQueue();
  #started = false;

  constructor(aggregate: PreparedAggregate, input: Operator, environment: Environment) {
    this.#aggregate = aggregate;
    this.#input = input;
    this.#environment = environment;
    this.#tables = aggregate.sets.map(() => new Map());
  }

  next(): Row[] | null | Promise<Row[] | null> {
    if (this.#started) return this.#queue.take();
    this.#started = true;
    const done = drain(this.#input, (batch) => this.#accept(batch));
    if (done instanceof Promise) return done.then(() => this.#finish());
    return this.#finish();
  }

  close(): void {
    this.#input.close();
    this.#queue.refill([]);
  }

  #accept(batch: Row[]): void {
    this.#environment.context.checkCancelled();
    const { groups, sets } = this.#aggregate;
    const environment = this.#environment;
    const values: Row = new Array(groups.length);
    for (const row of batch) {
      for (let at = 0; at < groups.length; at++) values[at] = groups[at](row, environment);
      for (let at = 0; at < sets.length; at++) {
        const group = this.#groupOf(at, values);
        for (const fold of group.folds) fold.add(row, environment);
      }
    }
  }

  #groupOf(set: number, values: Row): Group {
    const { members, keyOf } = this.#aggregate.sets[set];
    const table = this.#tables[set];
    const key =
      keyOf === undefined ? '' : members.length === values.length ? keyOf(values) : keyOf(members.map((member) => values[member]));
    const known = table.get(key);
    if (known !== undefined) return known;
    const group = this.#newGroup(
      members.length === values.length ? values.slice() : values.map((value, at) => (members.includes(at) ? value : null)),
    );
    this.#environment.memory.keep([group.values]);
    table.set(key, group);
    return group;
  }

  #newGroup(values: Row): Group {
    return { values, folds: this.#aggregate.folds.map((fold) => fold()) };
  }

  #finish(): Row[] | null {
    const { sets, groups, pick } = this.#aggregate;
    const rows: Row[] = [];
    for (const [at, set] of sets.entries()) {
      const table = this.#tables[at];
      if (table.size === 0 && set.members.length === 0) table.set('', this.#newGroup(groups.map(() => null)));
      for (const group of table.values()) {
        const row: Row = [...group.values, ...group.folds.map((fold) => fold.finish(this.#environment)), ...set.grouping];
        rows.push(pick === undefined ? row : pick(row));
      }
      table.clear();
    }
    this.#queue.refill(rows);
    return this.#queue.take();
  }
}
