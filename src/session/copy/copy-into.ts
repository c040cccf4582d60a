/**
 * COPY … FROM: bytes into rows of a table, within the transaction under way.
 *
 *     bytes ─> UTF-8 ─> records ─> values (the types' input) ─> defaults ─> NOT NULL, CHECK ─> bulk load ─> unique, foreign keys
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
import type { Row } from '../../types/value.ts';
import { executionOf, sourcesOf, type StatementScope } from '../query.ts';
import type { CopyFormat } from './copy-format.ts';
import { recordReader, type CopyRecord } from './record-reader.ts';
import { columnPositions, rowMaker, type RowMaker } from './row-maker.ts';
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
  readonly #table: TableDescriptor;
  readonly #format: CopyFormat;
  readonly #environment: Environment;
  readonly #loader: TableLoader;
  readonly #width: number;
  #maker: RowMaker;
  #isHeaderDue: boolean;
  #namesColumns: boolean;
  #rows = 0;

  constructor(scope: StatementScope, table: TableDescriptor, wanted: CopyFrom) {
    this.#scope = scope;
    this.#table = table;
    this.#format = wanted.format;
    this.#environment = new Environment(executionOf(scope, []));
    const binding = Binding.start('', sourcesOf(scope), []);
    const target = prepareTarget(writeTarget(binding, table, tableColumns(binding, table), true), new Scope(NO_PROGRAM, layoutOf([])));
    this.#maker = rowMaker(scope, table, columnPositions(table, wanted.columns), this.#environment);
    this.#loader = new TableLoader(target, this.#environment);
    this.#width = table.tree.columns.length;
    this.#isHeaderDue = wanted.format.header !== 'none';
    this.#namesColumns = wanted.format.header === 'names' && wanted.columns === undefined;
  }

  /** How many columns a record has. */
  get columns(): number {
    return this.#maker.columns.length;
  }

  async run(chunks: AsyncIterable<Uint8Array>, onProgress: (progress: CopyProgress) => void): Promise<number> {
    const decoder = new TextDecoder('utf-8', { fatal: true });
    const reader = recordReader(this.#format);
    let bytes = 0;
    for await (const chunk of chunks) {
      this.#scope.context.checkCancelled();
      await this.#load(reader.push(decoded(decoder, chunk)));
      bytes += chunk.length;
      onProgress({ rows: this.#rows, bytes });
    }
    await this.#load([...reader.push(decoded(decoder, undefined)), ...reader.end()]);
    await this.#loader.finish();
    onProgress({ rows: this.#rows, bytes });
    return this.#rows;
  }

  abandon(): void {
    this.#loader.abandon();
  }

  async #load(records: readonly CopyRecord[]): Promise<void> {
    for (const record of records) {
      if (this.#isHeaderDue) {
        this.#isHeaderDue = false;
        this.#readHeader(record);
        continue;
      }
      const row = this.#rowOf(record);
      try {
        const completed = this.#maker.complete(row);
        if (completed instanceof Promise) await completed;
        const added = this.#loader.add(row);
        if (added instanceof Promise) await added;
      } catch (error) {
        throw located(error, `COPY ${this.#table.name}, line ${record.line}: ${quotedText(record.raw)}`);
      }
      this.#rows++;
    }
  }

  #rowOf(record: CopyRecord): Row {
    const { columns, parsers, positions } = this.#maker;
    const { fields } = record;
    if (fields.length !== columns.length) this.#checkWidth(record);
    const row: Row = new Array(this.#width);
    for (let at = 0; at < columns.length; at++) {
      const field = this.#format.kind === 'csv' ? this.#forced(record, at) : fields[at];
      try {
        row[positions[at]] = parsers[at](field);
      } catch (error) {
        const value = field === null ? 'null input' : quotedText(field);
        throw located(error, `COPY ${this.#table.name}, line ${record.line}, column ${columns[at].name}: ${value}`);
      }
    }
    return row;
  }

  /** FORCE_NULL and FORCE_NOT_NULL. */
  #forced({ fields, quoted }: CopyRecord, at: number): string | null {
    if (this.#format.kind !== 'csv') return fields[at];
    const { forceNull, forceNotNull, nullText } = this.#format;
    const field = fields[at];
    if (forceNull.length === 0 && forceNotNull.length === 0) return field;
    const { name } = this.#maker.columns[at];
    if (field === null && forceNotNull.includes(name)) return nullText;
    if (field === nullText && quoted?.[at] === true && forceNull.includes(name)) return null;
    return field;
  }

  #checkWidth(record: CopyRecord): void {
    const { fields, raw, line } = record;
    const { columns } = this.#maker;
    const where = `COPY ${this.#table.name}, line ${line}: ${quotedText(raw)}`;
    if (fields.length < columns.length) {
      throw new SqlError('bad_copy_file_format', `missing data for column "${columns[fields.length].name}"`, { where });
    }
    if (this.#format.kind === 'tbl' && fields.length === columns.length + 1 && (fields[columns.length] ?? '') === '') return;
    if (columns.length === 0 && raw === '') return;
    throw new SqlError('bad_copy_file_format', 'extra data after last expected column', { where });
  }

  #readHeader({ fields, line, raw }: CopyRecord): void {
    const names = fields.map((field) => (field ?? '').trim());
    if (this.#format.kind === 'tbl' && names.length > 1 && names[names.length - 1] === '') names.pop();
    if (this.#namesColumns) {
      const known = names.map((name) => this.#table.columns.find((column) => column.name === name)?.name ?? name.toLowerCase());
      try {
        this.#maker = rowMaker(this.#scope, this.#table, columnPositions(this.#table, known), this.#environment);
      } catch (error) {
        throw located(error, `COPY ${this.#table.name}, line ${line}: ${quotedText(raw)}`);
      }
      return;
    }
    if (this.#format.header !== 'match') return;
    const { columns } = this.#maker;
    const where = `COPY ${this.#table.name}, line ${line}: ${quotedText(raw)}`;
    if (fields.length !== columns.length) {
      throw new SqlError(
        'bad_copy_file_format',
        `wrong number of fields in header line: got ${fields.length}, expected ${columns.length}`,
        { where },
      );
    }
    columns.forEach((column, at) => {
      if (fields[at] === column.name) return;
      const got = fields[at] === null ? 'null value ("")' : `"${fields[at]}"`;
      throw new SqlError(
        'bad_copy_file_format',
        `column name mismatch in header line field ${at + 1}: got ${got}, expected "${column.name}"`,
        { where },
      );
    });
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

function decoded(decoder: InstanceType<typeof TextDecoder>, chunk: Uint8Array | undefined): string {
  let text: string;
  try {
    text = chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
  } catch (cause) {
    throw new SqlError('character_not_in_repertoire', 'invalid byte sequence for encoding "UTF8"', { cause });
  }
  if (text.includes('\0')) throw new SqlError('character_not_in_repertoire', 'invalid byte sequence for encoding "UTF8": 0x00');
  return text;
}

/** Characters of a value or line shown in messages. */
const SHOWN_LENGTH_MAX = 100;

function quotedText(text: string): string {
  return text.length > SHOWN_LENGTH_MAX ? `"${text.slice(0, SHOWN_LENGTH_MAX)}..."` : `"${text}"`;
}

/** The same error with its place. */
function located(error: unknown, where: string): unknown {
  if (!(error instanceof SqlError) || error.where !== undefined) return error;
  const { detail, hint, schema, table, column, dataType, constraint } = error;
  return new SqlError(error.condition, error.message, {
    detail,
    hint,
    schema,
    table,
    column,
    dataType,
    constraint,
    where,
    cause: error.cause,
  });
}
