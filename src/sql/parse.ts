/** The one road from text to syntax trees. */
import type { Node } from '@pgsql/types';
import { LIMITS } from '../base/limits.ts';
import { SqlError } from '../base/sql-error.ts';
import { parseRaw, type RawStatement } from './parser.ts';
import { TextCursor } from './position.ts';

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
  const cursor = new TextCursor(text);
  const statements = parseRaw(text).map((raw) => statementOf(raw, text, cursor));
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

function statementOf(raw: RawStatement, source: string, cursor: TextCursor): ParsedStatement {
  const start = raw.stmt_location ?? 0;
  const from = cursor.at(start);
  const to = raw.stmt_len === undefined ? source.length : cursor.at(start + raw.stmt_len).index;
  const slice = source.slice(from.index, to);
  const space = slice.length - slice.trimStart().length; // one UTF-16 unit and one character each
  return { node: raw.stmt, text: slice.trim(), source, location: from.character + space };
}

function remember(text: string, statements: readonly ParsedStatement[]): void {
  cache.set(text, statements);
  if (cache.size <= CACHED_TEXTS_MAX) return;
  const oldest = cache.keys().next();
  if (oldest.done !== true) cache.delete(oldest.value);
}
