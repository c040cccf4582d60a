/**
 * PostgreSQL's advanced regular expressions (ARE) as JavaScript's RegExp: syntax is translated character by character, and
 * what PostgreSQL refuses is refused with its words. By default `.` and negated brackets match newlines and `^ $` only the
 * ends of the text, as in PostgreSQL. Known difference: of several alternatives the first that matches wins, not the longest.
 */
import { SqlError } from '../../base/sql-error.ts';
import { readBracket } from './regex-bracket.ts';

/** How a pattern is read and matched: the letters of PostgreSQL's embedded options. */
interface RegexOptions {
  ignoreCase: boolean;
  /** `.` and negated brackets stop at newlines. */
  newlineStops: boolean;
  /** `^` and `$` match at newlines too. */
  newlineAnchors: boolean;
  expanded: boolean;
  literal: boolean;
  /** POSIX extended: no escapes beyond plain characters. */
  extended: boolean;
}

const REGEXES_KEPT = 256;
const regexes = new Map<string, RegExp>();

/**
 * The RegExp of a pattern, with flag `u` (characters are code points), compiled once and kept. `options`: letters of
 * PostgreSQL's table 9.24 without `g`, which is for callers. SQLSTATE 2201B when the pattern is malformed.
 */
export function compileRegex(pattern: string, options = ''): RegExp {
  const key = `${options}/${pattern}`;
  let regex = regexes.get(key);
  if (regex === undefined) {
    if (regexes.size >= REGEXES_KEPT) regexes.clear();
    regex = new Translator(pattern, readOptions(options)).translate();
    regexes.set(key, regex);
  }
  return regex;
}

/** Whether the pattern matches anywhere in the text (`~`). */
export function regexMatches(text: string, pattern: string, options = ''): boolean {
  return compileRegex(pattern, options).test(text);
}

/** A malformed pattern, in PostgreSQL's words. */
export function invalidRegex(reason: string): never {
  throw new SqlError('invalid_regular_expression', `invalid regular expression: ${reason}`);
}

function readOptions(letters: string): RegexOptions {
  const options: RegexOptions = {
    ignoreCase: false,
    newlineStops: false,
    newlineAnchors: false,
    expanded: false,
    literal: false,
    extended: false,
  };
  for (const letter of letters) applyOption(options, letter);
  return options;
}

function applyOption(options: RegexOptions, letter: string): void {
  switch (letter) {
    case 'i':
      options.ignoreCase = true;
      break;
    case 'c':
      options.ignoreCase = false;
      break;
    case 'n':
    case 'm':
      options.newlineStops = true;
      options.newlineAnchors = true;
      break;
    case 'p':
      options.newlineStops = true;
      options.newlineAnchors = false;
      break;
    case 'w':
      options.newlineStops = false;
      options.newlineAnchors = true;
      break;
    case 's':
      options.newlineStops = false;
      options.newlineAnchors = false;
      break;
    case 'x':
      options.expanded = true;
      break;
    case 't':
      options.expanded = false;
      break;
    case 'q':
      options.literal = true;
      break;
    case 'e':
    case 'b':
      options.extended = true;
      break;
    default:
      throw new SqlError('invalid_parameter_value', `invalid regular expression option: "${letter}"`);
  }
}

const CONTROL: Readonly<Record<string, string>> = {
  a: '\\x07',
  b: '\\x08',
  B: '\\\\',
  e: '\\x1b',
  f: '\\f',
  n: '\\n',
  r: '\\r',
  t: '\\t',
  v: '\\v',
};
/** What word characters are: letters and digits of any script, and the underscore. */
const WORD = '\\p{L}\\p{M}\\p{Nd}\\p{Nl}\\p{Pc}';
const ASSERTIONS: Readonly<Record<string, string>> = {
  A: '(?<![\\s\\S])',
  Z: '(?![\\s\\S])',
  m: `(?<![${WORD}])(?=[${WORD}])`,
  M: `(?<=[${WORD}])(?![${WORD}])`,
  y: `(?:(?<![${WORD}])(?=[${WORD}])|(?<=[${WORD}])(?![${WORD}]))`,
  Y: `(?:(?<![${WORD}])(?![${WORD}])|(?<=[${WORD}])(?=[${WORD}]))`,
};
const CLASSES: Readonly<Record<string, string>> = { d: '[0-9]', D: '[^0-9]', s: '[\\s]', S: '[^\\s]', w: `[${WORD}]`, W: `[^${WORD}]` };

