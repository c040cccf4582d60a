/**
 * Templates of to_char, to_timestamp and to_date, cut into nodes: patterns with their modifiers, and text between them.
 *
 *     FMDay, DDth "of" Month   →   Day{FM} ',' ' ' DD{th} ' ' 'o' 'f' ' ' Month
 */

/** The patterns, in the spelling that the output follows where case matters; longest first among those that share a beginning. */
const PATTERNS = [
  'A.D.',
  'A.M.',
  'AD',
  'AM',
  'a.d.',
  'a.m.',
  'ad',
  'am',
  'B.C.',
  'BC',
  'b.c.',
  'bc',
  'CC',
  'cc',
  'DAY',
  'DDD',
  'DD',
  'DY',
  'Day',
  'Dy',
  'D',
  'day',
  'ddd',
  'dd',
  'dy',
  'd',
  'FF1',
  'FF2',
  'FF3',
  'FF4',
  'FF5',
  'FF6',
  'ff1',
  'ff2',
  'ff3',
  'ff4',
  'ff5',
  'ff6',
  'FX',
  'fx',
  'HH24',
  'HH12',
  'HH',
  'hh24',
  'hh12',
  'hh',
  'IDDD',
  'ID',
  'IW',
  'IYYY',
  'IYY',
  'IY',
  'I',
  'iddd',
  'id',
  'iw',
  'iyyy',
  'iyy',
  'iy',
  'i',
  'J',
  'j',
  'MI',
  'MM',
  'MONTH',
  'MON',
  'MS',
  'Month',
  'Mon',
  'mi',
  'mm',
  'month',
  'mon',
  'ms',
  'OF',
  'of',
  'P.M.',
  'PM',
  'p.m.',
  'pm',
  'Q',
  'q',
  'RM',
  'rm',
  'SSSSS',
  'SSSS',
  'SS',
  'sssss',
  'ssss',
  'ss',
  'TZH',
  'TZM',
  'TZ',
  'tzh',
  'tzm',
  'tz',
  'US',
  'us',
  'WW',
  'W',
  'ww',
  'w',
  'Y,YYY',
  'YYYY',
  'YYY',
  'YY',
  'Y',
  'y,yyy',
  'yyyy',
  'yyy',
  'yy',
  'y',
].sort((a, b) => b.length - a.length);

/** One piece of a template. `name` is the pattern in capitals, `spelling` as written. */
export type TemplateNode =
  | {
      readonly kind: 'pattern';
      readonly name: string;
      readonly spelling: string;
      readonly fill: boolean;
      readonly localized: boolean;
      readonly ordinal: '' | 'TH' | 'th';
    }
  | { readonly kind: 'text'; readonly text: string; readonly quoted: boolean };

export interface Template {
  readonly nodes: readonly TemplateNode[];
  /** Whether FX stood in front: input must then match the template exactly. */
  readonly exact: boolean;
}

const KEPT_MAX = 256;
const kept = new Map<string, Template>();

/** The template of a format string; parsed once for each. */
export function dateTemplate(format: string): Template {
  let template = kept.get(format);
  if (template === undefined) {
    if (kept.size >= KEPT_MAX) kept.clear();
    template = parse(format);
    kept.set(format, template);
  }
  return template;
}

function parse(format: string): Template {
  const nodes: TemplateNode[] = [];
  let exact = false;
  let at = 0;
  while (at < format.length) {
    const prefix = /^(?:FM|fm|TM|tm)/.exec(format.slice(at, at + 2))?.[0].toUpperCase();
    const start = prefix === undefined ? at : at + 2;
    const spelling = PATTERNS.find((pattern) => format.startsWith(pattern, start));
    if (spelling !== undefined) {
      at = start + spelling.length;
      const ordinal = /^(?:TH|th)/.exec(format.slice(at, at + 2))?.[0] ?? '';
      at += ordinal.length;
      if (spelling.toUpperCase() === 'FX') exact = true;
      else
        nodes.push({
          kind: 'pattern',
          name: spelling.toUpperCase(),
          spelling,
          fill: prefix !== 'FM',
          localized: prefix === 'TM',
          ordinal: ordinal === 'TH' || ordinal === 'th' ? ordinal : '',
        });
      continue;
    }
    at = start;
    if (format[at] === '"') at = quotedText(format, at + 1, nodes);
    else if (at < format.length) {
      if (format[at] === '\\' && format[at + 1] === '"') at++;
      const character = String.fromCodePoint(format.codePointAt(at) ?? 0);
      nodes.push({ kind: 'text', text: character, quoted: false });
      at += character.length;
    }
  }
  return { nodes, exact };
}

function quotedText(format: string, from: number, nodes: TemplateNode[]): number {
  let at = from;
  while (at < format.length && format[at] !== '"') {
    if (format[at] === '\\' && at + 1 < format.length) at++;
    const character = String.fromCodePoint(format.codePointAt(at) ?? 0);
    nodes.push({ kind: 'text', text: character, quoted: true });
    at += character.length;
  }
  return at + 1;
}

/** The months in Roman numerals, January first. */
export const ROMAN_MONTHS: readonly string[] = ['I', 'II', 'III', 'IV', 'V', 'VI', 'VII', 'VIII', 'IX', 'X', 'XI', 'XII'];
