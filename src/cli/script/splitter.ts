/**
 * Cuts text into statements and backslash commands, as psql does: a semicolon ends a statement unless it lies within quotes,
 * comments, a dollar-quoted body, parentheses, or the BEGIN ATOMIC body of a function.
 *
 * Text comes in pieces (lines typed, a file); a statement not ended yet stays pending. After a COPY … FROM STDIN the caller takes the
 * data lines by `takeData` before it asks for the next piece.
 */
import type { Piece } from './pieces.ts';

/** Where the end of the text left us: what an interactive prompt shows. */
export type Pending = 'nothing' | 'statement' | 'quote' | 'identifier' | 'dollar' | 'comment' | 'parenthesis';

interface Scan {
  readonly at: number;
  readonly pending: Pending;
}

const IDENTIFIER_START = /[A-Za-z_\u0080-\uffff]/;
const IDENTIFIER = /[A-Za-z_0-9$\u0080-\uffff]/;
const DOLLAR_TAG = /\$(?:[A-Za-z_\u0080-\uffff][A-Za-z_0-9\u0080-\uffff]*)?\$/y;
const WORD = /[A-Za-z_\u0080-\uffff][A-Za-z_0-9$\u0080-\uffff]*/y;

export class ScriptSplitter {
  #text = '';
  #line = 1;
  #pending: Pending = 'nothing';
  #isInData = false;

  /** What the text so far leaves open. */
  get pending(): Pending {
    return this.#pending;
  }

  add(text: string): void {
    this.#text += text;
  }

