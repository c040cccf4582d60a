/**
 * COPY … FROM: bytes into rows of a table, within the transaction under way.
 *
 *     bytes ─> records ─> values (the types' input) ─> defaults ─> NOT NULL, CHECK ─> bulk load ─> unique, foreign keys
 *
 * There are two roads: by kernel, a thousand records at a time (quick-road.ts), and one by one (plain-road.ts).
 *
 * Errors say where: `COPY t, line 3, column a: "x"` stands in their context, as in PostgreSQL.
 */
import { SqlError } from '../../base/sql-error.ts';
import { Binding } from '../../binder/binding.ts';
import { tableColumns } from '../../binder/standalone.ts';
import { writeTarget } from '../../binder/write-target.ts';
import type { RelationDescriptor, TableDescriptor } from '../../catalog/descriptor.ts';
import { OBJECT_TREE, objectKey } from '../../catalog/trees.ts';
import { Environment } from '../../executor/environment.ts';
import { layoutOf, NO_PROGRAM, Scope } from '../../executor/expression/scope.ts';
import { prepareTarget } from '../../executor/row/write-target.ts';
import { executionOf, sourcesOf, type StatementScope } from '../query.ts';
import type { CopyFormat } from './copy-format.ts';
import { PlainRoad, type Road } from './plain-road.ts';
import { QuickRoad } from './quick-road.ts';
import { RecordRows } from './record-rows.ts';
import { TableLoader } from './table-loader.ts';

/** What is loaded, and how it is written. */
export interface CopyFrom {
  readonly schema?: string | undefined;
  readonly table: string;
  /** Undefined: all columns that are not generated, in order, or those that the header names. */
  readonly columns?: readonly string[] | undefined;
  readonly format: CopyFormat;
}

export interface CopyProgress {
  readonly rows: number;
  readonly bytes: number;
}

/** Loads everything `chunks` hold; the number of rows. The caller commits, or rolls back when this throws. */
export async function copyInto(
  scope: StatementScope,
  wanted: CopyFrom,
  chunks: AsyncIterable<Uint8Array>,
  onProgress: (progress: CopyProgress) => void = () => undefined,
  onStart: (columns: number) => void = () => undefined,
): Promise<number> {
  const table = writableCopyTable(scope, wanted);
  scope.block.transaction.noteRead(OBJECT_TREE, objectKey(table.oid), 'catalog');
  const copy = new Copy(scope, table, wanted);
  onStart(copy.columns);
  try {
    return await copy.run(chunks, onProgress);
  } catch (error) {
    copy.abandon();
    throw error;
  }
}

class Copy {
  readonly #scope: StatementScope;
  readonly #rows: RecordRows;
  readonly #road: Road;

  constructor(scope: StatementScope, table: TableDescriptor, wanted: CopyFrom) {
    this.#scope = scope;
    const environment = new Environment(executionOf(scope, []));
    const binding = Binding.start('', sourcesOf(scope), []);
    const target = prepareTarget(writeTarget(binding, table, tableColumns(binding, table), true), new Scope(NO_PROGRAM, layoutOf([])));
    const loader = new TableLoader(target, environment);
    try {
      this.#rows = new RecordRows(scope, table, wanted.columns, wanted.format, loader, environment);
      this.#road = QuickRoad.of(this.#rows) ?? new PlainRoad(this.#rows);
    } catch (error) {
      loader.abandon();
      throw error;
    }
  }

  /** How many columns a record has. */
  get columns(): number {
    return this.#rows.maker.columns.length;
  }

  async run(chunks: AsyncIterable<Uint8Array>, onProgress: (progress: CopyProgress) => void): Promise<number> {
    const road = this.#road;
    let bytes = 0;
    for await (const chunk of chunks) {
      this.#scope.context.checkCancelled();
      await road.push(chunk);
      bytes += chunk.length;
      onProgress({ rows: road.rows, bytes });
    }
    await road.end();
    await this.#rows.loader.finish();
    onProgress({ rows: road.rows, bytes });
    return road.rows;
  }

  abandon(): void {
    this.#rows.loader.abandon();
  }
}

function writableCopyTable(scope: StatementScope, { schema, table }: CopyFrom): TableDescriptor {
  const found: RelationDescriptor | undefined = scope.block.editor.snapshot.findRelation(schema, table, scope.searchPath);
  if (found === undefined)
    throw new SqlError('undefined_table', `relation "${schema === undefined ? '' : `${schema}.`}${table}" does not exist`);
  if (found.kind === 'table') {
    if (scope.block.transaction.readOnly)
      throw new SqlError('read_only_sql_transaction', 'cannot execute COPY FROM in a read-only transaction');
    return found;
  }
  if (found.kind === 'virtual') throw new SqlError('insufficient_privilege', `permission denied for table ${found.name}`);
  throw new SqlError('wrong_object_type', `cannot copy to ${found.kind} "${found.name}"`);
}
