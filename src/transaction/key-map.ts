/**
 * An ordered map from keys to values: sorted chunks of at most CHUNK_MAX entries. Appending is as cheap as pushing, and a
 * random insertion moves at most one chunk, so that a transaction of a million rows stays near-linear.
 */
import { compareBytes } from '../base/bytes.ts';
import type { Key, KeyRange } from '../storage/tree.ts';

const CHUNK_MAX = 512;

interface Chunk<V> {
  readonly keys: Key[];
  readonly values: V[];
}

export class KeyMap<V> {
  #chunks: Chunk<V>[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(key: Key): V | undefined {
    const chunk = this.#chunks[this.#chunkOf(key)];
    if (chunk === undefined) return undefined;
    const at = lowerBound(chunk.keys, key);
    return at < chunk.keys.length && compareBytes(chunk.keys[at], key) === 0 ? chunk.values[at] : undefined;
  }

  set(key: Key, value: V): void {
    if (this.#chunks.length === 0) this.#chunks.push({ keys: [], values: [] });
    const number = this.#chunkOf(key);
    const chunk = this.#chunks[number];
    const last = chunk.keys.length - 1;
    const at = last < 0 || compareBytes(chunk.keys[last], key) < 0 ? last + 1 : lowerBound(chunk.keys, key);
    if (at <= last && compareBytes(chunk.keys[at], key) === 0) {
      chunk.values[at] = value;
      return;
    }
    chunk.keys.splice(at, 0, key);
    chunk.values.splice(at, 0, value);
    this.#size++;
    if (chunk.keys.length > CHUNK_MAX) this.#split(number, at === last + 1);
  }

  delete(key: Key): void {
    const number = this.#chunkOf(key);
    const chunk = this.#chunks[number];
    if (chunk === undefined) return;
    const at = lowerBound(chunk.keys, key);
    if (at >= chunk.keys.length || compareBytes(chunk.keys[at], key) !== 0) return;
    chunk.keys.splice(at, 1);
    chunk.values.splice(at, 1);
    this.#size--;
    if (chunk.keys.length === 0) this.#chunks.splice(number, 1);
  }

  /** The first entry at or after `from` (undefined: the first of all). */
  first(from: Key | undefined): { readonly key: Key; readonly value: V } | undefined {
    for (const entry of this.entries({ from, to: undefined })) return { key: entry[0], value: entry[1] };
    return undefined;
  }

  /** Entries of a range in order. Not to be changed while iterating. */
  *entries(range: KeyRange, reverse = false): Generator<readonly [Key, V]> {
    const { from, to } = range;
    if (reverse) {
      for (let number = to === undefined ? this.#chunks.length - 1 : this.#chunkOf(to); number >= 0; number--) {
        const { keys, values } = this.#chunks[number] ?? { keys: [], values: [] };
        for (let at = to === undefined ? keys.length - 1 : lowerBound(keys, to) - 1; at >= 0; at--) {
          if (from !== undefined && compareBytes(keys[at], from) < 0) return;
          yield [keys[at], values[at]];
        }
      }
      return;
    }
    for (let number = from === undefined ? 0 : this.#chunkOf(from); number < this.#chunks.length; number++) {
      const { keys, values } = this.#chunks[number];
      for (let at = from === undefined ? 0 : lowerBound(keys, from); at < keys.length; at++) {
        if (to !== undefined && compareBytes(keys[at], to) >= 0) return;
        yield [keys[at], values[at]];
      }
    }
  }

  /** All keys in order. */
  keys(): Key[] {
    return this.#chunks.flatMap((chunk) => chunk.keys);
  }

  /** The chunk that has `key` or is where it belongs. */
  #chunkOf(key: Key): number {
    let low = 0;
    let high = this.#chunks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (compareBytes(this.#chunks[middle].keys[0], key) <= 0) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #split(number: number, appending: boolean): void {
    const { keys, values } = this.#chunks[number];
    const at = appending ? keys.length - 1 : keys.length >>> 1;
    this.#chunks.splice(number + 1, 0, { keys: keys.splice(at), values: values.splice(at) });
  }
}

/** The position of the first key that is not less than `key`. */
export function lowerBound(keys: readonly Key[], key: Key): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareBytes(keys[middle], key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