  /** The next whole piece, undefined when more text is needed. With `atEnd`, what is left counts as a statement. */
  next(atEnd = false): Piece | undefined {
    this.#skipSpace();
    if (this.#text === '') {
      this.#pending = 'nothing';
      return undefined;
    }
    if (this.#text.startsWith('\\')) return this.#command(atEnd);
    const { at, pending } = scanStatement(this.#text);
    if (at < 0 && !atEnd) {
      this.#pending = pending;
      return undefined;
    }
    this.#pending = 'nothing';
    const end = at < 0 ? this.#text.length : at;
    const text = this.#text.slice(0, end).trimEnd();
    const line = this.#line;
    this.#drop(this.#text[end] === ';' ? end + 1 : end);
    if (text === '' || isComment(text)) return this.next(atEnd);
    return { kind: 'statement', text, line };
  }

  /** Forgets what was not ended: Ctrl-C, \r. */
  reset(): void {
    this.#drop(this.#text.length);
    this.#pending = 'nothing';
  }

  /** The statement under way, for \p. */
  get buffer(): string {
    return this.#text;
  }

  /**
   * Whole lines of COPY data, up to `\.`, which is dropped; `ended` at the terminator, or at the end of the text when `atEnd`. The rest of
   * the line that the statement ended on is not data.
   */
  takeData(atEnd: boolean): { readonly data: string; readonly ended: boolean } {
    if (!this.#isInData) {
      const end = this.#text.indexOf('\n');
      if (end < 0) return { data: '', ended: atEnd };
      this.#drop(end + 1);
      this.#isInData = true;
    }
    const found = /^\\\.\r?(?:\n|$)/m.exec(this.#text);
    const isWhole = found !== null && (atEnd || found[0].endsWith('\n'));
    const end = isWhole ? found.index : atEnd ? this.#text.length : this.#text.lastIndexOf('\n') + 1;
    const data = this.#text.slice(0, end);
    this.#drop(isWhole ? end + found[0].length : end);
    this.#isInData = !isWhole && !atEnd;
    return { data, ended: !this.#isInData };
  }

  #skipSpace(): void {
    const space = /^\s*/.exec(this.#text)?.[0].length ?? 0;
    this.#drop(space);
  }

  #drop(length: number): void {
    for (let at = this.#text.indexOf('\n'); at >= 0 && at < length; at = this.#text.indexOf('\n', at + 1)) this.#line++;
    this.#text = this.#text.slice(length);
  }

  #command(atEnd: boolean): Piece | undefined {
    const end = this.#text.indexOf('\n');
    if (end < 0 && !atEnd) return undefined;
    const line = end < 0 ? this.#text : this.#text.slice(0, end);
    const found = /^\\(\S*?)(?:;?\s+|;?$)(.*)$/s.exec(line.trimEnd());
    const piece: Piece = {
      kind: 'command',
      name: found?.[1] ?? '',
      argument: (found?.[2] ?? '').trim().replace(/;$/, ''),
      line: this.#line,
    };
    this.#drop(end < 0 ? this.#text.length : end + 1);
    return piece;
  }
}

/** The index of what ends the statement (a semicolon, or a backslash that starts a command), or -1. */
function scanStatement(text: string): Scan {
  let depth = 0;
  let atomic = 0;
  let previousWord = '';
  let isCreate = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === "'") {
      const escapes = /[eE]$/.test(text.slice(Math.max(0, at - 1), at)) && !IDENTIFIER.test(text[at - 2] ?? ' ');
      const end = quoteEnd(text, at, "'", escapes);
      if (end < 0) return { at: -1, pending: 'quote' };
      at = end;
    } else if (character === '"') {
      const end = quoteEnd(text, at, '"', false);
      if (end < 0) return { at: -1, pending: 'identifier' };
      at = end;
    } else if (character === '-' && text[at + 1] === '-') {
      const end = text.indexOf('\n', at);
      if (end < 0) return { at: -1, pending: isComment(text) ? 'nothing' : 'statement' };
      at = end;
    } else if (character === '/' && text[at + 1] === '*') {
      const end = commentEnd(text, at);
      if (end < 0) return { at: -1, pending: 'comment' };
      at = end;
    } else if (character === '$') {
      DOLLAR_TAG.lastIndex = at;
      const tag = IDENTIFIER.test(text[at - 1] ?? ' ') ? null : DOLLAR_TAG.exec(text);
      if (tag === null) continue;
      const end = text.indexOf(tag[0], at + tag[0].length);
      if (end < 0) return { at: -1, pending: 'dollar' };
      at = end + tag[0].length - 1;
    } else if (character === '(') depth++;
    else if (character === ')') depth = Math.max(0, depth - 1);
    else if (character === ';' && depth === 0 && atomic === 0) return { at, pending: 'nothing' };
    else if (character === '\\' && depth === 0) return { at, pending: 'nothing' };
    else if (IDENTIFIER_START.test(character)) {
      WORD.lastIndex = at;
      const word = (WORD.exec(text)?.[0] ?? character).toLowerCase();
      at += word.length - 1;
      isCreate ||= word === 'create' && previousWord === '';
      if (isCreate && word === 'atomic' && previousWord === 'begin') atomic++;
      else if (atomic > 0 && word === 'case') atomic++;
      else if (atomic > 0 && word === 'end') atomic--;
      previousWord = word;
    } else if (/[0-9]/.test(character)) {
      while (IDENTIFIER.test(text[at + 1] ?? ' ')) at++;
    }
  }
  return { at: -1, pending: depth > 0 ? 'parenthesis' : isComment(text) ? 'nothing' : 'statement' };
}

/** The closing quote's index; doubled quotes are part of the text, and with `escapes` so is what follows a backslash. */
function quoteEnd(text: string, start: number, quote: string, escapes: boolean): number {
  for (let at = start + 1; at < text.length; at++) {
    if (escapes && text[at] === '\\') at++;
    else if (text[at] === quote) {
      if (text[at + 1] !== quote) return at;
      at++;
    }
  }
  return -1;
}

/** The index of the last character of a comment, which may hold others. */
function commentEnd(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length - 1; at++) {
    if (text[at] === '/' && text[at + 1] === '*') {
      depth++;
      at++;
    } else if (text[at] === '*' && text[at + 1] === '/') {
      at++;
      if (--depth === 0) return at;
    }
  }
  return -1;
}

/** Whether `text` holds nothing but comments and space. */
function isComment(text: string): boolean {
  let rest = text.trimStart();
  while (rest !== '') {
    if (rest.startsWith('--')) {
      const end = rest.indexOf('\n');
      rest = end < 0 ? '' : rest.slice(end);
    } else if (rest.startsWith('/*')) {
      const end = commentEnd(rest, 0);
      if (end < 0) return false;
      rest = rest.slice(end + 1);
    } else return false;
    rest = rest.trimStart();
  }
  return true;
}
