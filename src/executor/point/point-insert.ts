import type { Expression } from '../../binder/expression.ts';
import type { OnConflict, WriteTarget } from '../../binder/plan.ts';
import type { InsertNode, PhysicalPlan } from '../../planner/physical.ts';
import { KeyMaker } from '../../storage/key-codec.ts';
import type { RowPatch } from '../../storage/row-patch.ts';
import { RowReader, type ReadOutcome } from '../../storage/row-reader.ts';
import type { Key } from '../../storage/tree.ts';
import type { PromptReads, Transaction } from '../../transaction/transaction.ts';
import type { Row, Value } from '../../types/value.ts';
import type { Environment } from '../environment.ts';
import type { Evaluate, Test } from '../expression/scope.ts';
import type { IndexEntry } from '../row/write-target.ts';
import { patchOf } from './point-patch.ts';
import type { PointProgram } from './point-program.ts';
import { PointTable, type PointIndex } from './point-table.ts';
import { LATER, NO_ROW, NOT_PROMPT, PromptCompiler } from './prompt.ts';
import { RowMaker } from './row-maker.ts';

/** INSERT of one row given by its values, ON CONFLICT included, as a program. `returning` is over `node.target.row`. */
export function prepareInsert(node: InsertNode, returning: readonly Expression[] | undefined): PointProgram {
  const compiler = new PromptCompiler();
  const table = new PointTable(node.target, compiler);
  return new PointInsert(
    table,
    valuesOf(node.source, node.values, compiler),
    node.onConflict === undefined
      ? undefined
      : new Conflict(node.onConflict, table, compiler, returning === undefined ? patchOfConflict(node.target, node.onConflict) : undefined),
    returning === undefined ? undefined : new RowMaker(node.target.row, returning, compiler),
    compiler,
  );
}

function patchOfConflict(target: WriteTarget, { set, where, existing }: OnConflict): RowPatch | undefined {
  const row = existing.map((ref, position) => ({ ref, position }));
  return patchOf(target, set, [where, ...set.map((item) => item.expression)], row);
}

/** The one row of the source, value by value. */
function valuesOf(source: PhysicalPlan, wanted: InsertNode['values'], compiler: PromptCompiler): Evaluate[] {
  const items = source.kind === 'project' ? source.items : undefined;
  const values = source.kind === 'project' ? source.input : source;
  if (values.kind !== 'values' || values.tuples.length !== 1) throw NOT_PROMPT;
  const [tuple] = values.tuples;
  return wanted.map((ref) => {
    const item = items?.find((candidate) => candidate.ref === ref)?.expression;
    if (items !== undefined && item?.kind !== 'column') {
      if (item === undefined || values.output.length > 0) throw NOT_PROMPT;
      return compiler.evaluate(item, []);
    }
    const position = values.output.indexOf(item?.kind === 'column' ? item.ref : ref);
    if (position < 0) throw NOT_PROMPT;
    return compiler.evaluate(tuple[position], []);
  });
}

class PointInsert implements PointProgram {
  readonly writes = true;
  readonly needsContext: boolean;
  readonly #table: PointTable;
  readonly #values: readonly Evaluate[];
  readonly #conflict: Conflict | undefined;
  readonly #maker: RowMaker | undefined;
  readonly #row: Row;

  constructor(
    table: PointTable,
    values: readonly Evaluate[],
    conflict: Conflict | undefined,
    maker: RowMaker | undefined,
    compiler: PromptCompiler,
  ) {
    this.needsContext = compiler.needsContext;
    this.#table = table;
    this.#values = values;
    this.#conflict = conflict;
    this.#maker = maker;
    this.#row = new Array<Value>(table.table.tree.columns.length).fill(null);
  }

