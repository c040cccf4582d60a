/**
 * Window functions. All calls of a node share one partitioning and order: the input is collected, sorted by partition and
 * order, cut into partitions, and each call is computed over each partition.
 */
import type { WindowNode } from '../../planner/physical.ts';
import type { Row, Value } from '../../types/value.ts';
import type { Environment } from '../environment.ts';
import { compile } from '../expression/compile.ts';
import type { Evaluate } from '../expression/scope.ts';
import { rowOrder, sortOrder, tupleKey, type Compare, type HashKey } from '../expression/value-order.ts';
import { drain, RowQueue, type Operator } from './operator.ts';
import { compilePick, type Pick } from './pick.ts';
import type { Factory, Program } from './program.ts';
import { compileWindowCall, type WindowCompute } from './window-call.ts';
import { Partition } from './window-partition.ts';

interface PreparedWindow {
  readonly partitionBy: readonly Evaluate[];
  readonly partitionKey: (values: readonly Value[]) => HashKey;
  readonly orderBy: readonly Evaluate[];
  readonly orders: readonly Compare[];
  readonly calls: readonly WindowCompute[];
  readonly pick: Pick | undefined;
}

export function prepareWindow(node: WindowNode, program: Program): Factory {
  const input = program.prepare(node.input);
  const scope = program.scope(node.input.output);
  const prepared: PreparedWindow = {
    partitionBy: node.partitionBy.map((expression) => compile(expression, scope)),
    partitionKey: tupleKey(node.partitionBy.map((expression) => expression.type)),
    orderBy: node.orderBy.map((key) => compile(key.expression, scope)),
    orders: node.orderBy.map((key) => sortOrder(key, key.expression.type)),
    calls: node.calls.map((item) => compileWindowCall(item.call, item.frame, node.orderBy, scope)),
    pick: compilePick([...node.input.output, ...node.calls.map((item) => item.ref)], node.output),
  };
  return (environment) => new Window(prepared, input(environment), environment);
}

class Window implements Operator {
  readonly #window: PreparedWindow;
  readonly #input: Operator;
  readonly #environment: Environment;
  readonly #queue = new RowQueue();
  readonly #partitions = new Map<HashKey, { row: Row; key: Row }[]>();
  #bytes = 0;
  #started = false;

  constructor(window: PreparedWindow, input: Operator, environment: Environment) {
    this.#window = window;
    this.#input = input;
    this.#environment = environment;
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
    this.#environment.memory.release(this.#bytes);
    this.#bytes = 0;
  }

  #accept(batch: Row[]): void {
    this.#bytes += this.#environment.memory.keep(batch);
    const { partitionBy, partitionKey, orderBy } = this.#window;
    for (const row of batch) {
      const id = partitionBy.length === 0 ? '' : partitionKey(partitionBy.map((part) => part(row, this.#environment)));
      const entry = { row, key: orderBy.map((key) => key(row, this.#environment)) };
      const partition = this.#partitions.get(id);
      if (partition === undefined) this.#partitions.set(id, [entry]);
      else partition.push(entry);
    }
  }

  #finish(): Row[] | null {
    const { orders, calls, pick } = this.#window;
    const order = orders.length === 0 ? undefined : rowOrder(orders);
    const rows: Row[] = [];
    for (const entries of this.#partitions.values()) {
      this.#environment.context.checkCancelled();
      if (order !== undefined) entries.sort((a, b) => order(a.key, b.key));
      const partition = new Partition(
        entries.map((entry) => entry.row),
        entries.map((entry) => entry.key),
        order,
      );
      const results = calls.map((call) => call(partition, this.#environment));
      for (const [at, { row }] of entries.entries()) {
        const whole = [...row, ...results.map((values) => values[at])];
        rows.push(pick === undefined ? whole : pick(whole));
      }
    }
    this.#partitions.clear();
    this.#queue.refill(rows);
    return this.#queue.take();
  }
}
