/** Two states compared, table by table and row by row: what the second has more, less, and otherwise than the first. */
import { compareBytes, equalBytes } from '../base/bytes.ts';
import type { CatalogSnapshot } from '../catalog/snapshot.ts';
import type { TableDescriptor } from '../catalog/descriptor.ts';
import { loadCatalog } from '../catalog/load.ts';
import { runsOf } from '../storage/manifest.ts';
import { encodeRow } from '../storage/row-codec.ts';
import { openCursor, type Snapshot } from '../storage/storage-state.ts';
import { WHOLE_TREE, type Key, type TreeId, type TreeSchema } from '../storage/tree.ts';
import type { Database } from '../transaction/database.ts';

export interface TableDiff {
  /** Schema and name. */
  readonly table: string;
  /** Rows that the second state has under keys that the first has not, the other way round, and under the same key otherwise. */
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
  /** Whether the table is only in one of them, or has other columns or another key. */
  readonly schema: 'same' | 'changed' | 'only in the first' | 'only in the second';
}

/** The tables that differ between the newest states of two databases, by name. Runs that both have are not read. */
export async function diffStates(first: Database, second: Database): Promise<readonly TableDiff[]> {
  const [before, after] = await Promise.all([stateOf(first), stateOf(second)]);
  const names = new Set([...before.tables.keys(), ...after.tables.keys()]);
  const diffs: TableDiff[] = [];
  for (const name of [...names].sort()) {
    const diff = await diffTable(name, before, after);
    if (diff.added + diff.removed + diff.changed > 0 || diff.schema !== 'same') diffs.push(diff);
  }
  return diffs;
}

interface State {
  readonly snapshot: Snapshot;
  readonly tables: ReadonlyMap<string, TableDescriptor>;
}

async function stateOf(database: Database): Promise<State> {
  await database.confirm({ kind: 'linearizable' });
  const snapshot = database.snapshot();
  const transaction = await database.beginAt({ kind: 'slot', slot: snapshot.slot });
  const catalog: CatalogSnapshot = await loadCatalog(transaction, { find: () => undefined, byOid: () => undefined });
  transaction.rollback();
  const tables = catalog.relations().flatMap((relation) => (relation.kind === 'table' ? [relation] : []));
  return { snapshot, tables: new Map(tables.map((table) => [`${table.schemaName}.${table.name}`, table])) };
}

async function diffTable(name: string, before: State, after: State): Promise<TableDiff> {
  const [old, now] = [before.tables.get(name), after.tables.get(name)];
  const rowsBefore = old === undefined ? EMPTY : new KeyedRows(before.snapshot, old.tree);
  const rowsAfter = now === undefined ? EMPTY : new KeyedRows(after.snapshot, now.tree);
  const schema =
    old === undefined
      ? 'only in the second'
      : now === undefined
        ? 'only in the first'
        : isSameTree(old.tree, now.tree)
          ? 'same'
          : 'changed';
  const diff = { table: name, added: 0, removed: 0, changed: 0, schema } as const;
  if (schema === 'same' && old !== undefined && isShared(before.snapshot, after.snapshot, old.tree.id)) return diff;
  let [added, removed, changed] = [0, 0, 0];
  try {
    let [a, b] = [await rowsBefore.next(), await rowsAfter.next()];
    while (a !== null || b !== null) {
      const order = a === null ? 1 : b === null ? -1 : compareBytes(a.key, b.key);
      if (order < 0) removed++;
      else if (order > 0) added++;
      else if (a !== null && b !== null && !equalBytes(a.row, b.row)) changed++;
      if (order <= 0) a = await rowsBefore.next();
      if (order >= 0) b = await rowsAfter.next();
    }
  } finally {
    rowsBefore.close();
    rowsAfter.close();
  }
  return { ...diff, added, removed, changed };
}

/** Whether both states hold a tree in the same runs, and nothing over them. */
function isShared(first: Snapshot, second: Snapshot, tree: TreeId): boolean {
  if (first.memtable.tree(tree) !== undefined || second.memtable.tree(tree) !== undefined) return false;
  const [some, others] = [runsOf(first.manifest, tree), runsOf(second.manifest, tree)];
  return some.length === others.length && some.every((run, at) => run.id === others[at].id);
}

function isSameTree(a: TreeSchema, b: TreeSchema): boolean {
  const shape = ({ id, columns, key, rowId }: TreeSchema): string =>
    JSON.stringify([id, columns.map((column) => [column.id, column.type]), key, rowId]);
  return shape(a) === shape(b);
}

interface KeyedRow {
  readonly key: Key;
  readonly row: Uint8Array;
}

/** Every row of a tree with its key, one by one. */
class KeyedRows {
  readonly #schema: TreeSchema;
  readonly #cursor: ReturnType<typeof openCursor>;
  #batch: KeyedRow[] = [];
  #at = 0;

  constructor(snapshot: Snapshot, schema: TreeSchema) {
    this.#schema = schema;
    this.#cursor = openCursor(snapshot, schema, WHOLE_TREE, { columns: schema.columns.map((_, position) => position), keys: true });
  }

  async next(): Promise<KeyedRow | null> {
    if (this.#at === this.#batch.length) {
      const batch = await this.#cursor.next();
      if (batch === null) return null;
      this.#batch = batch.rows.map((row, at) => ({ key: batch.keys[at], row: encodeRow(this.#schema, row) }));
      this.#at = 0;
    }
    return this.#batch[this.#at++];
  }

  close(): void {
    this.#cursor.close();
  }
}

const EMPTY = { next: async (): Promise<KeyedRow | null> => null, close: (): void => undefined };
