/**
 * The tokens of a statement's text, as far as it takes to find words outside of strings, comments and quoted names: PostgreSQL's lexical
 * rules with standard_conforming_strings on.
 */

export interface Token {
  /** `text` is any quoted thing: strings, quoted names, dollar quotes. */
  readonly kind: 'word' | 'number' | 'text' | 'symbol';
  /** UTF-16 indexes into the text. */
  readonly from: number;
  readonly to: number;
  /** How many parentheses and brackets are open before it. */
  readonly depth: number;
}

/** Space and comments up to where a comment nests: those are walked. */
const SPACE = /(?:\s+|--[^\n\r]*)+/y;
const WORD = /[A-Za-z_\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*/y;
const NUMBER = /(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d+)?/y;
const DOLLAR_QUOTE = /\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$/y;
const PLAIN_STRING = /'(?:[^']|'')*(?:'|$)/y;
const ESCAPE_STRING = /'(?:[^'\\]|''|\\[\s\S])*(?:'|\\?$)/y;
const QUOTED_NAME = /"(?:[^"]|"")*(?:"|$)/y;

/** Every token of `text`, in order. Text that PostgreSQL would refuse gives some tokens too, never an error. */
export function* tokens(text: string): Generator<Token> {
  let depth = 0;
  for (let at = afterSpace(text, 0); at < text.length;) {
    const from = at;
    const character = text[at];
    let kind: Token['kind'] = 'symbol';
    if (character === "'") [kind, at] = ['text', ended(PLAIN_STRING, text, at)];
    else if (character === '"') [kind, at] = ['text', ended(QUOTED_NAME, text, at)];
    else if (character === '$' && ended(DOLLAR_QUOTE, text, at) > at) [kind, at] = ['text', afterDollarQuote(text, at)];
    else if (ended(NUMBER, text, at) > at) [kind, at] = ['number', ended(NUMBER, text, at)];
    else if (ended(WORD, text, at) > at) [kind, at] = wordAt(text, at);
    else at++;
    if (character === ')' || character === ']') depth = Math.max(0, depth - 1);
    yield { kind, from, to: at, depth };
    if (character === '(' || character === '[') depth++;
    at = afterSpace(text, at);
  }
}

/** A word, or the string that its first letters introduce: E'…', B'…', X'…', N'…', U&'…', U&"…". */
function wordAt(text: string, at: number): ['word' | 'text', number] {
  const letter = text[at].toLowerCase();
  if (text[at + 1] === "'" && 'ebxn'.includes(letter)) return ['text', ended(letter === 'e' ? ESCAPE_STRING : PLAIN_STRING, text, at + 1)];
  if (letter === 'u' && text[at + 1] === '&' && text[at + 2] === "'") return ['text', ended(PLAIN_STRING, text, at + 2)];
  if (letter === 'u' && text[at + 1] === '&' && text[at + 2] === '"') return ['text', ended(QUOTED_NAME, text, at + 2)];
  return ['word', ended(WORD, text, at)];
}

function afterSpace(text: string, from: number): number {
  let at = from;
  for (;;) {
    const next = text.startsWith('/*', at) ? afterComment(text, at) : ended(SPACE, text, at);
    if (next === at) return at;
    at = next;
  }
}

/** Block comments nest. */
function afterComment(text: string, from: number): number {
  let open = 0;
  for (let at = from; at < text.length;) {
    if (text.startsWith('/*', at)) [open, at] = [open + 1, at + 2];
    else if (text.startsWith('*/', at)) {
      [open, at] = [open - 1, at + 2];
      if (open === 0) return at;
    } else at++;
  }
  return text.length;
}

function afterDollarQuote(text: string, from: number): number {
  const quote = text.slice(from, ended(DOLLAR_QUOTE, text, from));
  const end = text.indexOf(quote, from + quote.length);
  return end < 0 ? text.length : end + quote.length;
}

/** Where a match of the sticky `pattern` at `at` ends; `at` when there is none. */
function ended(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}
