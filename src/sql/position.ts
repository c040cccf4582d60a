/** Where in a statement's text something is: trees count UTF-8 bytes, clients count characters. */

/**
 * The 1-based character (Unicode code point) at UTF-8 byte `byteOffset` of `text`; undefined for a negative offset, which is how
 * the parser says that it does not know.
 */
export function characterPosition(text: string, byteOffset: number): number | undefined {
  if (byteOffset < 0) return undefined;
  return new TextCursor(text).at(byteOffset).character;
}

/** Walks a text forward once, turning growing UTF-8 byte offsets into places: linear over any number of statements. */
export class TextCursor {
  readonly #text: string;
  #bytes = 0;
  #characters = 0;
  #index = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** The place of a byte offset that is not before the last one asked for: UTF-16 index for `slice`, and 1-based character. */
  at(byteOffset: number): { readonly index: number; readonly character: number } {
    while (this.#index < this.#text.length && this.#bytes < byteOffset) {
      const code = this.#text.codePointAt(this.#index) ?? 0;
      this.#index += code > 0xffff ? 2 : 1;
      this.#bytes += utf8Length(code);
      this.#characters++;
    }
    return { index: this.#index, character: this.#characters + 1 };
  }
}

function utf8Length(code: number): number {
  if (code < 0x80) return 1;
  if (code < 0x800) return 2;
  return code < 0x10000 ? 3 : 4;
}
