import { SqlError } from '../base/sql-error.ts';
import type { Condition } from '../base/sqlstate.ts';

/** Grammar messages that are not plain syntax errors in PostgreSQL, and the conditions they have there. */
const CONDITIONS: readonly (readonly [RegExp, Condition])[] = [
  [/^memory exhausted/, 'statement_too_complex'],
  [/is not (yet )?(implemented|supported)|cannot be combined/, 'feature_not_supported'],
  [/^frame (start|end)/, 'windowing_error'],
  [/^invalid Unicode (escape|surrogate)|^unsafe use of/, 'syntax_error'],
  [/^invalid escape string|^invalid hexadecimal/, 'invalid_escape_sequence'],
  [/^invalid byte sequence/, 'character_not_in_repertoire'],
  [/^cross-database references/, 'feature_not_supported'],
];

/** PostgreSQL's error for what its grammar refused; `position` is its own, already 1-based characters, 0 when it has none. */
export function syntaxError(message: string, position: number): SqlError {
  const condition = CONDITIONS.find(([pattern]) => pattern.test(message))?.[1] ?? 'syntax_error';
  if (condition === 'statement_too_complex') return tooDeep();
  const limitComma = message.startsWith('LIMIT #,# syntax');
  return new SqlError(limitComma ? 'syntax_error' : condition, message, {
    position: position > 0 ? position : undefined,
    hint: limitComma ? 'Use separate LIMIT and OFFSET clauses.' : undefined,
  });
}

/** SQLSTATE 54001: nested deeper than the stack allows. */
export function tooDeep(): SqlError {
  return new SqlError('statement_too_complex', 'stack depth limit exceeded', { hint: 'Simplify the statement: it nests too deeply.' });
}
