/**
 * Ten million rows at scale 1 with numbers that look random, and a table of a tenth as many keys to join them with. Row `id` (from 1) has
 *
 *     mixed = id · 48271 mod 2147483647     f = mixed / 2     i = mixed mod 1,000,000     k = mixed · 7919 mod keys
 *     g7 = 'group ' and id mod 7            w = 'word ', one of 26 letters, id
 */

/** Rows of `s` at scale 1. */
const ROWS = 10_000_000;
const CHUNK_LENGTH = 1 << 18;

/** Changes whenever the rows do. */
export const ROWS_VERSION = 1;

export const CREATE = 'create table s (id bigint, f double precision, i bigint, k bigint, g7 text, w text)';
export const CREATE_SIDE = 'create table d (k bigint, v bigint)';

export interface Sizes {
  readonly rows: number;
  readonly keys: number;
}

export function sizesAt(scale: number): Sizes {
  const rows = Math.max(10, Math.round(ROWS * scale));
  return { rows, keys: Math.round(rows / 10) };
}

/** Rows of `s` as lines of tab-separated fields, in large pieces. */
export async function* lines({ rows, keys }: Sizes): AsyncGenerator<Uint8Array> {
  let text = '';
  for (let id = 1; id <= rows; id++) {
    const mixed = (id * 48_271) % 2_147_483_647;
    const letter = String.fromCharCode(97 + (mixed % 26));
    text += `${id}\t${mixed * 0.5}\t${mixed % 1_000_000}\t${(mixed * 7919) % keys}\tgroup ${id % 7}\tword ${letter}${id}\n`;
    if (text.length < CHUNK_LENGTH) continue;
    yield Buffer.from(text);
    text = '';
  }
  yield Buffer.from(text);
}

/** Rows of `d`. */
export async function* sideLines({ keys }: Sizes): AsyncGenerator<Uint8Array> {
  let text = '';
  for (let key = 0; key < keys; key++) {
    text += `${key}\t${key * 3}\n`;
    if (text.length < CHUNK_LENGTH) continue;
    yield Buffer.from(text);
    text = '';
  }
  yield Buffer.from(text);
}

/** The same rows as DuckDB makes them. */
export function duckStatements({ rows, keys }: Sizes): string[] {
  const mixed = '((g * 48271) % 2147483647)';
  return [
    CREATE,
    CREATE_SIDE,
    `insert into s select g, ${mixed} * 0.5, ${mixed} % 1000000, (${mixed} * 7919) % ${keys}, 'group ' || (g % 7), 'word ' || chr((97 + ${mixed} % 26)::int) || g from generate_series(1, ${rows}) t(g)`,
    `insert into d select g, g * 3 from generate_series(0, ${keys - 1}) t(g)`,
  ];
}
