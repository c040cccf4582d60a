/** Errors as psql prints them. */
import { SqlError } from '../base/sql-error.ts';
import { masked } from './database-url.ts';

export interface ErrorContext {
  /** The text the error's position counts in. */
  readonly source?: string | undefined;
  /** Put in front, e.g. `script.sql:12: `. */
  readonly prefix?: string | undefined;
  /** Whether the SQLSTATE is shown. */
  readonly withCode?: boolean | undefined;
}

/** `ERROR:  …`, the line with a caret under the place, DETAIL, HINT, CONTEXT; each on lines of its own, secrets masked. */
export function errorText(error: unknown, context: ErrorContext = {}): string {
  const prefix = context.prefix ?? '';
  if (!(error instanceof SqlError)) return masked(`${prefix}ERROR:  ${error instanceof Error ? messageOf(error) : String(error)}\n`);
  const code = context.withCode === true ? `${error.code}: ` : '';
  const lines = [`${prefix}${error.severity}:  ${code}${error.message}`];
  if (context.source !== undefined && error.position !== undefined) lines.push(...excerpt(context.source, error.position));
  if (error.detail !== undefined) lines.push(`DETAIL:  ${error.detail}`);
  if (error.hint !== undefined) lines.push(`HINT:  ${error.hint}`);
  if (error.where !== undefined) lines.push(`CONTEXT:  ${error.where}`);
  return masked(`${lines.join('\n')}\n`);
}

/** Failures of the host carry a code (ENOENT, EACCES); its words are in the message already. */
function messageOf(error: Error): string {
  if (error.name === 'AssertionError' || error.name === 'TypeError' || error.name === 'RangeError')
    return `internal error: ${error.stack ?? error.message}`;
  return error.message;
}

/** Characters of the line shown, and how many right of the caret are shown at least. */
const SHOWN_LENGTH = 60;
const SHOWN_RIGHT_MIN = 10;

/** psql's `LINE 3: select …` and its caret; `position` is a 1-based character of `source`. */
function excerpt(source: string, position: number): string[] {
  const characters = Array.from(source);
  const at = Math.min(position - 1, characters.length);
  let from = at;
  while (from > 0 && characters[from - 1] !== '\n') from--;
  let to = at;
  while (to < characters.length && characters[to] !== '\n' && characters[to] !== '\r') to++;
  const number = 1 + characters.slice(0, from).filter((character) => character === '\n').length;
  const line = characters.slice(from, to).map((character) => (character === '\t' ? ' ' : character));
  let left = 0;
  let right = line.length;
  const column = at - from;
  if (line.length > SHOWN_LENGTH) {
    right = Math.min(line.length, Math.max(SHOWN_LENGTH, column + SHOWN_RIGHT_MIN));
    left = Math.max(0, right - SHOWN_LENGTH);
  }
  const head = `LINE ${number}: ${left > 0 ? '...' : ''}`;
  const tail = right < line.length ? '...' : '';
  return [`${head}${line.slice(left, right).join('')}${tail}`, `${' '.repeat(head.length + column - left)}^`];
}
