/** Tuples in a file, parted by bits of their hashes: what has the same keys is in the same part. */
import type { Computing } from '../computing.ts';
import { listParts, type Block, type TupleBlocks } from './tuple-blocks.ts';

const PART_BITS = 6;
export const PARTS = 2 ** PART_BITS;

export class Partitions {
  readonly #blocks: TupleBlocks;
  readonly #shift: number;
  readonly #context: Computing;
  readonly #counts: number;
  #room = 0;
  #capacity = 0;
  readonly #parts: Block[][] = Array.from({ length: PARTS }, () => []);

  /** `bits`: whether the hashes' high bits tell parts, or their low ones: those that a table of one part does not go by. */
  constructor(blocks: TupleBlocks, bits: 'high' | 'low', context: Computing) {
    this.#blocks = blocks;
    this.#shift = bits === 'high' ? 32 - PART_BITS : 0;
    this.#context = context;
    this.#counts = context.memory.take(PARTS * 4);
  }

  /** Writes copies of `count` tuples, u32s at `tuples`. */
  write(tuples: number, count: number): void {
    if (count === 0) return;
    const { kernels, host } = this.#context;
    const [hashes, rows] = this.#lists(count);
    for (const { address, rows: n } of listParts(tuples, count)) kernels.readHashes(address, n, hashes + (address - tuples));
    kernels.partition(hashes, count, this.#shift, PART_BITS, rows, this.#counts);
    const parted = hashes; // no longer wanted
    for (const { address, rows: n } of listParts(rows, count)) kernels.gather32(tuples, address, n, parted + (address - rows));
    const counts = new Uint32Array(host.heap.memory.buffer).slice(this.#counts >>> 2, (this.#counts >>> 2) + PARTS);
    let at = parted;
    for (const [part, size] of counts.entries()) {
      for (const { address, rows: n } of listParts(at, size)) this.#parts[part].push(this.#blocks.write(address, n));
      at += size * 4;
    }
  }

  /** Room for two lists of so many u32s. */
  #lists(count: number): readonly [number, number] {
    const { memory } = this.#context;
    if (count > this.#capacity) {
      if (this.#room !== 0) memory.giveBack(this.#room);
      this.#capacity = count * 2;
      this.#room = memory.take(this.#capacity * 8 + 64);
    }
    return [this.#room, this.#room + ((this.#capacity * 4 + 63) & ~63)];
  }

  blocks(part: number): readonly Block[] {
    return this.#parts[part];
  }
}
