/** Records to completed rows of a table, one at a time, errors with their place: the plain road, which every other road must agree with. */
import { SqlError } from '../../base/sql-error.ts';
import type { TableDescriptor } from '../../catalog/descriptor.ts';
import type { Environment } from '../../executor/environment.ts';
import type { Row } from '../../types/value.ts';
import type { StatementScope } from '../query.ts';
import { located, quotedText } from './copy-error.ts';
import type { CopyFormat } from './copy-format.ts';
import type { CopyRecord } from './record-reader.ts';
import { columnPositions, rowMaker, type RowMaker } from './row-maker.ts';
import type { TableLoader } from './table-loader.ts';

export class RecordRows {
  readonly table: TableDescriptor;
  readonly format: CopyFormat;
  readonly loader: TableLoader;
  readonly #scope: StatementScope;
  readonly #environment: Environment;
  readonly #namesColumns: boolean;
  #maker: RowMaker;
  #isHeaderDue: boolean;

  /** `names`: the columns of a record; undefined: all that can be given, or those that the header names. */
  constructor(
    scope: StatementScope,
    table: TableDescriptor,
    names: readonly string[] | undefined,
    format: CopyFormat,
    loader: TableLoader,
    environment: Environment,
  ) {
    this.#scope = scope;
    this.table = table;
    this.format = format;
    this.loader = loader;
    this.#environment = environment;
    this.#maker = rowMaker(scope, table, columnPositions(table, names), environment);
    this.#isHeaderDue = format.header !== 'none';
    this.#namesColumns = format.header === 'names' && names === undefined;
  }

  /** What a record's fields become, as far as it is known: a header may change it. */
  get maker(): RowMaker {
    return this.#maker;
  }

  /** Whether the next record is the header. */
  get isHeaderDue(): boolean {
    return this.#isHeaderDue;
  }

  /** Where a record is. */
  where({ line, raw }: Pick<CopyRecord, 'line' | 'raw'>): string {
    return `COPY ${this.table.name}, line ${line}: ${quotedText(raw)}`;
  }

  /** The row of a record, of which the columns that it does not have are still missing. */
  parsed(record: CopyRecord): Row {
    const { columns, parsers, positions } = this.#maker;
    const { fields } = record;
    if (fields.length !== columns.length) this.#checkWidth(record);
    const row: Row = new Array(this.table.tree.columns.length);
    for (let at = 0; at < columns.length; at++) {
      const field = this.format.kind === 'csv' ? this.#forced(record, at) : fields[at];
      try {
        row[positions[at]] = parsers[at](field);
      } catch (error) {
        const value = field === null ? 'null input' : quotedText(field);
        throw located(error, `COPY ${this.table.name}, line ${record.line}, column ${columns[at].name}: ${value}`);
      }
    }
    return row;
  }

  /** Fills in the other columns and the row id, a new one unless it is given, and judges the row. */
  complete(row: Row, record: CopyRecord, rowId?: number | bigint): void | Promise<void> {
    try {
      const filled = this.#maker.complete(row);
      if (filled instanceof Promise)
        return filled
          .then(() => this.loader.complete(row, rowId))
          .catch((error: unknown) => {
            throw located(error, this.where(record));
          });
      this.loader.complete(row, rowId);
    } catch (error) {
      throw located(error, this.where(record));
    }
  }

  /** Takes the header: it is looked at as far as the format says. */
  readHeader({ fields, line, raw }: CopyRecord): void {
    this.#isHeaderDue = false;
    const names = fields.map((field) => (field ?? '').trim());
    if (this.format.kind === 'tbl' && names.length > 1 && names[names.length - 1] === '') names.pop();
    if (this.#namesColumns) {
      const known = names.map((name) => this.table.columns.find((column) => column.name === name)?.name ?? name.toLowerCase());
      try {
        this.#maker = rowMaker(this.#scope, this.table, columnPositions(this.table, known), this.#environment);
      } catch (error) {
        throw located(error, this.where({ line, raw }));
      }
      return;
    }
    if (this.format.header !== 'match') return;
    const { columns } = this.#maker;
    const where = this.where({ line, raw });
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

  /** FORCE_NULL and FORCE_NOT_NULL. */
  #forced({ fields, quoted }: CopyRecord, at: number): string | null {
    if (this.format.kind !== 'csv') return fields[at];
    const { forceNull, forceNotNull, nullText } = this.format;
    const field = fields[at];
    if (forceNull.length === 0 && forceNotNull.length === 0) return field;
    const { name } = this.#maker.columns[at];
    if (field === null && forceNotNull.includes(name)) return nullText;
    if (field === nullText && quoted?.[at] === true && forceNull.includes(name)) return null;
    return field;
  }

  #checkWidth(record: CopyRecord): void {
    const { fields, raw } = record;
    const { columns } = this.#maker;
    if (fields.length < columns.length) {
      throw new SqlError('bad_copy_file_format', `missing data for column "${columns[fields.length].name}"`, { where: this.where(record) });
    }
    if (this.format.kind === 'tbl' && fields.length === columns.length + 1 && (fields[columns.length] ?? '') === '') return;
    if (columns.length === 0 && raw === '') return;
    throw new SqlError('bad_copy_file_format', 'extra data after last expected column', { where: this.where(record) });
  }
}
