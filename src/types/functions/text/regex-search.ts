import { compileRegex } from '../../text/regex.ts';

/** A regular expression made for searching from an offset. */
export interface RegexSearch {
  /** The number of capturing groups. */
  readonly groups: number;
  test(text: string): boolean;
  /** The first match at or after UTF-16 offset `from`, with the offsets of its groups in `indices`. */
  match(text: string, from: number): RegExpExecArray | null;
}

const made = new WeakMap<RegExp, RegexSearch>();

/** The search for a pattern under PostgreSQL's option letters (`g` apart); kept as long as the compiled pattern is. */
export function regexSearch(pattern: string, letters: string): RegexSearch {
  const regex = compileRegex(pattern, letters);
  let search = made.get(regex);
  if (search === undefined) {
    search = searchOf(regex);
    made.set(regex, search);
  }
  return search;
}

function searchOf(regex: RegExp): RegexSearch {
  const walking = new RegExp(regex.source, `${regex.flags}dg`);
  const groups = (new RegExp(`${regex.source}|`, regex.flags).exec('')?.length ?? 1) - 1;
  return {
    groups,
    test: (text) => regex.test(text),
    match: (text, from) => {
      walking.lastIndex = from;
      return walking.exec(text);
    },
  };
}

/** Option letters without `g`, and whether it was among them. */
export function splitGlobal(letters: string): { readonly letters: string; readonly global: boolean } {
  return { letters: letters.replaceAll('g', ''), global: letters.includes('g') };
}
