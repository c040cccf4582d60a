/** Key ranges and sets of them. A range without `from` begins before every key, one without `to` ends after every key. */
import { compareBytes } from '../base/bytes.ts';
import type { Key, KeyRange } from '../storage/tree.ts';
import { lowerBound } from './key-map.ts';

/** Whether `key` lies in `range`. */
export function rangeHas(range: KeyRange, key: Key): boolean {
  return (range.from === undefined || compareBytes(range.from, key) <= 0) && (range.to === undefined || compareBytes(key, range.to) < 0);
}

/** Whether two ranges share a key they could hold. */
export function rangesOverlap(a: KeyRange, b: KeyRange): boolean {
  return (
    (a.to === undefined || b.from === undefined || compareBytes(b.from, a.to) < 0) &&
    (b.to === undefined || a.from === undefined || compareBytes(a.from, b.to) < 0)
  );
}

/** Whether a range can hold no key at all. */
export function rangeIsEmpty(range: KeyRange): boolean {
  return range.to !== undefined && compareBytes(range.from ?? new Uint8Array(0), range.to) >= 0;
}

/** The first of the ascending `keys` that lies in `range`. */
export function firstKeyIn(keys: readonly Key[], range: KeyRange): Key | undefined {
  const at = range.from === undefined ? 0 : lowerBound(keys, range.from);
  return at < keys.length && rangeHas(range, keys[at]) ? keys[at] : undefined;
}

/** A union of ranges, kept ascending and disjoint: ranges that touch are one. */
export class RangeSet {
  #ranges: KeyRange[] = [];

  get ranges(): readonly KeyRange[] {
    return this.#ranges;
  }

  get isEmpty(): boolean {
    return this.#ranges.length === 0;
  }

  has(key: Key): boolean {
    const at = this.#firstEndingAfter(key);
    return at < this.#ranges.length && rangeHas(this.#ranges[at], key);
  }

  add(range: KeyRange): void {
    if (rangeIsEmpty(range)) return;
    const start = range.from === undefined ? 0 : this.#firstEndingAt(range.from);
    let end = start;
    let { from, to } = range;
    while (end < this.#ranges.length) {
      const other = this.#ranges[end];
      if (to !== undefined && other.from !== undefined && compareBytes(other.from, to) > 0) break;
      if (from !== undefined && (other.from === undefined || compareBytes(other.from, from) < 0)) from = other.from;
      if (to !== undefined && (other.to === undefined || compareBytes(other.to, to) > 0)) to = other.to;
      end++;
    }
    this.#ranges.splice(start, end - start, { from, to });
  }

  /** The first range whose end is after `key`. */
  #firstEndingAfter(key: Key): number {
    return this.#search((to) => compareBytes(to, key) > 0);
  }

  /** The first range whose end is at or after `key`: the first that a range from `key` touches. */
  #firstEndingAt(key: Key): number {
    return this.#search((to) => compareBytes(to, key) >= 0);
  }

  #search(isPast: (to: Key) => boolean): number {
    let low = 0;
    let high = this.#ranges.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const { to } = this.#ranges[middle];
      if (to === undefined || isPast(to)) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
