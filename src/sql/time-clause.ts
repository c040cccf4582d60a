/**
 * AS OF SYSTEM TIME, CockroachDB's clause for reading the past, which PostgreSQL's grammar does not know. It is taken out of the text before
 * the grammar sees it, and blanked byte for byte, so that every offset in the tree and every position in an error still counts in the
 * text as it was sent.
 *
 *     select * from t as of system time '-10s' where a = 1
 *     select * from t                          where a = 1        what the grammar reads
 *             begin as of system time slot 42
 *             begin         read only                             a transaction of the past writes nothing
 *
 * After TIME stands an expression of constants, or SLOT and one that counts log slots.
 */
import { utf8 } from '../base/bytes.ts';
import { SqlError } from '../base/sql-error.ts';
import { characterPosition } from './position.ts';
import { tokens, type Token } from './tokens.ts';

/** One clause as it stands in the text; UTF-16 indexes. */
export interface TimeClause {
  readonly from: number;
  readonly to: number;
  /** Where its expression begins; it ends with the clause. */
  readonly expression: number;
  /** Whether the expression counts slots instead of naming a moment. */
  readonly slot: boolean;
}

export interface TimelessText {
  /** The text without its clauses: as many UTF-8 bytes as before, with everything else in its place. */
  readonly text: string;
  readonly clauses: readonly TimeClause[];
}

const WORDS = ['as', 'of', 'system', 'time'] as const;
/** Cheap enough to be asked of every text. */
const MAY_HAVE_CLAUSE = /\bof\b[\s\S]*\bsystem\b[\s\S]*\btime\b/i;
/** What follows a FROM list or the modes of a transaction, none of which can go on an expression. */
const ENDS =
  /^(?:where|group|having|order|limit|offset|fetch|for|union|intersect|except|window|join|cross|inner|left|right|full|natural|on|using|as|returning|isolation|read|deferrable|not)$/;

/** Takes AS OF SYSTEM TIME out of `text`. SQLSTATE 42601 where it stands inside parentheses or names no time. */
export function withoutTimeClauses(text: string): TimelessText {
  if (!MAY_HAVE_CLAUSE.test(text)) return { text, clauses: [] };
  const all = [...tokens(text)];
  const clauses: TimeClause[] = [];
  let rest = '';
  let done = 0;
  let first = 0; // the token that begins the statement
  for (let at = 0; at < all.length; at++) {
    if (isSymbol(text, all[at], ';')) first = at + 1;
    if (!WORDS.every((word, ahead) => isWord(text, all[at + ahead], word))) continue;
    const clause = clauseAt(text, all, at);
    const opens = isWord(text, all[first], 'begin') || isWord(text, all[first], 'start') || isWord(text, all[first], 'set');
    rest += text.slice(done, clause.from) + blank(text.slice(clause.from, clause.to), opens ? 'read only' : '');
    done = clause.to;
    clauses.push(clause);
    while (at + 1 < all.length && all[at + 1].from < clause.to) at++;
  }
  return { text: rest + text.slice(done), clauses };
}

/** `SELECT expression`, every byte of the expression where it is in `text`. */
export function expressionText(text: string, { expression, to }: TimeClause): string {
  const select = 'SELECT ';
  const before = blank(text.slice(0, expression), '');
  return before.slice(0, before.length - select.length) + select + text.slice(expression, to);
}

/** An error of the grammar over `parsed`, its position moved to the same byte of `text`. */
export function relocated(error: unknown, parsed: string, text: string): unknown {
  if (!(error instanceof SqlError) || error.position === undefined || parsed === text) return error;
  const before = Array.from(parsed)
    .slice(0, error.position - 1)
    .join('');
  error.position = characterPosition(text, utf8(before).length);
  return error;
}

function clauseAt(text: string, all: readonly Token[], at: number): TimeClause {
  const { from, depth } = all[at];
  if (depth > 0) throw misplaced(text, from, 'AS OF SYSTEM TIME must be provided on a top-level statement');
  let next = at + WORDS.length;
  const slot = isWord(text, all[next], 'slot');
  if (slot) next++;
  let end = next;
  while (end < all.length && !endsExpression(text, all[end], depth)) end++;
  if (end === next)
    throw misplaced(text, all[end - 1].from, `AS OF SYSTEM TIME ${slot ? 'SLOT ' : ''}needs ${slot ? 'a number' : 'a time'}`);
  return { from, to: all[end - 1].to, expression: all[next].from, slot };
}

function endsExpression(text: string, token: Token, depth: number): boolean {
  if (token.depth > depth) return false;
  if (token.kind === 'word') return ENDS.test(text.slice(token.from, token.to).toLowerCase());
  return isSymbol(text, token, ',') || isSymbol(text, token, ';') || (isSymbol(text, token, ')') && token.depth < depth);
}

function isWord(text: string, token: Token | undefined, word: string): boolean {
  return token?.kind === 'word' && text.slice(token.from, token.to).toLowerCase() === word;
}

function isSymbol(text: string, token: Token, symbol: string): boolean {
  return token.kind === 'symbol' && text[token.from] === symbol;
}

/** As many bytes as `text` has, `word` first and then spaces. */
function blank(text: string, word: string): string {
  return word.padEnd(utf8(text).length, ' ');
}

function misplaced(text: string, at: number, message: string): SqlError {
  return new SqlError('syntax_error', message, { position: characterPosition(text, utf8(text.slice(0, at)).length) });
}
