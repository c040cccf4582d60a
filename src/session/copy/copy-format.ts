/** How rows are written as lines, as COPY's options say. */
export type CopyFormat = TextFormat | CsvFormat | PlainFormat;

/** Whether a first line names columns: `skip` reads over it, `match` insists on the table's names, `names` loads the columns it names. */
export type Header = 'none' | 'skip' | 'match' | 'names';

/** PostgreSQL's own: backslash escapes, `\N` for null. */
export interface TextFormat {
  readonly kind: 'text';
  readonly delimiter: string;
  readonly nullText: string;
  readonly header: Header;
}

/** RFC 4180 with PostgreSQL's options: null is an unquoted `nullText`. */
export interface CsvFormat {
  readonly kind: 'csv';
  readonly delimiter: string;
  readonly nullText: string;
  readonly header: Header;
  readonly quote: string;
  /** What makes the next quote or escape character a plain one. */
  readonly escape: string;
  /** Columns whose quoted `nullText` is null too. */
  readonly forceNull: readonly string[];
  /** Columns that are never null: the unquoted `nullText` is that text. */
  readonly forceNotNull: readonly string[];
  /** Writing: columns quoted always; '*' is all. */
  readonly forceQuote: readonly string[] | '*';
}

/** TPC's .tbl files: a delimiter and nothing else; one more at the end of a line is allowed. Without `nullText` nothing is null. */
export interface PlainFormat {
  readonly kind: 'tbl';
  readonly delimiter: string;
  readonly nullText: string | undefined;
  readonly header: Header;
}

export const TEXT_FORMAT: TextFormat = { kind: 'text', delimiter: '\t', nullText: '\\N', header: 'none' };
export const CSV_FORMAT: CsvFormat = {
  kind: 'csv',
  delimiter: ',',
  nullText: '',
  header: 'none',
  quote: '"',
  escape: '"',
  forceNull: [],
  forceNotNull: [],
  forceQuote: [],
};
export const TBL_FORMAT: PlainFormat = { kind: 'tbl', delimiter: '|', nullText: undefined, header: 'none' };
