/** A statement's rows, ready to be printed. */
import { OID, type Oid } from '../../types/oid.ts';
import type { Value } from '../../types/value.ts';
import type { Field, StatementResult } from '../../session/session.ts';

/** A result with what turns its values into text. */
export interface PrintedResult {
  readonly fields: readonly Field[];
  readonly rows: StatementResult['rows'];
  /** PostgreSQL's text of a value that is not null. */
  textOf(type: Oid, value: Value): string;
}

export type OutputFormat = 'table' | 'json' | 'ndjson' | 'csv';
export const OUTPUT_FORMATS: readonly OutputFormat[] = ['table', 'json', 'ndjson', 'csv'];

/** The cells of a row as text; null stays null. */
export function textsOf(result: PrintedResult, row: readonly Value[]): (string | null)[] {
  return result.fields.map((field, at) => (row[at] === null ? null : result.textOf(field.type.oid, row[at])));
}

const NUMBERS: ReadonlySet<number> = new Set([OID.int2, OID.int4, OID.int8, OID.float4, OID.float8, OID.numeric, OID.oid]);

/** Whether values of the type stand at the right of their column. */
export function isNumber(type: Oid): boolean {
  return NUMBERS.has(type);
}
