import { SqlError } from '../base/sql-error.ts';

/**
 * What a client may be told of a failure: the `SqlError` itself, 54001 for a statement nested too deep for the stack, and undefined
 * for a failure of ours, whose words might quote a secret and whose session is not to be trusted any longer.
 */
export function clientError(error: unknown): SqlError | undefined {
  if (error instanceof SqlError) return error;
  if (error instanceof RangeError && error.message.includes('call stack')) {
    return new SqlError('statement_too_complex', 'stack depth limit exceeded', { hint: 'Nest the statement less deeply.' });
  }
  return undefined;
}
