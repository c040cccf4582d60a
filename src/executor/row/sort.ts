import type { SortNode } from '../../planner/physical.ts';
import type { Row } from '../../types/value.ts';
import type { Environment } from '../environment.ts';
import { compile } from '../expression/compile.ts';
import type { Evaluate } from '../expression/scope.ts';
import { rowOrder, sortOrder } from '../expression/value-order.ts';
import { prepareBounds, type ResolveBounds } from './limit.ts';
import { drain, RowQueue, type Operator } from './operator.ts';
import { compilePick, type Pick } from './pick.ts';
import type { Factory, Program } from './program.ts';

/** Sorts its input, stably; with `top`, keeps no more than twice the rows that can be among the first. */
export function prepareSort(node: SortNode, program: Program): Factory {
  const input = program.prepare(node.input);
  const scope = program.scope(node.input.output);
  const keys = node.keys.map((key) => compile(key.expression, scope));
  const order = rowOrder(node.keys.map((key) => sortOrder(key, key.expression.type)));
  const pick = compilePick(node.input.output, node.output);
  const top = node.top === undefined ? undefined : prepareBounds(node.top.limit, node.top.offset, program);
  return (environment) => new Sort(input(environment), keys, order, pick, top, environment);
}

/** A row beside its key values; `position` in the input makes the order total, and so the sort stable. */
interface Keyed {
  readonly key: Row;
  readonly row: Row;
  readonly position: number;
}

const TOP_ROWS_MAX = 100_000;

class Sort implements Operator {
  readonly #input: Operator;
  readonly #keys: readonly Evaluate[];
  readonly #order: (a: Keyed, b: Keyed) => number;
  readonly #pick: Pick | undefined;
  readonly #top: ResolveBounds | undefined;
  readonly #environment: Environment;
  readonly #queue = new RowQueue();
  #kept: Keyed[] = [];
  #count = 0;
  #bytes = 0;
  #sorted = false;
  #cutoff: Keyed | undefined;

  constructor(
    input: Operator,
    keys: readonly Evaluate[],
    order: (a: Row, b: Row) => number,
    pick: Pick | undefined,
    top: ResolveBounds | undefined,
    environment: Environment,
  ) {
    this.#input = input;
    this.#keys = keys;
    this.#order = (a, b) => order(a.key, b.key) || a.position - b.position;
    this.#pick = pick;
    this.#top = top;
    this.#environment = environment;
  }

  next(): Row[] | null | Promise<Row[] | null> {
    if (this.#sorted) return this.#queue.take();
    const bounds = this.#top?.(this.#environment);
    if (bounds instanceof Promise) return bounds.then((settled) => this.#run(settled.limit + settled.offset));
    return this.#run(bounds === undefined ? Infinity : bounds.limit + bounds.offset);
  }

  close(): void {
    this.#input.close();
    this.#queue.refill([]);
    this.#environment.memory.release(this.#bytes);
    this.#bytes = 0;
  }

  #run(top: number): Row[] | null | Promise<Row[] | null> {
    this.#sorted = true;
    const done = drain(this.#input, (batch) => this.#accept(batch, top));
    if (done instanceof Promise) return done.then(() => this.#finish(top));
    return this.#finish(top);
  }

  #accept(batch: Row[], top: number): void {
    if (top > TOP_ROWS_MAX) this.#bytes += this.#environment.memory.keep(batch);
    for (const row of batch) {
      const key: Row = new Array(this.#keys.length);
      for (let at = 0; at < this.#keys.length; at++) key[at] = this.#keys[at](row, this.#environment);
      const keyed = { key, row, position: this.#count++ };
      if (this.#cutoff === undefined || this.#order(keyed, this.#cutoff) < 0) this.#kept.push(keyed);
    }
    if (top <= TOP_ROWS_MAX && this.#kept.length > 2 * top + 1024) this.#trim(top);
  }

  /** Forgets the rows that cannot be among the first `top` any more. */
  #trim(top: number): void {
    this.#kept.sort(this.#order);
    this.#kept.length = Math.min(this.#kept.length, top);
    this.#cutoff = this.#kept.at(-1);
  }

  #finish(top: number): Row[] | null {
    this.#kept.sort(this.#order);
    const wanted = this.#kept.length > top ? this.#kept.slice(0, top) : this.#kept;
    const pick = this.#pick;
    this.#queue.refill(pick === undefined ? wanted.map((keyed) => keyed.row) : wanted.map((keyed) => pick(keyed.row)));
    this.#kept = [];
    return this.#queue.take();
  }
}
