/** The mask of rows for which a test with one Str cell holds. */
type TestConstant = (refs: number, constant: number, n: number, dst: number) => void;

/**
 * Strings of `refs` into an arena [arena, arenaEnd), and references to them at `dst`, which may be `refs`. Answers how many bytes were
 * used, or -1 when there is no room: then the arena's bytes and `dst` are arbitrary.
 */
type IntoArena = (refs: number, n: number, arena: number, arenaEnd: number, dst: number) => number;

/** Tests of strings, to masks. Nulls do not enter; what is sought may be empty. */
export interface StringTestKernels {
  readonly prefixStr: TestConstant;
  readonly suffixStr: TestConstant;
  readonly containsStr: TestConstant;
  /** LIKE; `pattern` is the address, a multiple of 4, of what `compileLike` made. */
  likeStr(refs: number, pattern: number, n: number, dst: number): void;
}

/** Strings, which are UTF-8, to numbers and other strings. */
export interface StringKernels {
  /** Characters, as I32. */
  lengthStr(refs: number, n: number, dst: number): void;
  /** Bytes, as I32. */
  octetLengthStr(refs: number, n: number, dst: number): void;
  /** Without blanks at the end, in place: bpchar compares so. `dst` may be `refs`. */
  rtrimStr(refs: number, n: number, dst: number): void;
  /** substring(… FROM start FOR count) by characters from 1, in place; a count of -1 goes to the end. `dst` may be `refs`. */
  substringStr(refs: number, start: number, count: number, n: number, dst: number): void;
  readonly copyStr: IntoArena;
  /** Of ASCII; -1 also when some byte is not. */
  readonly upperStr: IntoArena;
  readonly lowerStr: IntoArena;
  /** a || b, likewise. */
  concatStr(a: number, b: number, n: number, arena: number, arenaEnd: number, dst: number): number;
}
