import type { Numeric } from '../value.ts';

/** PostgreSQL's text of a numeric: every digit of its display scale, `NaN`, `Infinity`, `-Infinity`. */
export function textOfNumeric(value: Numeric): string {
  if (value.kind !== 'finite') return value.kind === 'nan' ? 'NaN' : value.kind === 'infinity' ? 'Infinity' : '-Infinity';
  const text = value.coefficient.toString();
  if (value.scale === 0) return text;
  const negative = text.charCodeAt(0) === 45;
  const digits = (negative ? text.slice(1) : text).padStart(value.scale + 1, '0');
  const point = digits.length - value.scale;
  return `${negative ? '-' : ''}${digits.slice(0, point)}.${digits.slice(point)}`;
}
