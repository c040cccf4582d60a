import { assert } from '../../base/assert.ts';
import type { ColumnRef, Expression } from '../../binder/expression.ts';
import type { DeleteNode, UpdateNode } from '../../planner/physical.ts';
import type { RowPatch } from '../../storage/row-patch.ts';
import type { Key } from '../../storage/tree.ts';
import type { PromptReads, Transaction } from '../../transaction/transaction.ts';
import type { Row, Value } from '../../types/value.ts';
import type { Environment } from '../environment.ts';
import type { Evaluate, Test } from '../expression/scope.ts';
import { positionsOf } from '../row/pick.ts';
import { Lookup, refsOf } from './lookup.ts';
import { patchOf } from './point-patch.ts';
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
  const set = node.kind === 'update' ? node.set : undefined;
  if (set?.some((item) => table.isInKey(item.position)) === true) throw NOT_PROMPT;
  const patch =
    set === undefined || returning !== undefined || source.index !== undefined
      ? undefined
      : patchOf(node.target, set, [source.filter, ...set.map((item) => item.expression)], source.columns);
  const found = new Found(table, new Lookup(source, compiler, 'write', patch), refs, source.filter, node.current, compiler, patch);
  const maker = returning === undefined ? undefined : new RowMaker([...node.target.row, ...refs], returning, compiler);
  const assigned = set?.map((item) => ({ position: item.position, value: compiler.evaluate(item.expression, refs) }));
  return new PointChange(table, found, assigned, maker, compiler);
}

/** The row to be changed. */
class Found {
  /** As the scan has it: with an open patch, no more of it than that reads. */
  readonly row: Row;
  /** As the table has it, good until the next read; nothing that counts with an open patch. */
  readonly current: Row;
  readonly #patch: RowPatch | undefined;
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
    patch: RowPatch | undefined,
  ) {
    if (!lookup.isPoint) throw NOT_PROMPT;
    this.row = lookup.row;
    this.#patch = patch;
    this.#table = table;
    this.#lookup = lookup;
    this.#filter = filter === undefined ? undefined : compiler.test(filter, refs);
    this.#positions = positionsOf(refs, current);
    this.current = new Array<Value>(current.length).fill(null);
  }

  /** The patch that is open on the row; undefined when `current` is whole. */
  get patch(): RowPatch | undefined {
    return this.#patch?.isOpen === true ? this.#patch : undefined;
  }

  /** The key of the row, good until the next read. */
  get key(): Key {
    return this.#lookup.tableKey ?? this.#table.keyOf(this.current);
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
    if (this.patch === undefined) for (let at = 0; at < positions.length; at++) current[at] = row[positions[at]];
    if (this.#filter === undefined || this.#filter(row, environment)) return 1;
    transaction.noteRead(tree, this.key, 'update');
    return 0;
  }
}

interface Assigned {
  readonly position: number;
  readonly value: Evaluate;
}

class PointChange implements PointProgram {
  readonly writes = true;
  readonly needsContext: boolean;
  readonly #table: PointTable;
  readonly #found: Found;
  /** Undefined: the row is deleted. */
  readonly #set: readonly Assigned[] | undefined;
  readonly #maker: RowMaker | undefined;
  readonly #changed: Row;

  constructor(
    table: PointTable,
    found: Found,
    set: readonly Assigned[] | undefined,
    maker: RowMaker | undefined,
    compiler: PromptCompiler,
  ) {
    assert(found.current.length === table.table.tree.columns.length, 'a change knows the whole current row', { table: table.table.name });
    this.needsContext = compiler.needsContext;
    this.#table = table;
    this.#found = found;
    this.#set = set;
    this.#maker = maker;
    this.#changed = found.current.slice();
  }

  run(reads: PromptReads, transaction: Transaction | undefined, environment: Environment, emit: (row: Row) => void): number {
    if (transaction === undefined) return LATER;
    const there = this.#found.read(reads, transaction, environment);
    if (there !== 1) return there;
    return this.#set === undefined ? this.#delete(transaction, environment, emit) : this.#update(this.#set, transaction, environment, emit);
  }

  #update(set: readonly Assigned[], transaction: Transaction, environment: Environment, emit: (row: Row) => void): number {
    const table = this.#table;
    const changed = this.#changed;
    const { row, current, key, patch } = this.#found;
    if (patch === undefined) for (let at = 0; at < current.length; at++) changed[at] = current[at];
    for (let at = 0; at < set.length; at++) changed[set[at].position] = set[at].value(row, environment);
    if (patch !== undefined) return table.patch(transaction, key, changed, patch) ? 1 : LATER;
    table.complete(changed, environment);
    const from = table.entriesOf(current, environment);
    const to = table.entriesOf(changed, environment);
    if (!table.areEntriesFree(transaction, from, to)) return LATER;
    if (this.#maker !== undefined) emit(this.#returned(this.#maker, changed, environment));
    table.update(transaction, key, changed, from, to);
    return 1;
  }

  #delete(transaction: Transaction, environment: Environment, emit: (row: Row) => void): number {
    const { current, key } = this.#found;
    const entries = this.#table.entriesOf(current, environment);
    if (this.#maker !== undefined) emit(this.#returned(this.#maker, current, environment));
    this.#table.delete(transaction, key, entries);
    return 1;
  }

  /** What RETURNING makes of a written row and the scan's row behind it. */
  #returned(maker: RowMaker, written: Row, environment: Environment): Row {
    return maker.make([...written.slice(0, this.#table.table.columns.length), ...this.#found.row], environment);
  }
}
