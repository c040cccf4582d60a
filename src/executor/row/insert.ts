/** INSERT: rows completed, checked and written as they come; ON CONFLICT judged row by row. */
import type { InsertNode, PhysicalPlan } from '../../planner/physical.ts';
import type { Row } from '../../types/value.ts';
import type { Environment } from '../environment.ts';
import { BULK_ROWS_MIN, BulkInsert } from './bulk-insert.ts';
import { prepareConflict, type PreparedConflict } from './on-conflict.ts';
import type { Operator } from './operator.ts';
import { positionsOf } from './pick.ts';
import type { Factory, Program } from './program.ts';
import { TableWriter } from './table-writer.ts';
import { prepareTarget, type PreparedTarget } from './write-target.ts';
import { collectRows, forEachRow } from './collect.ts';
import { chain } from '../expression/waiting.ts';
import { writingOperator } from './writing.ts';

interface PreparedInsert {
  readonly node: InsertNode;
  readonly target: PreparedTarget;
  readonly positions: readonly number[];
  readonly conflict: PreparedConflict | undefined;
  /** Whether it may turn into a bulk load: nobody else writes the table, and rows come from a source that may be long. */
  readonly mayBeLarge: boolean;
}

export function prepareInsert(node: InsertNode, program: Program): Factory {
  const source = program.prepare(node.source);
  const target = prepareTarget(node.target, program.scope([]));
  const prepared: PreparedInsert = {
    node,
    target,
    positions: positionsOf(node.source.output, node.values),
    conflict: node.onConflict === undefined ? undefined : prepareConflict(node.onConflict, target, program.scope([])),
    mayBeLarge: node.onConflict === undefined && !program.writesElsewhere && !hasFewRows(node.source),
  };
  return (environment) => writingOperator(() => new Insertion(prepared, environment).run(source(environment)));
}

/** One run of the insert. */
class Insertion {
  readonly #insert: PreparedInsert;
  readonly #environment: Environment;
  readonly #writer: TableWriter;
  readonly #returned: Row[] = [];
  #written = 0;
  /** Completed rows not written yet, while there may be enough of them for a bulk load. */
  #held: Row[] | undefined;
  #bulk: BulkInsert | undefined;

  constructor(insert: PreparedInsert, environment: Environment) {
    this.#insert = insert;
    this.#environment = environment;
    this.#writer = new TableWriter(insert.target, environment);
    this.#held = insert.mayBeLarge ? [] : undefined;
  }

  /** Writes everything: what a statement writes does not depend on how much of RETURNING is pulled. */
  run(source: Operator): Row[] | Promise<Row[]> {
    const { node } = this.#insert;
    const done = node.collect ? chain(collectRows(source, this.#environment), (rows) => this.#writeAll(rows)) : this.#stream(source);
    return chain(
      chain(done, () => this.#finish()),
      () => {
        this.#environment.affected.set(node, this.#written);
        return this.#returned;
      },
    );
  }

  #finish(): void | Promise<void> {
    if (this.#bulk !== undefined) return this.#bulk.finish();
    return this.#held === undefined ? undefined : forEachRow(this.#held, (row) => this.#writer.insert(row));
  }

  /** Puts a completed row where it belongs by how many came so far. */
  #place(row: Row): void | Promise<void> {
    if (this.#bulk !== undefined) return this.#bulk.add(row);
    if (this.#held === undefined) return this.#writer.insert(row);
    this.#held.push(row);
    if (this.#held.length < BULK_ROWS_MIN) return;
    const held = this.#held;
    const bulk = new BulkInsert(this.#insert.target, this.#environment);
    this.#bulk = bulk;
    this.#held = undefined;
    return forEachRow(held, (one) => bulk.add(one));
  }

  #stream(source: Operator): void | Promise<void> {
    for (;;) {
      const batch = source.next();
      if (batch instanceof Promise) return this.#streamLater(batch, source);
      if (batch === null) return source.close();
      const done = this.#writeAll(batch);
      if (done instanceof Promise) return done.then(() => this.#stream(source));
    }
  }

  async #streamLater(first: Promise<Row[] | null>, source: Operator): Promise<void> {
    for (let batch = await first; batch !== null; batch = await source.next()) await this.#writeAll(batch);
    source.close();
  }

  #writeAll(rows: readonly Row[]): void | Promise<void> {
    this.#environment.context.checkCancelled();
    return forEachRow(rows, (source) => {
      const row = this.#rowOf(source);
      const { conflict } = this.#insert;
      if (conflict !== undefined) return conflict.write(row, this.#writer, this.#environment).then((kept) => this.#count(kept));
      this.#count(row);
      return this.#place(row);
    });
  }

  /** Counts the row as written, unless ON CONFLICT left it out. */
  #count(row: Row | undefined): void {
    if (row === undefined) return;
    this.#written++;
    if (this.#insert.node.returning) this.#returned.push(row);
  }

  #rowOf(source: Row): Row {
    const { positions, target } = this.#insert;
    const row: Row = new Array(target.table.tree.columns.length);
    for (let at = 0; at < positions.length; at++) row[at] = source[positions[at]];
    if (target.table.tree.rowId !== undefined) row[target.table.tree.rowId] = this.#environment.transaction.newRowId();
    target.complete(row, this.#environment);
    return row;
  }
}

/** Literal rows fewer than a bulk load wants. */
function hasFewRows(source: PhysicalPlan): boolean {
  if (source.kind === 'project' || source.kind === 'filter') return hasFewRows(source.input);
  return source.kind === 'values' && source.tuples.length < BULK_ROWS_MIN;
}
