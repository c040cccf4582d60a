/** Every index held against its table, both ways: each row has its entry as it should be, and each entry a row. */
import { equalBytes, hexOf } from '../base/bytes.ts';
import { Binding } from '../binder/binding.ts';
import { tableColumns } from '../binder/standalone.ts';
import { writeTarget } from '../binder/write-target.ts';
import type { TableDescriptor } from '../catalog/descriptor.ts';
import { Environment } from '../executor/environment.ts';
import { layoutOf, NO_PROGRAM, Scope } from '../executor/expression/scope.ts';
import { prepareTarget, type PreparedIndex } from '../executor/row/write-target.ts';
import { encodeKey } from '../storage/key-codec.ts';
import { encodeRow } from '../storage/row-codec.ts';
import { WHOLE_TREE, type TreeSchema } from '../storage/tree.ts';
import type { Transaction } from '../transaction/transaction.ts';
import type { Row } from '../types/value.ts';
import { executionOf, sourcesOf, type StatementScope } from './query.ts';

export interface IndexReport {
  readonly table: string;
  readonly rows: number;
  readonly indexes: readonly { readonly name: string; readonly entries: number }[];
  /** What does not fit, in words, the first of each kind. */
  readonly problems: readonly string[];
}

/** Problems of one index told in full; the rest is counted. */
const TOLD_MAX = 5;

/** Checks the indexes of every table as the scope's transaction sees them. Reads everything once and looks every row up. */
export async function* checkIndexes(scope: StatementScope): AsyncGenerator<IndexReport> {
  for (const relation of scope.block.editor.snapshot.relations()) if (relation.kind === 'table') yield await checkTable(scope, relation);
}

async function checkTable(scope: StatementScope, table: TableDescriptor): Promise<IndexReport> {
  const { transaction } = scope.block;
  const binding = Binding.start('', sourcesOf(scope), []);
  const target = writeTarget(binding, table, tableColumns(binding, table), false);
  const { indexes } = prepareTarget(target, new Scope(NO_PROGRAM, layoutOf([])));
  const environment = new Environment(executionOf(scope, []));
  const checks = indexes
    .filter(({ descriptor }) => descriptor.state === 'public')
    .map((index) => new IndexCheck(transaction, table, index, environment));
  let rows = 0;
  for await (const row of rowsOf(transaction, table.tree)) {
    rows++;
    for (const check of checks) await check.row(row);
  }
  const counts: { name: string; entries: number }[] = [];
  for (const check of checks) counts.push({ name: check.name, entries: await check.entries() });
  const name = `${table.schemaName}.${table.name}`;
  return { table: name, rows, indexes: counts, problems: checks.flatMap((check) => check.problems()) };
}

class IndexCheck {
  readonly #transaction: Transaction;
  readonly #table: TableDescriptor;
  readonly #index: PreparedIndex;
  readonly #environment: Environment;
  readonly #told: string[] = [];
  #untold = 0;
  #expected = 0;

  constructor(transaction: Transaction, table: TableDescriptor, index: PreparedIndex, environment: Environment) {
    this.#transaction = transaction;
    this.#table = table;
    this.#index = index;
    this.#environment = environment;
  }

  get name(): string {
    return this.#index.descriptor.name;
  }

  /** From the table to the index. */
  async row(row: Row): Promise<void> {
    const entry = this.#index.entryOf(row, this.#environment);
    if (entry === undefined) return;
    this.#expected++;
    const { tree } = this.#index.descriptor;
    const found = await this.#transaction.get(tree, entry.key, allColumns(tree), 'none');
    if (found === null) this.#tell(`row ${this.#keyText(row)} has no entry in index "${this.name}"`);
    else if (!equalBytes(encodeRow(tree, found), encodeRow(tree, entry.row)))
      this.#tell(`row ${this.#keyText(row)} has another entry in index "${this.name}" than it should`);
  }

  /** From the index to the table; answers how many entries there are. */
  async entries(): Promise<number> {
    const { tree, tableKeyPositions } = this.#index.descriptor;
    let entries = 0;
    for await (const entry of rowsOf(this.#transaction, tree)) {
      entries++;
      const row: Row = this.#table.tree.columns.map(() => null);
      for (const [part, position] of tableKeyPositions.entries()) row[this.#table.tree.key[part].column] = entry[position];
      const found = await this.#transaction.get(this.#table.tree, encodeKey(this.#table.tree, row), [], 'none');
      if (found === null) this.#tell(`index "${this.name}" has an entry for row ${this.#keyText(row)}, which does not exist`);
    }
    if (entries !== this.#expected) this.#tell(`index "${this.name}" has ${entries} entries where its table calls for ${this.#expected}`);
    return entries;
  }

  problems(): readonly string[] {
    return this.#untold === 0 ? this.#told : [...this.#told, `${this.#untold} more of index "${this.name}"`];
  }

  #tell(problem: string): void {
    if (this.#told.length < TOLD_MAX) this.#told.push(problem);
    else this.#untold++;
  }

  #keyText(row: Row): string {
    return `\\x${hexOf(encodeKey(this.#table.tree, row))}`;
  }
}

async function* rowsOf(transaction: Transaction, tree: TreeSchema): AsyncGenerator<Row> {
  const cursor = transaction.scan(tree, WHOLE_TREE, { columns: allColumns(tree), purpose: 'none' });
  try {
    for (let batch = await cursor.next(); batch !== null; batch = await cursor.next()) yield* batch.rows;
  } finally {
    cursor.close();
  }
}

function allColumns(tree: TreeSchema): readonly number[] {
  return tree.columns.map((_, position) => position);
}
