/** HTTP's ranges: as they are asked for, and as they are answered. */
import { StoreError, type Range } from '../object-store.ts';

/** Whether a range asks for no bytes, which HTTP cannot say. */
export function isEmptyRange(range: Range): boolean {
  return ('suffix' in range ? range.suffix : range.length) === 0;
}

export function rangeHeader(range: Range): string {
  return 'suffix' in range ? `bytes=-${range.suffix}` : `bytes=${range.offset}-${range.offset + range.length - 1}`;
}

/** The whole object's length, after checking that the body is what the headers say and what was asked for (O4). */
export function wholeSize(
  name: string,
  bytes: Uint8Array,
  range: Range | undefined,
  contentLength: number | undefined,
  contentRange: string | undefined,
): number {
  if (contentLength !== undefined && contentLength !== bytes.length)
    throw new StoreError('transient', name, `the body ends after ${bytes.length} of ${contentLength} bytes`);
  if (range === undefined) return bytes.length;
  const match = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(contentRange ?? '');
  if (match === null) throw new StoreError('permanent', name, 'the bucket ignores ranges');
  const [start, last, size] = match.slice(1).map(Number);
  const wantedStart = 'suffix' in range ? Math.max(0, size - range.suffix) : range.offset;
  const wantedEnd = 'suffix' in range ? size : Math.min(size, range.offset + range.length);
  if (start !== wantedStart || last + 1 !== wantedEnd || bytes.length !== wantedEnd - wantedStart)
    throw new StoreError('transient', name, `asked for bytes ${wantedStart}-${wantedEnd - 1}, got ${start}-${last}`);
  return size;
}
