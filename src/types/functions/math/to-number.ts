import type { NumberTemplate } from './number-template.ts';

/** The number that `text` holds by the template, as digits with a sign (or a blank) and a point; blanks and foreign characters are passed over. */
export function numberIn(text: string, template: NumberTemplate): string {
  const reader = new NumberReader(text, template);
  return reader.read();
}

class NumberReader {
  readonly #text: string;
  readonly #template: NumberTemplate;
  #at = 0;
  #sign = '';
  #digits = '';
  #digitsBefore = 0;
  #digitsBehind = 0;
  #hasPoint = false;
  #inNumber = false;

  constructor(text: string, template: NumberTemplate) {
    this.#text = text;
    this.#template = template;
  }

  read(): string {
    for (const node of this.#template.nodes) {
      if (this.#at >= this.#text.length) break;
      if (node.kind === 'text') this.#passOver();
      else this.#pattern(node.name);
    }
    this.#signBehind();
    return (this.#sign === '-' ? '-' : ' ') + this.#digits.replace(/\.$/, '');
  }

  #pattern(name: string): void {
    const next = this.#text[this.#at];
    switch (name) {
      case '9':
      case '0':
      case '.':
      case 'D':
        this.#digit(name);
        break;
      case ',':
      case 'G':
        if ((this.#inNumber || !this.#template.fill) && next === ',') this.#at++;
        break;
      case 'L':
        this.#passOver();
        break;
      case 'MI':
      case 'SG':
        if (next === '-') this.#take('-');
        else if (next === '+' && name === 'SG') this.#take('+');
        else if (next === ' ') this.#at++;
        break;
      case 'PL':
        if (next === '+') this.#take('+');
        else if (next === ' ') this.#at++;
        break;
      case 'TH':
        if (/^(?:st|nd|rd|th)/i.test(this.#text.slice(this.#at, this.#at + 2))) this.#at += 2;
        else this.#at = Math.min(this.#text.length, this.#at + 2);
        break;
      default:
        break;
    }
  }

  #take(sign: '+' | '-'): void {
    if (this.#sign === '') this.#sign = sign;
    this.#at++;
  }

  /** A literal stands for one character that cannot belong to the number. */
  #passOver(): void {
    if (!/[0-9.,+-]/.test(this.#text[this.#at])) this.#at++;
  }

  #digit(name: string): void {
    if (this.#text[this.#at] === ' ') this.#at++;
    if (this.#at >= this.#text.length) return;
    this.#signBefore();
    const next = this.#text[this.#at] ?? '';
    if (/[0-9]/.test(next)) {
      if (this.#hasPoint ? this.#digitsBehind >= this.#template.behind : false) return;
      this.#digits += next;
      if (this.#hasPoint) this.#digitsBehind++;
      else this.#digitsBefore++;
      this.#inNumber = true;
      this.#at++;
    } else if (next === '.' && !this.#hasPoint && this.#template.hasPoint) {
      this.#digits += '.';
      this.#hasPoint = true;
      this.#inNumber = true;
      this.#at++;
    } else if (name === '9' || name === '0') this.#signBehind();
  }

  #signBefore(): void {
    if (this.#sign !== '' || this.#digitsBefore > 0) return;
    const next = this.#text[this.#at];
    if (next === '-' || next === '+') this.#take(next);
    else if (next === '<' && this.#template.brackets) this.#take('-');
  }

  #signBehind(): void {
    const next = this.#text[this.#at];
    if (this.#sign === '' && this.#digits !== '' && this.#template.sign !== 'none' && (next === '-' || next === '+')) this.#take(next);
  }
}
