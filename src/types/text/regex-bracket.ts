import { codePoint, invalidRegex, numericEscape } from './regex.ts';

/** How bracket expressions are read. */
interface BracketOptions {
  readonly escapes: boolean;
  readonly newlineStops: boolean;
  /** What `\w` holds, as the inside of a class. */
  readonly word: string;
}

const NAMED: Readonly<Record<string, string>> = {
  alnum: '\\p{L}\\p{M}\\p{Nd}\\p{Nl}',
  alpha: '\\p{L}\\p{M}\\p{Nl}',
  blank: ' \\t',
  cntrl: '\\x00-\\x1f\\x7f',
  digit: '0-9',
  graph: '\\x21-\\x7e\\u{a1}-\\u{10ffff}',
  lower: '\\p{Ll}',
  print: '\\x20-\\x7e\\u{a0}-\\u{10ffff}',
  punct: '!-\\/:-@\\[-`\\{-~\\p{P}',
  space: '\\s',
  upper: '\\p{Lu}',
  xdigit: '0-9A-Fa-f',
};
const COLLATING: Readonly<Record<string, string>> = {
  NUL: '\0',
  space: ' ',
  tab: '\t',
  newline: '\n',
  hyphen: '-',
  slash: '/',
  period: '.',
  comma: ',',
  colon: ':',
  semicolon: ';',
  underscore: '_',
};
const CONTROL: Readonly<Record<string, number>> = { a: 7, b: 8, B: 92, e: 27, f: 12, n: 10, r: 13, t: 9, v: 11 };

/** The class that begins after `[` at `at`, as JavaScript writes it, and where it ends. */
export function readBracket(pattern: string, at: number, options: BracketOptions): { readonly source: string; readonly end: number } {
  return new BracketReader(pattern, at, options).read();
}

class BracketReader {
  readonly #pattern: string;
  readonly #options: BracketOptions;
  #at: number;
  #source = '';

  constructor(pattern: string, at: number, options: BracketOptions) {
    this.#pattern = pattern;
    this.#at = at;
    this.#options = options;
  }

  read(): { readonly source: string; readonly end: number } {
    const negated = this.#pattern[this.#at] === '^';
    if (negated) this.#at++;
    for (let first = true; ; first = false) {
      if (this.#at >= this.#pattern.length) invalidRegex('brackets [] not balanced');
      if (this.#pattern[this.#at] === ']' && !first) break;
      this.#member();
    }
    const source = negated && this.#options.newlineStops ? `${this.#source}\\n` : this.#source;
    return { source: `[${negated ? '^' : ''}${source}]`, end: this.#at + 1 };
  }

  #member(): void {
    const start = this.#element();
    if (start === undefined) return;
    if (this.#pattern[this.#at] !== '-' || this.#pattern[this.#at + 1] === ']') {
      this.#source += codePoint(start);
      return;
    }
    this.#at++;
    const end = this.#element();
    if (end === undefined || end < start) invalidRegex('invalid character range');
    this.#source += `${codePoint(start)}-${codePoint(end)}`;
  }

  /** One character; undefined when it was a class, which is then written already. */
  #element(): number | undefined {
    const named = /^\[([:.=])([\s\S]*?)\1\]/.exec(this.#pattern.slice(this.#at));
    if (named !== null) {
      this.#at += named[0].length;
      if (named[1] !== ':') return this.#collating(named[2]);
      const inside = NAMED[named[2]];
      if (inside === undefined) invalidRegex('invalid character class');
      this.#source += inside;
      return undefined;
    }
    if (this.#pattern[this.#at] === '[' && /[:.=]/.test(this.#pattern[this.#at + 1] ?? '')) invalidRegex('brackets [] not balanced');
    if (this.#pattern[this.#at] === '\\' && this.#options.escapes) return this.#escape();
    const code = this.#pattern.codePointAt(this.#at) ?? 0;
    this.#at += code > 0xffff ? 2 : 1;
    return code;
  }

  #escape(): number | undefined {
    const letter = this.#pattern[this.#at + 1];
    if (letter === undefined) invalidRegex('invalid escape \\ sequence');
    const inside = letter === 'd' ? '0-9' : letter === 's' ? '\\s' : letter === 'w' ? this.#options.word : undefined;
    if (inside !== undefined) {
      this.#at += 2;
      this.#source += inside;
      return undefined;
    }
    const control = CONTROL[letter];
    if (control !== undefined || !/[A-Za-z0-9]/.test(letter)) {
      this.#at++;
      const code = control ?? this.#pattern.codePointAt(this.#at) ?? 0;
      this.#at += code > 0xffff ? 2 : 1;
      return code;
    }
    const { code, end } = numericEscape(this.#pattern, this.#at + 1);
    this.#at = end;
    return code;
  }

  #collating(name: string): number {
    const text = COLLATING[name] ?? name;
    const code = text.codePointAt(0);
    if (code === undefined || String.fromCodePoint(code) !== text) invalidRegex('invalid collating element');
    return code;
  }
}
