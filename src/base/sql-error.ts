import { SQLSTATE, type Condition } from './sqlstate.ts';

/** The optional fields of PostgreSQL's ErrorResponse. `position` is the 1-based character in the statement's text. */
export interface SqlErrorFields {
  readonly detail?: string | undefined;
  readonly hint?: string | undefined;
  readonly position?: number | undefined;
  readonly where?: string | undefined;
  readonly schema?: string | undefined;
  readonly table?: string | undefined;
  readonly column?: string | undefined;
  readonly dataType?: string | undefined;
  readonly constraint?: string | undefined;
  readonly cause?: unknown;
}

/**
 * A failure that belongs to the client: its condition's SQLSTATE in `code`, PostgreSQL's words in `message`, and what it
 * concerns in the remaining fields. The only error that leaves the engine on purpose.
 */
export class SqlError extends Error {
  override readonly name = 'SqlError';
  readonly condition: Condition;
  /** The five characters of the SQLSTATE. */
  readonly code: string;
  readonly severity = 'ERROR';
  readonly detail: string | undefined;
  readonly hint: string | undefined;
  readonly where: string | undefined;
  readonly schema: string | undefined;
  readonly table: string | undefined;
  readonly column: string | undefined;
  readonly dataType: string | undefined;
  readonly constraint: string | undefined;
  position: number | undefined;

  constructor(condition: Condition, message: string, fields: SqlErrorFields = {}) {
    super(message, fields.cause === undefined ? undefined : { cause: fields.cause });
    this.condition = condition;
    this.code = SQLSTATE[condition];
    this.detail = fields.detail;
    this.hint = fields.hint;
    this.position = fields.position;
    this.where = fields.where;
    this.schema = fields.schema;
    this.table = fields.table;
    this.column = fields.column;
    this.dataType = fields.dataType;
    this.constraint = fields.constraint;
  }

  /** Whether running the same transaction again may succeed. */
  get retryable(): boolean {
    return this.condition === 'serialization_failure' || this.condition === 'deadlock_detected';
  }
}

/** Whether `error` is a `SqlError`, of the given condition when one is named. */
export function isSqlError(error: unknown, condition?: Condition): error is SqlError {
  return error instanceof SqlError && (condition === undefined || error.condition === condition);
}
