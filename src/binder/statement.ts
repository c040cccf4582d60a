/** What binding a statement's text gives: a plan with its output's names and types, or a command for the session. */
import type { Oid } from '../types/oid.ts';
import type { SqlType } from '../types/type.ts';
import type { ColumnRef } from './expression.ts';
import type { Plan } from './plan.ts';

/** A column as the client sees it. `table`/`attribute` are 0 when it is not a plain table column. */
export interface ResultColumn {
  readonly ref: ColumnRef;
  readonly name: string;
  readonly type: SqlType;
  readonly table: Oid;
  readonly attribute: number;
}

/** A SELECT, VALUES, INSERT, UPDATE or DELETE, bound. */
export interface BoundQuery {
  readonly kind: 'query';
  /** The command tag's first word(s). */
  readonly tag: 'SELECT' | 'INSERT' | 'UPDATE' | 'DELETE' | 'MERGE';
  readonly plan: Plan;
  /** Undefined when no rows go to the client. */
  readonly columns: readonly ResultColumn[] | undefined;
  /** Types of $1, $2 …, inferred or given. */
  readonly parameters: readonly SqlType[];
  /** Whether the plan writes (also in a WITH). */
  readonly writes: boolean;
  /** Catalog objects it was bound against: tables, views, sequences, types. Their rows are validated at commit. */
  readonly dependencies: readonly Oid[];
  /** Whether any expression is volatile or depends on the session (search_path, time zone), for the plan cache. */
  readonly cacheable: boolean;
}
