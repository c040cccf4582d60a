/** The one road from text to syntax trees. */
import type { Node } from '@pgsql/types';
import { LIMITS } from '../base/limits.ts';
import { SqlError } from '../base/sql-error.ts';
import { parseRaw, type RawStatement } from './parser.ts';
import { TextCursor } from './position.ts';
import { expressionText, relocated, withoutTimeClauses, type TimeClause } from './time-clause.ts';

/** One statement of a parsed text. Immutable and shared between callers: trees come from a cache. */
export interface ParsedStatement {
  /** The syntax tree. Its `location`s are UTF-8 byte offsets into `source`. */
  readonly node: Node;
  /** The statement's own slice of the text, without surrounding space or the semicolon. */
  readonly text: string;
  /** The whole text that was parsed; error positions count its characters. */
  readonly source: string;
  /** Where the statement starts in `source`: 1-based character. */
  readonly location: number;
  /** The state it asks to read; undefined: the newest. */
  readonly asOf?: AsOf | undefined;
}

/** AS OF SYSTEM TIME: an expression whose locations count in the statement's `source`. */
export interface AsOf {
  /** `slot`: it counts slots of the log. `time`: it is a moment, or an interval before now. */
  readonly kind: 'time' | 'slot';
  readonly expression: Node;
  /** The expression as it was written. */
  readonly text: string;
  /** Where it begins in `source`: 1-based character. */
  readonly position: number;
}

/** Texts longer than this are parsed anew each time. */
const CACHED_TEXT_LENGTH_MAX = 64 * 1024;
const CACHED_TEXTS_MAX = 512;

const cache = new Map<string, readonly ParsedStatement[]>();

/**
 * The statements of `text`, none when it holds only space and comments. Synchronous once `loadParser` has finished. SQLSTATE
 * 42601 with PostgreSQL's message and a 1-based character position, 54000 past the size limit, 54001 when nested too deeply.
 */
export function parse(text: string): readonly ParsedStatement[] {
  const known = cache.get(text);
  if (known !== undefined) {
    cache.delete(text); // to the young end
    cache.set(text, known);
    return known;
  }
  checkText(text);
  const timeless = withoutTimeClauses(text);
  const cursor = new TextCursor(text);
  const statements = parseAt(timeless.text, text).map((raw) => statementOf(raw, text, cursor, timeless.clauses));
  if (text.length <= CACHED_TEXT_LENGTH_MAX) remember(text, statements);
  return statements;
}

function checkText(text: string): void {
  const bytes = text.length * 3 <= LIMITS.statementBytesMax ? text.length : new TextEncoder().encode(text).length;
  if (bytes > LIMITS.statementBytesMax) {
    throw new SqlError('program_limit_exceeded', `statement of ${bytes} bytes exceeds the limit of ${LIMITS.statementBytesMax} bytes`, {
      hint: 'Load many rows with COPY or in several statements.',
    });
  }
  if (text.includes('\0')) throw new SqlError('character_not_in_repertoire', 'invalid byte sequence for encoding "UTF8": 0x00');
}

/** The statements of `parsed`, whose bytes are those of `text`; errors count in `text`. */
function parseAt(parsed: string, text: string): readonly RawStatement[] {
  try {
    return parseRaw(parsed);
  } catch (error) {
    throw relocated(error, parsed, text);
  }
}

function statementOf(raw: RawStatement, source: string, cursor: TextCursor, clauses: readonly TimeClause[]): ParsedStatement {
  const start = raw.stmt_location ?? 0;
  const from = cursor.at(start);
  const to = raw.stmt_len === undefined ? source.length : cursor.at(start + raw.stmt_len).index;
  const slice = source.slice(from.index, to);
  const space = slice.length - slice.trimStart().length; // one UTF-16 unit and one character each
  const statement = { node: raw.stmt, text: slice.trim(), source, location: from.character + space };
  const asOf = clauses.filter((clause) => clause.from >= from.index && clause.from < to).map((clause) => asOfClause(clause, source));
  if (asOf.length === 0) return statement;
  if (asOf.some((one) => one.kind !== asOf[0].kind || one.text !== asOf[0].text))
    throw new SqlError('feature_not_supported', 'a statement reads the state of one moment: its AS OF SYSTEM TIME clauses differ');
  return { ...statement, asOf: asOf[0] };
}

function asOfClause(clause: TimeClause, source: string): AsOf {
  const [statement, another] = parseAt(expressionText(source, clause), source);
  const targets =
    'SelectStmt' in statement.stmt && statement.stmt.SelectStmt.fromClause === undefined ? statement.stmt.SelectStmt.targetList : [];
  const target = targets?.[0];
  if (
    another !== undefined ||
    targets?.length !== 1 ||
    target === undefined ||
    !('ResTarget' in target) ||
    target.ResTarget.val === undefined
  )
    throw new SqlError('syntax_error', 'AS OF SYSTEM TIME takes one expression');
  return {
    kind: clause.slot ? 'slot' : 'time',
    expression: target.ResTarget.val,
    text: source.slice(clause.expression, clause.to),
    position: Array.from(source.slice(0, clause.expression)).length + 1,
  };
}

function remember(text: string, statements: readonly ParsedStatement[]): void {
  cache.set(text, statements);
  if (cache.size <= CACHED_TEXTS_MAX) return;
  const oldest = cache.keys().next();
  if (oldest.done !== true) cache.delete(oldest.value);
}
