import { compareBytes } from '../base/bytes.ts';
import type { ScanSource } from './scan-sources.ts';

/**
 * Several layers as one stream of entries in ascending key order, the newest entry of each key. Tombstones come through: what
 * lies below is not known here.
 */
export class MergedSource {
  readonly #sources: readonly ScanSource[];
  #head: ScanSource | undefined;

  /** `sources` newest first; where slots are equal the earlier one wins. */
  constructor(sources: readonly ScanSource[]) {
    this.#sources = sources;
  }

  /** The next entry's source, undefined at the end. */
  async load(): Promise<ScanSource | undefined> {
    if (this.#head !== undefined) return this.#head;
    let head: ScanSource | undefined;
    for (const source of this.#sources) {
      const loaded = source.load();
      if (!(loaded instanceof Promise ? await loaded : loaded)) continue;
      const order = head === undefined ? -1 : compareBytes(source.key, head.key);
      if (head === undefined || order < 0 || (order === 0 && source.slot > head.slot)) head = source;
    }
    this.#head = head;
    return head;
  }

  /** The entry that `load` found last; undefined before it, and after `advance`. */
  get current(): ScanSource | undefined {
    return this.#head;
  }

  /** Leaves the current entry, and every older one of its key. */
  async advance(): Promise<void> {
    const head = this.#head;
    if (head === undefined) return;
    const key = head.key;
    for (const source of this.#sources) {
      if (source === head) continue;
      const loaded = source.load();
      if ((loaded instanceof Promise ? await loaded : loaded) && compareBytes(source.key, key) === 0) source.advance();
    }
    head.advance();
    this.#head = undefined;
  }
}
