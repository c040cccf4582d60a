/** Templates of to_char and to_number for numbers, cut into nodes, and what they say about the number as a whole. */
import { SqlError } from '../../../base/sql-error.ts';

/** `9 0 . D , G L C B S MI PL SG PR RN TH V EEEE FM` in capitals; `lower` where the spelling shows (rn, th). */
export type NumberNode =
  | { readonly kind: 'pattern'; readonly name: string; readonly lower: boolean }
  | { readonly kind: 'text'; readonly text: string };

/** The shape of the number: digits before and behind the point, shift, sign style, flags. */
export interface NumberTemplate {
  readonly nodes: readonly NumberNode[];
  readonly before: number;
  readonly behind: number;
  /** Digits behind V. */
  readonly shift: number;
  /** Position of the first 0 among all digits, and how many digits reach to the last 0; undefined without any. */
  readonly zeroStart: number | undefined;
  readonly zeroEnd: number;
  readonly hasPoint: boolean;
  readonly fill: boolean;
  readonly plus: boolean;
  readonly minus: boolean;
  readonly brackets: boolean;
  readonly roman: boolean;
  readonly shifted: boolean;
  readonly scientific: boolean;
  /** Where S stands: before the digits, behind them, or nowhere. */
  readonly sign: 'before' | 'behind' | 'none';
}

const PATTERN = /^(?:EEEE|FM|MI|PL|PR|RN|SG|SP|TH|[,.09BCDGLSV])/i;
const KEPT_MAX = 256;
const kept = new Map<string, NumberTemplate>();

/** The template of a format string; SQLSTATE 42601 where patterns contradict each other. */
export function numberTemplate(format: string): NumberTemplate {
  let template = kept.get(format);
  if (template === undefined) {
    if (kept.size >= KEPT_MAX) kept.clear();
    template = shape(cut(format));
    kept.set(format, template);
  }
  return template;
}

function cut(format: string): NumberNode[] {
  const nodes: NumberNode[] = [];
  let at = 0;
  while (at < format.length) {
    const spelling = PATTERN.exec(format.slice(at, at + 4))?.[0];
    const known = spelling !== undefined && (spelling === spelling.toUpperCase() || spelling === spelling.toLowerCase());
    if (known) {
      nodes.push({ kind: 'pattern', name: spelling.toUpperCase(), lower: spelling !== spelling.toUpperCase() });
      at += spelling.length;
    } else if (format[at] === '"') {
      for (at++; at < format.length && format[at] !== '"'; at++) {
        if (format[at] === '\\' && at + 1 < format.length) at++;
        nodes.push({ kind: 'text', text: format[at] });
      }
      at++;
    } else {
      if (format[at] === '\\' && format[at + 1] === '"') at++;
      const character = String.fromCodePoint(format.codePointAt(at) ?? 0);
      nodes.push({ kind: 'text', text: character });
      at += character.length;
    }
  }
  return nodes;
}

function refuse(message: string): never {
  throw new SqlError('syntax_error', message);
}

function shape(nodes: readonly NumberNode[]): NumberTemplate {
  let [before, behind, shift, zeroEnd] = [0, 0, 0, 0];
  let zeroStart: number | undefined;
  let [hasPoint, fill, plus, minus, brackets, roman, shifted, scientific, blank] = [
    false,
    false,
    false,
    false,
    false,
    false,
    false,
    false,
    false,
  ];
  let sign: NumberTemplate['sign'] = 'none';
  let digitsBeforeSign = 0;
  for (const node of nodes) {
    if (node.kind === 'text') continue;
    if (scientific) refuse('"EEEE" must be the last pattern used');
    switch (node.name) {
      case '9':
        if (brackets) refuse('"9" must be ahead of "PR"');
        if (shifted) shift++;
        else if (hasPoint) behind++;
        else before++;
        break;
      case '0':
        if (brackets) refuse('"0" must be ahead of "PR"');
        if (zeroStart === undefined && !hasPoint) zeroStart = before;
        if (hasPoint) behind++;
        else before++;
        zeroEnd = before + behind;
        break;
      case 'B':
        if (before === 0 && behind === 0 && zeroStart === undefined) blank = true;
        break;
      case '.':
      case 'D':
        if (hasPoint) refuse('multiple decimal points');
        if (shifted) refuse('cannot use "V" and decimal point together');
        hasPoint = true;
        break;
      case 'FM':
        fill = true;
        break;
      case 'S':
        if (sign !== 'none') refuse('cannot use "S" twice');
        if (plus || minus || brackets) refuse('cannot use "S" and "PL"/"MI"/"SG"/"PR" together');
        sign = hasPoint ? 'behind' : 'before';
        digitsBeforeSign = before;
        break;
      case 'MI':
        if (sign !== 'none') refuse('cannot use "S" and "MI" together');
        minus = true;
        break;
      case 'PL':
        if (sign !== 'none') refuse('cannot use "S" and "PL" together');
        plus = true;
        break;
      case 'SG':
        if (sign !== 'none') refuse('cannot use "S" and "SG" together');
        plus = true;
        minus = true;
        break;
      case 'PR':
        if (sign !== 'none' || plus || minus) refuse('cannot use "PR" and "S"/"PL"/"MI"/"SG" together');
        brackets = true;
        break;
      case 'RN':
        roman = true;
        break;
      case 'V':
        if (hasPoint) refuse('cannot use "V" and decimal point together');
        shifted = true;
        break;
      case 'EEEE':
        if (blank || fill || sign !== 'none' || brackets || minus || plus || roman || shifted) {
          throw new SqlError('syntax_error', '"EEEE" is incompatible with other formats', {
            detail: '"EEEE" may only be used together with digit and decimal point patterns.',
          });
        }
        scientific = true;
        break;
      default:
        break;
    }
  }
  if (sign === 'before' && digitsBeforeSign === before && before > 0) sign = 'behind';
  return { nodes, before, behind, shift, zeroStart, zeroEnd, hasPoint, fill, plus, minus, brackets, roman, shifted, scientific, sign };
}
