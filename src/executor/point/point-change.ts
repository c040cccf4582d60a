import { assert } from '../../base/assert.ts';
import type { ColumnRef, Expression } from '../../binder/expression.ts';
import type { DeleteNode, UpdateNode } from '../../planner/physical.ts';
import type { PromptReads, Transaction } from '../../transaction/transaction.ts';
import type { Row, Value } from '../../types/value.ts';
import type { Environment } from '../environment.ts';
import type { Evaluate, Test } from '../expression/scope.ts';
import { positionsOf } from '../row/pick.ts';
import { Lookup, refsOf } from './lookup.ts';
import type { PointProgram } from './point-program.ts';
import { PointTable } from './point-table.ts';
import { LATER, NOT_PROMPT, PromptCompiler } from './prompt.ts';
import { RowMaker } from './row-maker.ts';

/** UPDATE or DELETE of the one row of a whole key, as a program. `returning` is over the written row and the scan's. */
export function prepareChange(node: UpdateNode | DeleteNode, returning: readonly Expression[] | undefined): PointProgram {
  const { source } = node;
  if (source.kind !== 'table_scan') throw NOT_PROMPT;
  const compiler = new PromptCompiler();
  const table = new PointTable(node.target, compiler);
  const refs = refsOf(source);
  const found = new Found(table, new Lookup(source, compiler, 'write'), refs, source.filter, node.current, compiler);
  const maker = returning === undefined ? undefined : new RowMaker([...node.target.row, ...refs], returning, compiler);
  if (node.kind === 'delete') return new PointDelete(table, found, maker, compiler);
  if (node.set.some((item) => table.isInKey(item.position))) throw NOT_PROMPT;
  const set = node.set.map((item) => ({ position: item.position, value: compiler.evaluate(item.expression, refs) }));
  return new PointUpdate(table, found, set, maker, compiler);
}

/** The row to be changed. */
class Found {
  /** As the scan has it. */
  readonly row: Row;
  /** As the table has it, good until the next read. */
  readonly current: Row;
  readonly #table: PointTable;
  readonly #lookup: Lookup;
  readonly #filter: Test | undefined;
  readonly #positions: readonly number[];

  constructor(
    table: PointTable,
    lookup: Lookup,
    refs: readonly ColumnRef[],
    filter: Expression | undefined,
    current: readonly ColumnRef[],
    compiler: PromptCompiler,
  ) {
    if (!lookup.isPoint) throw NOT_PROMPT;
    this.row = lookup.row;
    this.#table = table;
    this.#lookup = lookup;
    this.#filter = filter === undefined ? undefined : compiler.test(filter, refs);
    this.#positions = positionsOf(refs, current);
    this.current = new Array<Value>(current.length).fill(null);
  }

  /** Reads it as a `write` reads: 1 when it is there, 0 when it is not, or LATER. */
  read(reads: PromptReads, transaction: Transaction, environment: Environment): number {
    const { tree } = this.#table.table;
    const outcome = this.#lookup.read(reads, environment);
    if (outcome === 'waits') return LATER;
    if (outcome === 'absent') {
      const { tableKey } = this.#lookup;
      if (tableKey !== undefined) transaction.noteRead(tree, tableKey, 'update');
      return 0;
    }
    const positions = this.#positions;
    const { row, current } = this;
    for (let at = 0; at < positions.length; at++) current[at] = row[positions[at]];
    if (this.#filter === undefined || this.#filter(row, environment)) return 1;
    transaction.noteRead(tree, this.#table.keyOf(current), 'update');
    return 0;
  }
}

class PointUpdate implements PointProgram {
  readonly writes = true;
  readonly needsContext: boolean;
  readonly #table: PointTable;
  readonly #found: Found;
  readonly #set: readonly { readonly position: number; readonly value: Evaluate }[];
  readonly #maker: RowMaker | undefined;
  readonly #changed: Row;

  constructor(
    table: PointTable,
    found: Found,
    set: readonly { readonly position: number; readonly value: Evaluate }[],
    maker: RowMaker | undefined,
    compiler: PromptCompiler,
  ) {
    assert(found.current.length === table.table.tree.columns.length, 'an update knows the whole current row', { table: table.table.name });
    this.needsContext = compiler.needsContext;
    this.#table = table;
    this.#found = found;
    this.#set = set;
    this.#maker = maker;
    this.#changed = found.current.slice();
  }

  run(reads: PromptReads, transaction: Transaction | undefined, environment: Environment, emit: (row: Row) => void): number {
    if (transaction === undefined) return LATER;
    const found = this.#found;
    const there = found.read(reads, transaction, environment);
    if (there !== 1) return there;
    const table = this.#table;
    const set = this.#set;
    const changed = this.#changed;
    const { row, current } = found;
    for (let at = 0; at < current.length; at++) changed[at] = current[at];
    for (let at = 0; at < set.length; at++) changed[set[at].position] = set[at].value(row, environment);
    table.complete(changed, environment);
    const from = table.entriesOf(current, environment);
    const to = table.entriesOf(changed, environment);
    if (!table.areEntriesFree(transaction, from, to)) return LATER;
    if (this.#maker !== undefined) emit(returned(this.#maker, changed, row, table, environment));
    const key = table.keyOf(current);
    table.update(transaction, key, changed, from, to);
    return 1;
  }
}

class PointDelete implements PointProgram {
  readonly writes = true;
  readonly needsContext: boolean;
  readonly #table: PointTable;
  readonly #found: Found;
  readonly #maker: RowMaker | undefined;

  constructor(table: PointTable, found: Found, maker: RowMaker | undefined, compiler: PromptCompiler) {
    this.needsContext = compiler.needsContext;
    this.#table = table;
    this.#found = found;
    this.#maker = maker;
  }

  run(reads: PromptReads, transaction: Transaction | undefined, environment: Environment, emit: (row: Row) => void): number {
    if (transaction === undefined) return LATER;
    const found = this.#found;
    const there = found.read(reads, transaction, environment);
    if (there !== 1) return there;
    const table = this.#table;
    const { row, current } = found;
    const entries = table.entriesOf(current, environment);
    if (this.#maker !== undefined) emit(returned(this.#maker, current, row, table, environment));
    const key = table.keyOf(current);
    table.delete(transaction, key, entries);
    return 1;
  }
}

/** What RETURNING makes of a written row and the scan's row behind it. */
function returned(maker: RowMaker, written: Row, scanned: Row, { table }: PointTable, environment: Environment): Row {
  return maker.make([...written.slice(0, table.columns.length), ...scanned], environment);
}