class Translator {
  readonly #pattern: string;
  readonly #options: RegexOptions;
  #at = 0;
  #groups = 0;
  #open = 0;
  #out = '';
  /** Whether something stands before that a quantifier can repeat. */
  #atom = false;

  constructor(pattern: string, options: RegexOptions) {
    this.#pattern = pattern;
    this.#options = options;
  }

  translate(): RegExp {
    this.#director();
    if (this.#options.literal) return this.#finish(this.#pattern.slice(this.#at).replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'));
    while (this.#at < this.#pattern.length) this.#piece();
    if (this.#open > 0) invalidRegex('parentheses () not balanced');
    return this.#finish(this.#out);
  }

  #finish(source: string): RegExp {
    const flags = `u${this.#options.ignoreCase ? 'i' : ''}`;
    try {
      return new RegExp(source, flags);
    } catch (error) {
      if (error instanceof SyntaxError) invalidRegex('invalid escape \\ sequence');
      throw error;
    }
  }

  /** `***=`, `***:` and `(?letters)` at the start. */
  #director(): void {
    if (this.#options.literal) return;
    if (this.#pattern.startsWith('***=')) {
      this.#options.literal = true;
      this.#at = 4;
      return;
    }
    if (this.#pattern.startsWith('***:')) this.#at = 4;
    const embedded = /^\(\?([a-z]+)\)/.exec(this.#pattern.slice(this.#at));
    if (embedded === null) return;
    this.#at += embedded[0].length;
    for (const letter of embedded[1]) {
      if (!'bceimnpqstwx'.includes(letter)) invalidRegex('invalid embedded option');
      applyOption(this.#options, letter);
    }
  }

  #piece(): void {
    const char = this.#next();
    switch (char) {
      case '(':
        this.#group();
        return;
      case ')':
        if (this.#open === 0) invalidRegex('parentheses () not balanced');
        this.#open--;
        this.#emit(')', true);
        return;
      case '|':
        this.#emit('|', false);
        return;
      case '*':
      case '+':
      case '?':
        this.#quantifier(char);
        return;
      case '{':
        if (/[0-9]/.test(this.#pattern[this.#at] ?? '')) this.#bound();
        else this.#emit('\\{', true);
        return;
      case '[':
        this.#bracket();
        return;
      case '.':
        this.#emit(this.#options.newlineStops ? '[^\\n]' : '[\\s\\S]', true);
        return;
      case '^':
        this.#emit(this.#options.newlineAnchors ? '(?<![^\\n])' : '(?<![\\s\\S])', false);
        return;
      case '$':
        this.#emit(this.#options.newlineAnchors ? '(?![^\\n])' : '(?![\\s\\S])', false);
        return;
      case '\\':
        this.#escape();
        return;
      default:
        this.#plain(char);
    }
  }

  #plain(char: string): void {
    if (this.#options.expanded) {
      if (/\s/.test(char)) return;
      if (char === '#') {
        const end = this.#pattern.indexOf('\n', this.#at);
        this.#at = end < 0 ? this.#pattern.length : end + 1;
        return;
      }
    }
    this.#emit(quoted(char), true);
  }

  #group(): void {
    const special = /^\?(?::|=|!|<=|<!|#)/.exec(this.#pattern.slice(this.#at));
    if (special !== null && special[0] === '?#') {
      const end = this.#pattern.indexOf(')', this.#at);
      if (end < 0) invalidRegex('parentheses () not balanced');
      this.#at = end + 1;
      return;
    }
    if (special === null && this.#pattern[this.#at] === '?') invalidRegex('quantifier operand invalid');
    this.#open++;
    if (special === null) this.#groups++;
    this.#at += special?.[0].length ?? 0;
    this.#emit(`(${special?.[0] ?? ''}`, false);
  }

  #quantifier(char: string): void {
    if (!this.#atom) invalidRegex('quantifier operand invalid');
    this.#repeat(char);
  }

  #bound(): void {
    if (!this.#atom) invalidRegex('quantifier operand invalid');
    const found = /^(\d+)(,(\d*))?\}/.exec(this.#pattern.slice(this.#at));
    if (found === null) invalidRegex(this.#pattern.includes('}', this.#at) ? 'invalid repetition count(s)' : 'braces {} not balanced');
    const low = Number(found[1]);
    const high = found[2] === undefined ? low : found[3] === '' ? 255 : Number(found[3]);
    if (low > 255 || high > 255 || low > high) invalidRegex('invalid repetition count(s)');
    this.#at += found[0].length;
    this.#repeat(`{${found[0]}`);
  }

  #repeat(text: string): void {
    const lazy = this.#pattern[this.#at] === '?' && !this.#options.extended;
    if (lazy) this.#at++;
    this.#emit(lazy ? `${text}?` : text, true);
    this.#atom = false;
  }

  #bracket(): void {
    if (this.#pattern.startsWith('[:<:]]', this.#at)) {
      this.#at += 6;
      this.#emit(ASSERTIONS['m'], false);
      return;
    }
    if (this.#pattern.startsWith('[:>:]]', this.#at)) {
      this.#at += 6;
      this.#emit(ASSERTIONS['M'], false);
      return;
    }
    const { source, end } = readBracket(this.#pattern, this.#at, {
      escapes: !this.#options.extended,
      newlineStops: this.#options.newlineStops,
      word: WORD,
    });
    this.#at = end;
    this.#emit(source, true);
  }

  #escape(): void {
    if (this.#at >= this.#pattern.length) invalidRegex('invalid escape \\ sequence');
    const char = this.#next();
    if (this.#options.extended || !/[A-Za-z0-9]/.test(char)) {
      this.#emit(quoted(char), true);
      return;
    }
    const assertion = ASSERTIONS[char];
    const literal = CONTROL[char] ?? CLASSES[char];
    if (assertion !== undefined) this.#emit(assertion, false);
    else if (literal !== undefined) this.#emit(literal, true);
    else if (/[1-9]/.test(char)) this.#backReference(char);
    else {
      const { code, end } = numericEscape(this.#pattern, this.#at - 1);
      this.#at = end;
      this.#emit(codePoint(code), true);
    }
  }

  #backReference(first: string): void {
    const more = /^\d*/.exec(this.#pattern.slice(this.#at))?.[0] ?? '';
    const number = Number(first + more);
    if (more !== '' && number > this.#groups) {
      const { code, end } = numericEscape(this.#pattern, this.#at - 1);
      this.#at = end;
      this.#emit(codePoint(code), true);
      return;
    }
    if (number > this.#groups) invalidRegex('invalid backreference number');
    this.#at += more.length;
    this.#emit(`(?:\\${number})`, true);
  }

  #emit(text: string, atom: boolean): void {
    this.#out += text;
    this.#atom = atom;
  }

  #next(): string {
    const char = String.fromCodePoint(this.#pattern.codePointAt(this.#at) ?? 0);
    this.#at += char.length;
    return char;
  }
}

/** A character that stands for itself, written so that JavaScript takes it so. */
function quoted(char: string): string {
  return /[\\^$.*+?()[\]{}|/]/.test(char) ? `\\${char}` : char;
}

/** A code point as JavaScript writes it. */
export function codePoint(code: number): string {
  return `\\u{${code.toString(16)}}`;
}

/** `\xhhh`, `\uXXXX`, `\UXXXXXXXX`, `\cX` or octal at `at` (just past the backslash). */
export function numericEscape(pattern: string, at: number): { readonly code: number; readonly end: number } {
  const rest = pattern.slice(at);
  const hexadecimal = /^(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|x([0-9a-fA-F]{1,255}))/.exec(rest);
  if (hexadecimal !== null) {
    const code = Number.parseInt(hexadecimal[1] ?? hexadecimal[2] ?? hexadecimal[3], 16);
    if (code > 0x10ffff) invalidRegex('invalid escape \\ sequence');
    return { code, end: at + hexadecimal[0].length };
  }
  const control = /^c([\s\S])/.exec(rest);
  if (control !== null) return { code: control[1].charCodeAt(0) & 0x1f, end: at + 2 };
  const octal = /^[0-7]{1,3}/.exec(rest);
  if (octal !== null) return { code: Number.parseInt(octal[0], 8), end: at + octal[0].length };
  return invalidRegex('invalid escape \\ sequence');
}
