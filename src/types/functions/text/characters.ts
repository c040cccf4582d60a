/**
 * Strings counted as PostgreSQL counts them: in characters (code points), where JavaScript counts UTF-16 units.
 * Text without surrogates, which is nearly all text, takes the direct path.
 */
const SURROGATE = /[\ud800-\udfff]/;

/** Whether units and characters differ in `text`. */
export function hasPairs(text: string): boolean {
  return SURROGATE.test(text);
}

/** The number of characters. */
export function characterCount(text: string): number {
  if (!hasPairs(text)) return text.length;
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** The characters from `start` (0-based) up to `end`, exclusive, cut to what there is. */
export function sliceCharacters(text: string, start: number, end = Number.POSITIVE_INFINITY): string {
  if (end <= start || end <= 0) return '';
  const from = Math.max(0, start);
  if (!hasPairs(text)) return text.slice(from, end);
  return Array.from(text).slice(from, end).join('');
}

/** The 0-based character position of UTF-16 offset `unit`. */
export function characterAt(text: string, unit: number): number {
  return characterCount(text.slice(0, unit));
}

/** The UTF-16 offset of 0-based character position `position`. */
export function unitAt(text: string, position: number): number {
  if (!hasPairs(text)) return Math.min(position, text.length);
  return Array.from(text).slice(0, position).join('').length;
}

/** The number of bytes in UTF-8. */
export function utf8Length(text: string): number {
  let bytes = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0x80) bytes++;
    else if (unit < 0x800) bytes += 2;
    else if (unit >= 0xd800 && unit < 0xdc00) {
      bytes += 4;
      at++;
    } else bytes += 3;
  }
  return bytes;
}
