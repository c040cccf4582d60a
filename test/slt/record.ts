/** One record of a logic test, whichever format it came from. */
export interface SltRecord {
  readonly line: number;
  readonly sql: string;
  readonly expect:
    | { readonly kind: 'ok' }
    /** `code` undefined: any error will do. */
    | { readonly kind: 'error'; readonly code: string | undefined }
    | {
        readonly kind: 'rows';
        readonly types: string;
        readonly sort: 'nosort' | 'rowsort' | 'valuesort';
        readonly label: string | undefined;
        readonly lines: readonly string[];
      };
}

/** How results are compared: one value a line and SQLite's renderings, or one row a line in PostgreSQL's text format. */
export type Dialect = 'sqlite' | 'postgres';

export interface SltFile {
  readonly path: string;
  readonly dialect: Dialect;
  readonly records: readonly SltRecord[];
}
