import { assert } from '../../src/base/assert.ts';
import type { BlockCache } from './block-cache.ts';

interface Block {
  readonly object: string;
  readonly offset: number;
  readonly bytes: Uint8Array;
  /** Read since the hand last passed. */
  isUsed: boolean;
}

/**
 * Blocks in this process's memory, at most `bytesMax` of them in all. Which to forget is decided by CLOCK: a hand goes around,
 * spares once what was read since it last came by, and forgets the rest. A lookup allocates nothing.
 */
export class MemoryTier implements BlockCache {
  readonly #bytesMax: number;
  /** object → offset → block; one length an offset, since blocks do not overlap. */
  readonly #objects = new Map<string, Map<number, Block>>();
  readonly #ring: Block[] = [];
  #hand = 0;
  #bytes = 0;

  constructor(bytesMax: number) {
    assert(bytesMax >= 0, 'a cache has a size', { bytesMax });
    this.#bytesMax = bytesMax;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(object: string, offset: number, length: number): Uint8Array | undefined {
    const block = this.#objects.get(object)?.get(offset);
    if (block === undefined || block.bytes.length !== length) return undefined;
    block.isUsed = true;
    return block.bytes;
  }

  put(object: string, offset: number, bytes: Uint8Array): void {
    if (bytes.length > this.#bytesMax / 4) return; // one block must not empty the cache
    this.drop(object, offset, this.#objects.get(object)?.get(offset)?.bytes.length ?? 0);
    this.#makeRoom(bytes.length);
    const block = { object, offset, bytes, isUsed: false };
    const blocks = this.#objects.get(object) ?? new Map<number, Block>();
    this.#objects.set(object, blocks.set(offset, block));
    this.#ring.push(block);
    this.#bytes += bytes.length;
    assert(this.#bytes <= this.#bytesMax, 'the cache keeps to its size', { bytes: this.#bytes });
  }

  drop(object: string, offset: number, length: number): void {
    const block = this.#objects.get(object)?.get(offset);
    if (block === undefined || block.bytes.length !== length) return;
    this.#forget(this.#ring.indexOf(block));
  }

  async close(): Promise<void> {
    this.#objects.clear();
    this.#ring.length = 0;
    this.#bytes = 0;
  }

  #makeRoom(bytes: number): void {
    while (this.#bytes + bytes > this.#bytesMax) {
      if (this.#hand >= this.#ring.length) this.#hand = 0;
      const block = this.#ring[this.#hand];
      if (block.isUsed) {
        block.isUsed = false;
        this.#hand++;
      } else {
        this.#forget(this.#hand);
      }
    }
  }

  /** Takes the block at a place of the ring out; the ring's last takes its place, so that nothing is moved along. */
  #forget(at: number): void {
    const block = this.#ring[at];
    const last = this.#ring.pop();
    if (last !== undefined && last !== block) this.#ring[at] = last;
    const blocks = this.#objects.get(block.object);
    blocks?.delete(block.offset);
    if (blocks?.size === 0) this.#objects.delete(block.object);
    this.#bytes -= block.bytes.length;
  }
}