  run(_: PromptReads, transaction: Transaction | undefined, environment: Environment, emit: (row: Row) => void): number {
    if (transaction === undefined) return LATER;
    const table = this.#table;
    const values = this.#values;
    const row = this.#row;
    const { rowId } = table.table.tree;
    for (let at = 0; at < values.length; at++) row[at] = values[at](NO_ROW, environment);
    if (rowId !== undefined) row[rowId] = transaction.newRowId();
    table.complete(row, environment);
    const key = table.keyOf(row);
    const entries = table.entriesOf(row, environment);
    if (this.#conflict !== undefined) {
      const count = this.#conflict.settle(transaction, key, row, entries, environment, this.#maker, emit);
      if (count !== undefined) return count;
    }
    if (this.#conflict?.watchesPrimary !== true && !table.isKeyFree(transaction, key)) return LATER;
    if (!table.areUniqueFree(transaction, entries)) return LATER;
    if (this.#maker !== undefined) emit(this.#maker.make(row, environment));
    table.insert(transaction, key, row, entries);
    return 1;
  }
}

/** A unique index that is looked at, and how its entries lead to the row. */
interface Arbiter {
  readonly at: number;
  readonly index: PointIndex;
  readonly reader: RowReader;
  readonly entry: Row;
}

/** What to do where a row stands in the way. */
class Conflict {
  readonly #table: PointTable;
  readonly #isUpdate: boolean;
  /** Whether the row's own key is looked at: it is free when nothing is in the way. */
  readonly watchesPrimary: boolean;
  readonly #arbiters: readonly Arbiter[];
  readonly #set: readonly { readonly position: number; readonly value: Evaluate }[];
  readonly #where: Test | undefined;
  readonly #reader: RowReader;
  readonly #keys: KeyMaker;
  /** The row in the way: where the patch is open, no more of it than that reads. */
  readonly #existing: Row;
  readonly #patch: RowPatch | undefined;
  /** Columns of the existing row, and of the proposed one behind it. */
  readonly #width: number;
  readonly #pair: Row;
  readonly #changed: Row;

  constructor(conflict: OnConflict, table: PointTable, compiler: PromptCompiler, patch: RowPatch | undefined) {
    const { tree } = table.table;
    const { arbiters } = conflict;
    if (conflict.set.some((item) => table.isInKey(item.position))) throw NOT_PROMPT;
    const both = [...conflict.existing, ...conflict.excluded];
    this.#table = table;
    this.#isUpdate = conflict.action === 'update';
    this.watchesPrimary = tree.rowId === undefined && (arbiters.length === 0 || arbiters.some((index) => index.primary));
    this.#arbiters = table.indexes.flatMap((index, at) => {
      const { descriptor } = index;
      if (!descriptor.unique || (arbiters.length > 0 && arbiters.every((arbiter) => arbiter.oid !== descriptor.oid))) return [];
      const { tableKeyPositions } = descriptor;
      return {
        at,
        index,
        reader: new RowReader(descriptor.tree, tableKeyPositions),
        entry: new Array<Value>(tableKeyPositions.length).fill(null),
      };
    });
    this.#set = conflict.set.map((item) => ({ position: item.position, value: compiler.evaluate(item.expression, both) }));
    this.#where = conflict.where === undefined ? undefined : compiler.test(conflict.where, both);
    this.#patch = patch;
    this.#reader = new RowReader(
      tree,
      tree.columns.map((_, position) => position),
      this.#patch,
    );
    this.#width = table.table.columns.length;
    this.#pair = new Array<Value>(this.#width * 2).fill(null);
    this.#changed = new Array<Value>(tree.columns.length).fill(null);
    this.#keys = new KeyMaker(tree);
    this.#existing = new Array<Value>(tree.columns.length).fill(null);
  }

  /** How many rows were written; undefined when nothing is in the way. */
  settle(
    transaction: Transaction,
    proposedKey: Key,
    proposed: Row,
    entries: readonly (IndexEntry | undefined)[],
    environment: Environment,
    maker: RowMaker | undefined,
    emit: (row: Row) => void,
  ): number | undefined {
    const table = this.#table;
    const { tree } = table.table;
    const existing = this.#existing;
    const key = this.#conflictingKey(transaction, proposedKey, entries);
    if (key === undefined) return undefined;
    if (key === LATER) return LATER;
    if (!this.#isUpdate) {
      if (key === proposedKey) transaction.noteRead(tree, key, 'constraint');
      return 0;
    }
    const pair = this.#pair;
    const width = this.#width;
    for (let at = 0; at < width; at++) {
      pair[at] = existing[at];
      pair[width + at] = proposed[at];
    }
    if (this.#where !== undefined && !this.#where(pair, environment)) {
      transaction.noteRead(tree, key, 'update');
      return 0;
    }
    const changed = this.#changed;
    for (let at = 0; at < existing.length; at++) changed[at] = existing[at];
    for (const { position, value } of this.#set) changed[position] = value(pair, environment);
    if (this.#patch?.isOpen === true) return table.patch(transaction, key, changed, this.#patch) ? 1 : LATER;
    table.complete(changed, environment);
    const from = table.entriesOf(existing, environment);
    const to = table.entriesOf(changed, environment);
    if (!table.areEntriesFree(transaction, from, to)) return LATER;
    if (maker !== undefined) emit(maker.make(changed, environment));
    table.update(transaction, key, changed, from, to);
    return 1;
  }

  /** The key of the row that stands in the way, which is read where it may be updated; undefined when none does. */
  #conflictingKey(
    transaction: Transaction,
    proposedKey: Key,
    entries: readonly (IndexEntry | undefined)[],
  ): Key | undefined | typeof LATER {
    if (this.watchesPrimary) {
      const outcome = this.#read(transaction, proposedKey);
      if (outcome !== 'absent') return outcome === 'found' ? proposedKey : LATER;
    }
    for (const { at, reader, entry } of this.#arbiters) {
      const proposed = entries[at];
      if (proposed?.collides !== true) continue;
      const outcome = transaction.readPromptly(reader, proposed.key, 'constraint', entry);
      if (outcome === 'absent') continue;
      if (outcome === 'waits') return LATER;
      if (this.watchesPrimary) transaction.noteRead(this.#table.table.tree, proposedKey, 'constraint'); // nothing will be written there
      const key = this.#keys.prefix(entry);
      return !this.#isUpdate || this.#read(transaction, key) === 'found' ? key : LATER;
    }
    return undefined;
  }

  #read(transaction: Transaction, key: Key): ReadOutcome {
    return this.#isUpdate ? transaction.readPromptly(this.#reader, key, 'write', this.#existing) : this.#table.holds(transaction, key);
  }
}
