/**
 * Reads blocks from the nearest tier that has them, and leaves copies in the nearer ones.
 *
 *     read ─► memory ─► /tmp or NVMe ─► bucket
 *             at once    ◄─ verified ─   ◄─ verified ─
 *
 * Invariants
 *   T1  A block from a tier outside this process is verified before anyone sees it, and one from the bucket before a tier keeps it.
 *   T2  A damaged copy in a tier is dropped and read again from further away; a block that comes damaged
 *       from the bucket twice is a StoreError.
 *   T3  However many ask for a block at once, it is fetched once.
 */
import type { ObjectStore } from '../object-store.ts';
import { StoreError } from '../object-store.ts';
import type { BlockCache } from './block-cache.ts';
import type { BlockReader, VerifyBlock } from './block-reader.ts';
import { READ_AHEAD, ReadAhead, type ReadAheadOptions } from './read-ahead.ts';

const FETCHES_MAX = 2;

export interface TieredReaderOptions {
  readonly store: Pick<ObjectStore, 'get'>;
  /** Nearest first. The first may answer synchronously. */
  readonly tiers: readonly BlockCache[];
  readonly readAhead?: ReadAheadOptions | undefined;
}

/** Where blocks were found, since construction. */
export interface TierCounts {
  readonly reads: number;
  /** By tier, nearest first. */
  readonly hits: readonly number[];
  readonly fetched: number;
  readonly fetchedBytes: number;
  /** Copies in tiers that failed verification. */
  readonly damaged: number;
}

/** A `BlockReader` over tiers and a bucket; see the file's header. */
export class TieredReader implements BlockReader {
  readonly #tiers: readonly BlockCache[];
  readonly #bucket: ReadAhead;
  readonly #underWay = new Map<string, Promise<Uint8Array>>();
  readonly #hits: number[];
  #reads = 0;
  #fetched = 0;
  #fetchedBytes = 0;
  #damaged = 0;

  constructor(options: TieredReaderOptions) {
    this.#tiers = options.tiers;
    this.#bucket = new ReadAhead(options.store, options.readAhead ?? READ_AHEAD);
    this.#hits = options.tiers.map(() => 0);
  }

  get counts(): TierCounts {
    return { reads: this.#reads, hits: [...this.#hits], fetched: this.#fetched, fetchedBytes: this.#fetchedBytes, damaged: this.#damaged };
  }

  read(object: string, offset: number, length: number, verify: VerifyBlock): Uint8Array | Promise<Uint8Array> {
    this.#reads++;
    if (this.#tiers.length > 0) {
      const nearest = this.#tiers[0].get(object, offset, length);
      if (nearest instanceof Uint8Array) {
        this.#hits[0]++;
        return nearest;
      }
    }
    const key = `${object}:${offset}+${length}`;
    const known = this.#underWay.get(key);
    if (known !== undefined) return known;
    const loading = this.#load(object, offset, length, verify).finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, loading);
    return loading;
  }

  async #load(object: string, offset: number, length: number, verify: VerifyBlock): Promise<Uint8Array> {
    for (const [level, tier] of this.#tiers.entries()) {
      const bytes = await tier.get(object, offset, length);
      if (bytes === undefined) continue;
      if (bytes.length === length && verify(bytes)) {
        this.#hits[level]++;
        this.#keep(level, object, offset, bytes);
        return bytes;
      }
      this.#damaged++;
      tier.drop(object, offset, length); // T2
    }
    const bytes = await this.#fromBucket(object, offset, length, verify);
    this.#keep(this.#tiers.length, object, offset, bytes);
    return bytes;
  }

  /** The block from the bucket; asked for a second time when it comes damaged, since the damage may be of the way here. */
  async #fromBucket(object: string, offset: number, length: number, verify: VerifyBlock): Promise<Uint8Array> {
    for (let attempt = 0; attempt < FETCHES_MAX; attempt++) {
      const bytes = await this.#bucket.bytesAt(object, offset, length);
      this.#fetched++;
      this.#fetchedBytes += length;
      if (this.#tiers.length === 0 || verify(bytes)) return bytes;
      this.#bucket.forget(object);
    }
    throw new StoreError('damaged', object, `the block of ${length} bytes at byte ${offset} is not what was written`);
  }

  /** Leaves copies in the tiers nearer than `level`. */
  #keep(level: number, object: string, offset: number, bytes: Uint8Array): void {
    for (let nearer = 0; nearer < level; nearer++) this.#tiers[nearer].put(object, offset, bytes);
  }
}
