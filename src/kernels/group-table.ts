/**
 * The header of a group table: open addressing over `entries`, tuples made one after the other in an arena.
 *
 *     offset  u32
 *     0       entries: u64[mask + 1], hash in the low half, tuple in the high one, 0 where free; a slot is the hash's low bits
 *     4       mask: a power of two, less one
 *     8       count of groups
 *     12      limit: groups at which more entries are wanted
 *     16, 20  where the next tuple goes, and the end of that room
 *     24, 28  where the next key text goes, and the end of that room
 *     32      stride of tuples
 *     36      what `groupFind` stopped for: WANTS
 *     40      bytes of text that it wanted
 *     44      scratch: u32[VECTOR_ROWS_MAX]
 *
 * Tuples are made in the order of first rows. Whoever owns the table gives it room by setting a pair of words to a new chunk,
 * remembers the chunks and where each was left, and so has all tuples, in that order.
 */
export const GROUP_TABLE_BYTES = 48;

/** Word numbers in the header. */
export const GROUP_TABLE = {
  entries: 0,
  mask: 1,
  count: 2,
  limit: 3,
  tuples: 4,
  tuplesEnd: 5,
  strings: 6,
  stringsEnd: 7,
  stride: 8,
  wants: 9,
  wantedBytes: 10,
  scratch: 11,
} as const;

/** Why `groupFind`, or `groupDirect`, stopped. */
export const GROUP_WANTS = { nothing: 0, entries: 1, tuples: 2, strings: 3, range: 4 } as const;
