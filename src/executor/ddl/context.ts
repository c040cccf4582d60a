import type { Node, TypeName } from '@pgsql/types';
import type { CatalogEditor } from '../../catalog/editor.ts';
import type { ColumnDescriptor } from '../../catalog/descriptor.ts';
import type { Oid } from '../../types/oid.ts';
import type { SqlType } from '../../types/type.ts';
import type { Row, Value } from '../../types/value.ts';

/** What a view's or CREATE TABLE AS's query yields. */
export interface QueryShape {
  readonly columns: readonly { readonly name: string; readonly type: SqlType }[];
  readonly dependencies: readonly Oid[];
  /** The query with its names written out, so that its text means the same later. */
  readonly writtenOut: Node;
}

/** Computes SQL expressions over rows of a table, whose columns are named as in `columns`. */
export type RowEvaluator = (row: Row) => readonly Value[] | Promise<readonly Value[]>;

/** What a command may ask of the session that runs it. */
export interface DdlContext {
  readonly editor: CatalogEditor;
  readonly searchPath: readonly string[];
  /** The type a syntax tree names; 42704 when there is none. Serial names are not types. */
  resolveType(name: TypeName): SqlType;
  /**
   * Binds an expression (a syntax tree, or SQL text) over the columns of a table (none for defaults) and answers its type; `target` coerces it by assignment.
   * Aggregates, windows, subqueries and set-returning functions are refused as `purpose` words it.
   */
  expressionType(expression: Node | string, columns: readonly ColumnDescriptor[], purpose: ExpressionPurpose, target?: SqlType): SqlType;
  /** Compiles expressions given as SQL text; each is coerced by assignment to its `target` when it has one. */
  evaluator(
    table: { readonly name: string; readonly columns: readonly ColumnDescriptor[] },
    expressions: readonly { readonly text: string; readonly target?: SqlType | undefined }[],
  ): Promise<RowEvaluator>;
  describeQuery(query: Node): QueryShape;
  /** Runs a query of the engine's own inside the transaction, without recording what it reads as the user's. */
  rows(sql: string): Promise<readonly Row[]>;
  /** Runs a statement inside the transaction; the number of rows affected. */
  execute(statement: Node): Promise<number>;
  notice(message: string, code?: string): void;
  /** The text of an expression or query, as SQL. */
  textOf(node: Node): string;
  /** The text of an expression with one column called otherwise. */
  renameColumn(text: string, from: string, to: string): string;
  /** A type as error messages name it. */
  typeText(type: SqlType): string;
}

export type ExpressionPurpose = 'default' | 'check' | 'generated' | 'index' | 'predicate' | 'transform';
