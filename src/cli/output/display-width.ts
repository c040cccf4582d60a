/** How many terminal columns text takes. */

/** Combining marks, joiners and variation selectors take none. */
const NOTHING = /^[\p{Mn}\p{Me}\p{Cf}]$/u;
/** East Asian wide and full-width characters, and emoji, take two. */
const WIDE =
  /^(?:[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{1f300}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}])$/u;
const ASCII = /^[\x20-\x7e]*$/;

export function displayWidth(text: string): number {
  if (ASCII.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += NOTHING.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  return width;
}

/** What a terminal should not interpret is shown as psql shows it: tabs widened, other control characters as \x.. */
export function shown(text: string): string {
  if (ASCII.test(text)) return text;
  let column = 0;
  return Array.from(text)
    .map((character) => {
      const made = shownCharacter(character, column);
      column = character === '\n' ? 0 : column + displayWidth(made);
      return made;
    })
    .join('');
}

const TAB_STOP = 8;

function shownCharacter(character: string, column: number): string {
  if (character === '\n') return character;
  if (character === '\t') return ' '.repeat(TAB_STOP - (column % TAB_STOP));
  if (character === '\r') return '\\r';
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20 || code === 0x7f) return `\\x${code.toString(16).padStart(2, '0').toUpperCase()}`;
  if (code >= 0x80 && code < 0xa0) return `\\u${code.toString(16).padStart(4, '0').toUpperCase()}`;
  return character;
}
