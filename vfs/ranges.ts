import { assert } from '../src/base/assert.ts';
import type { Range } from './object-store.ts';

/** Objects a listing returns when nothing else is asked for, and the most it ever returns: S3's page. */
const LIST_LIMIT_MAX = 1_000;

/**
 * The bytes [start, end) of an object of `size` bytes that `range` asks for: what lies past the end is left out, so the
 * answer may be shorter than asked, or empty (drivers translate HTTP's 416 to this).
 */
export function boundsOf(range: Range | undefined, size: number): { readonly start: number; readonly end: number } {
  if (range === undefined) return { start: 0, end: size };
  checkRange(range);
  if ('suffix' in range) return { start: Math.max(0, size - range.suffix), end: size };
  const start = Math.min(range.offset, size);
  return { start, end: Math.min(size, start + range.length) };
}

/** Asserts that a range is made of whole, non-negative numbers. */
export function checkRange(range: Range): void {
  if ('suffix' in range) assert(Number.isSafeInteger(range.suffix) && range.suffix >= 0, 'a suffix is a whole number', range);
  else
    assert(
      Number.isSafeInteger(range.offset) && range.offset >= 0 && Number.isSafeInteger(range.length) && range.length >= 0,
      'a range is whole numbers',
      range,
    );
}

/** The number of objects one listing returns. */
export function limitOf(limit: number | undefined): number {
  const wanted = limit ?? LIST_LIMIT_MAX;
  assert(Number.isSafeInteger(wanted) && wanted >= 1, 'a listing asks for at least one name', { limit });
  return Math.min(wanted, LIST_LIMIT_MAX);
}
