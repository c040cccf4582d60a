import { SqlError } from '../../base/sql-error.ts';
import type { Expression } from '../../binder/expression.ts';
import type { LimitNode } from '../../planner/physical.ts';
import type { Row, Value } from '../../types/value.ts';
import type { Environment } from '../environment.ts';
import { compile } from '../expression/compile.ts';
import type { EvaluateWaiting } from '../expression/scope.ts';
import { rowOrder, sortOrder } from '../expression/value-order.ts';
import { compileWaiting } from '../expression/waiting.ts';
import type { Operator } from './operator.ts';
import type { Factory, Program } from './program.ts';

/** Skips `offset` rows, passes `limit`, and with ties those that sort equal to the last one. */
export function prepareLimit(node: LimitNode, program: Program): Factory {
  const input = program.prepare(node.input);
  const bounds = prepareBounds(node.limit, node.offset, program);
  const scope = program.scope(node.input.output);
  const ties =
    node.ties === undefined
      ? undefined
      : {
          keys: node.ties.map((key) => compile(key.expression, scope)),
          order: rowOrder(node.ties.map((key) => sortOrder(key, key.expression.type))),
        };
  return (environment) => {
    const keyOf = ties === undefined ? undefined : (row: Row): Row => ties.keys.map((key) => key(row, environment));
    return new Limit(
      input(environment),
      bounds,
      environment,
      keyOf === undefined || ties === undefined ? undefined : (a, b) => ties.order(keyOf(a), keyOf(b)) === 0,
    );
  };
}

export interface Bounds {
  readonly limit: number;
  readonly offset: number;
}

export type ResolveBounds = (environment: Environment) => Bounds | Promise<Bounds>;

/** LIMIT and OFFSET as numbers: null means none, negative is 2201W or 2201X. */
export function prepareBounds(limit: Expression | undefined, offset: Expression | undefined, program: Program): ResolveBounds {
  const scope = program.scope([]);
  const evaluate = (expression: Expression | undefined): EvaluateWaiting =>
    expression === undefined ? () => null : compileWaiting(expression, scope);
  const limitOf = evaluate(limit);
  const offsetOf = evaluate(offset);
  return (environment) => {
    const limitValue = limitOf([], environment);
    const offsetValue = offsetOf([], environment);
    if (limitValue instanceof Promise || offsetValue instanceof Promise)
      return Promise.all([limitValue, offsetValue]).then(([a, b]) => boundsOf(a, b));
    return boundsOf(limitValue, offsetValue);
  };
}

function boundsOf(limit: Value, offset: Value): Bounds {
  const count = limit === null ? Infinity : Number(limit);
  const skip = offset === null ? 0 : Number(offset);
  if (skip < 0) throw new SqlError('invalid_row_count_in_result_offset_clause', 'OFFSET must not be negative');
  if (count < 0) throw new SqlError('invalid_row_count_in_limit_clause', 'LIMIT must not be negative');
  return { limit: count, offset: skip };
}

class Limit implements Operator {
  readonly #input: Operator;
  readonly #resolve: ResolveBounds;
  readonly #environment: Environment;
  readonly #tied: ((a: Row, b: Row) => boolean) | undefined;
  #skip = -1;
  #left = 0;
  #last: Row | undefined;

  constructor(input: Operator, resolve: ResolveBounds, environment: Environment, tied: ((a: Row, b: Row) => boolean) | undefined) {
    this.#input = input;
    this.#resolve = resolve;
    this.#environment = environment;
    this.#tied = tied;
  }

  next(): Row[] | null | Promise<Row[] | null> {
    if (this.#skip < 0) {
      const bounds = this.#resolve(this.#environment);
      if (bounds instanceof Promise) return bounds.then((settled) => this.#start(settled));
      return this.#start(bounds);
    }
    return this.#more();
  }

  close(): void {
    this.#input.close();
  }

  #start(bounds: Bounds): Row[] | null | Promise<Row[] | null> {
    this.#skip = bounds.offset;
    this.#left = bounds.limit;
    return this.#more();
  }

  #more(): Row[] | null | Promise<Row[] | null> {
    for (;;) {
      if (this.#left <= 0 && (this.#last === undefined || this.#tied === undefined)) {
        this.#input.close();
        return null;
      }
      const batch = this.#input.next();
      if (batch instanceof Promise) return batch.then((settled) => (settled === null ? null : (this.#cut(settled) ?? this.#more())));
      if (batch === null) return null;
      const cut = this.#cut(batch);
      if (cut !== undefined) return cut;
    }
  }

  #cut(batch: Row[]): Row[] | undefined {
    let rows = batch;
    if (this.#skip > 0) {
      const skipped = Math.min(this.#skip, rows.length);
      this.#skip -= skipped;
      rows = rows.slice(skipped);
    }
    const taken = rows.length <= this.#left ? rows : rows.slice(0, this.#left);
    this.#left -= taken.length;
    if (taken.length > 0) this.#last = taken[taken.length - 1];
    const result = this.#left <= 0 && this.#tied !== undefined ? taken.concat(this.#ties(rows.slice(taken.length))) : taken;
    return result.length > 0 ? result : undefined;
  }

  #ties(rows: Row[]): Row[] {
    const last = this.#last;
    const tied = this.#tied;
    if (last === undefined || tied === undefined) return [];
    const end = rows.findIndex((row) => !tied(row, last));
    if (end >= 0) this.#last = undefined;
    return end < 0 ? rows : rows.slice(0, end);
  }
}
