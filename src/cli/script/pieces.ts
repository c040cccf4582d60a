/** What a script is made of. */
export type Piece =
  /** A statement with its text, without the semicolon. `line` is where it starts, from 1. */
  | { readonly kind: 'statement'; readonly text: string; readonly line: number }
  /** `\name arguments`, up to the end of its line. */
  | { readonly kind: 'command'; readonly name: string; readonly argument: string; readonly line: number };
