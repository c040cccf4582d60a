import { SqlError } from '../base/sql-error.ts';
import type { Field } from './session.ts';

/** SQLSTATE 0A000 when a statement described earlier now gives other columns: the client decodes by what it was told. */
export function requireSameShape(described: readonly Field[] | undefined, given: readonly Field[] | undefined): void {
  const same = described?.length === given?.length && (described ?? []).every((field, at) => field.type.oid === given?.[at].type.oid);
  if (!same) throw new SqlError('feature_not_supported', 'cached plan must not change result type');
}
