/** A bucket in memory for storage tests: real memory store, real hashes, reads that may be made asynchronous. */
import { nodeRuntime } from '../../src/platform/node-runtime.ts';
import type { Crypto } from '../../src/base/runtime.ts';
import { PageStore } from '../../src/storage/page-store.ts';
import { SegmentWriter } from '../../src/storage/segment.ts';
import { MissingObjectError, type BlockReader } from '../../vfs/tiers/block-reader.ts';
import { Draw } from './random.ts';

export class TestBucket {
  readonly objects = new Map<string, Uint8Array>();
  readonly crypto: Crypto;
  /** The share of reads that answer with a promise. */
  asynchronous = 0;
  reads = 0;
  readonly #draw: Draw;

  constructor(seed: number, crypto: Crypto = nodeRuntime().crypto) {
    this.crypto = crypto;
    this.#draw = new Draw(seed);
  }

  readonly random = {
    bytes: (length: number): Uint8Array => Uint8Array.from({ length }, () => this.#draw.below(256)),
  };

  readonly reader: BlockReader = {
    read: (object, offset, length) => {
      this.reads++;
      const bytes = this.objects.get(object);
      if (bytes === undefined) throw new MissingObjectError(object);
      const block = bytes.subarray(offset, offset + length);
      return this.#draw.chance(this.asynchronous) ? Promise.resolve(block) : block;
    },
  };

  writer(epoch = 1, segmentBytesTarget?: number): SegmentWriter {
    return new SegmentWriter({
      crypto: this.crypto,
      random: this.random,
      epoch,
      segmentBytesTarget,
      writeObject: async (name, bytes) => {
        if (this.objects.has(name)) throw new Error(`${name} exists`);
        this.objects.set(name, bytes);
      },
    });
  }

  pages(cacheBytesMax?: number): PageStore {
    return new PageStore({ reader: this.reader, crypto: this.crypto, cacheBytesMax });
  }
}
