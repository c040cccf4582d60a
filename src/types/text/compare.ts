/** Text in C order: by code points, which is the order of UTF-8 bytes. */

/** Negative, zero or positive. UTF-16 disagrees with code points only where surrogates meet U+E000 to U+FFFF. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const left = a.charCodeAt(index);
    const right = b.charCodeAt(index);
    if (left !== right) return left >= 0xd800 && right >= 0xd800 ? codePointOrder(left) - codePointOrder(right) : left - right;
  }
  return a.length - b.length;
}

/** `compareText` without the blanks at the ends, as bpchar compares. */
export function compareBlankPadded(a: string, b: string): number {
  return compareText(trimBlankEnd(a), trimBlankEnd(b));
}

/** `text` without the spaces at its end. */
export function trimBlankEnd(text: string): string {
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === 32) end--;
  return end === text.length ? text : text.slice(0, end);
}

/** How many bytes the text has in UTF-8. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code >= 0x80) bytes += code < 0x800 ? 1 : code >= 0xd800 && code < 0xe000 ? 1 : 2;
  }
  return bytes;
}

/** How many characters (code points) the text has. */
export function characterCount(text: string): number {
  let count = text.length;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code >= 0xdc00 && code < 0xe000) count--;
  }
  return count;
}

/** The first `count` characters (code points). */
export function firstCharacters(text: string, count: number): string {
  if (text.length <= count) return text;
  let end = 0;
  for (let taken = 0; taken < count && end < text.length; taken++) {
    const code = text.charCodeAt(end);
    end += code >= 0xd800 && code < 0xdc00 ? 2 : 1;
  }
  return text.slice(0, end);
}

/** The longest prefix of whole characters within `bytes` bytes of UTF-8. */
export function cutToBytes(text: string, bytes: number): string {
  if (text.length * 3 <= bytes || utf8Length(text) <= bytes) return text;
  let used = 0;
  let end = 0;
  for (const character of text) {
    used += utf8Length(character);
    if (used > bytes) break;
    end += character.length;
  }
  return text.slice(0, end);
}

function codePointOrder(unit: number): number {
  return unit >= 0xe000 ? unit - 0x800 : unit + 0x2000;
}
