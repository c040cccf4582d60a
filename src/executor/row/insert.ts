/** INSERT: rows completed, checked and written as they come; ON CONFLICT judged row by row. */
import type { InsertNode } from '../../planner/physical.ts';
import type { Row } from '../../types/value.ts';
import type { Environment } from '../environment.ts';
import { prepareConflict, type PreparedConflict } from './on-conflict.ts';
import { BATCH_ROWS_MAX, RowQueue, type Operator } from './operator.ts';
import { positionsOf } from './pick.ts';
import type { Factory, Program } from './program.ts';
import { TableWriter } from './table-writer.ts';
import { prepareTarget, type PreparedTarget } from './write-target.ts';
import { collectRows } from './collect.ts';

interface PreparedInsert {
  readonly node: InsertNode;
  readonly target: PreparedTarget;
  readonly positions: readonly number[];
  readonly conflict: PreparedConflict | undefined;
}

export function prepareInsert(node: InsertNode, program: Program): Factory {
  const source = program.prepare(node.source);
  const target = prepareTarget(node.target, program.scope([]));
  const prepared: PreparedInsert = {
    node,
    target,
    positions: positionsOf(node.source.output, node.values),
    conflict: node.onConflict === undefined ? undefined : prepareConflict(node.onConflict, target, program.scope([])),
  };
  return (environment) => new Insert(prepared, source(environment), environment);
}

class Insert implements Operator {
  readonly #insert: PreparedInsert;
  readonly #source: Operator;
  readonly #environment: Environment;
  readonly #writer: TableWriter;
  readonly #queue = new RowQueue();
  #started = false;

  constructor(insert: PreparedInsert, source: Operator, environment: Environment) {
    this.#insert = insert;
    this.#source = source;
    this.#environment = environment;
    this.#writer = new TableWriter(insert.target, environment);
  }

  async next(): Promise<Row[] | null> {
    if (!this.#started) {
      this.#started = true;
      this.#queue.refill(await this.#run());
    }
    return this.#queue.take();
  }

  close(): void {
    this.#source.close();
    this.#queue.refill([]);
  }

  /** Writes everything: what a statement writes does not depend on how much of RETURNING is pulled. */
  async #run(): Promise<Row[]> {
    const { node } = this.#insert;
    const environment = this.#environment;
    const returned: Row[] = [];
    let written = 0;
    const accept = async (batch: readonly Row[]): Promise<void> => {
      environment.context.checkCancelled();
      for (const source of batch) {
        const row = this.#rowOf(source);
        const result = this.#write(row);
        const kept = result instanceof Promise ? await result : result;
        if (kept === undefined) continue;
        written++;
        if (node.returning) returned.push(kept);
      }
    };
    if (node.collect) {
      const rows = await collectRows(this.#source, environment);
      for (let at = 0; at < rows.length; at += BATCH_ROWS_MAX) await accept(rows.slice(at, at + BATCH_ROWS_MAX));
    } else {
      for (let batch = await this.#source.next(); batch !== null; batch = await this.#source.next()) await accept(batch);
      this.#source.close();
    }
    environment.affected.set(node, written);
    return returned;
  }

  #rowOf(source: Row): Row {
    const { positions, target } = this.#insert;
    const row: Row = new Array(target.table.tree.columns.length);
    for (let at = 0; at < positions.length; at++) row[at] = source[positions[at]];
    if (target.table.tree.rowId !== undefined) row[target.table.tree.rowId] = this.#environment.transaction.newRowId();
    target.complete(row, this.#environment);
    return row;
  }

  /** The row that counts as written, or undefined when ON CONFLICT left it out. */
  #write(row: Row): Row | undefined | Promise<Row | undefined> {
    const { conflict } = this.#insert;
    if (conflict !== undefined) return conflict.write(row, this.#writer, this.#environment);
    const done = this.#writer.insert(row);
    return done instanceof Promise ? done.then(() => row) : row;
  }
}
