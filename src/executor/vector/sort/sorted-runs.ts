/**
 * A sort that outgrew its memory: runs in order, in a file, merged while they are read.
 *
 *     run 1   ▓▓▓ block ░░░ ░░░          of each run one block is in memory, all of them put in order together; what is not above
 *     run 2   ▓▓▓ block ░░░              the last tuple of any such block may go out, since whatever is still in the file comes behind
 *     run 3   ▓▓▓ block ░░░ ░░░ ░░░
 *
 * Runs come in the order of rows, and blocks are put in order stably: so is everything.
 */
import { assert } from '../../../base/assert.ts';
import type { TupleLayout } from '../../../kernels/tuple-layout.ts';
import type { VectorContext } from '../context.ts';
import type { Spilling } from '../spill/spill-file.ts';
import { BlockReader, TupleBlocks, listParts, textFields, type Block } from '../spill/tuple-blocks.ts';
import { VECTOR_ROWS_MAX } from '../vector.ts';

/** One run: its blocks, and the tuples of the current one that did not go out yet. */
interface Run {
  readonly blocks: Block[];
  readonly reader: BlockReader;
  next: number;
  /** Address of the first tuple left, how many are, and of the block's last one. */
  at: number;
  left: number;
  last: number;
}

/** Puts `count` addresses, u32s at the address, in the order of their tuples. */
export type Order = (addresses: number, count: number) => void;

export class SortedRuns {
  readonly #context: VectorContext;
  readonly #layout: TupleLayout;
  readonly #blocks: TupleBlocks;
  readonly #order: Order;
  readonly #runs: Run[] = [];
  #addresses = 0;
  #capacity = 0;

  constructor(layout: TupleLayout, order: Order, spilling: Spilling, context: VectorContext) {
    this.#context = context;
    this.#layout = layout;
    this.#order = order;
    this.#blocks = new TupleBlocks(layout, textFields(layout), spilling.file(), context);
  }

  /** Writes the next run: tuples in order, u32s at `tuples`. */
  add(tuples: number, count: number): void {
    const blocks: Block[] = [];
    for (const { address, rows } of listParts(tuples, count)) blocks.push(this.#blocks.write(address, rows));
    this.#runs.push({ blocks, reader: new BlockReader(this.#blocks, this.#context), next: 0, at: 0, left: 0, last: 0 });
  }

  /** The next tuples in order, as u32s at `address`, good until the next call; count 0 at the end. */
  next(): { readonly address: number; readonly count: number } {
    this.#context.checkCancelled();
    for (const run of this.#runs) if (run.left === 0) this.#load(run);
    const left = this.#runs.reduce((sum, run) => sum + run.left, 0);
    if (left === 0) return { address: 0, count: 0 };
    const addresses = this.#listed(left);
    this.#order(addresses, left);
    const count = this.#mayGo(addresses, left);
    this.#take(addresses, count);
    return { address: addresses, count };
  }

  /** The tuples left of all runs, in the order of runs. */
  #listed(count: number): number {
    const { kernels, memory } = this.#context;
    if (count > this.#capacity) {
      if (this.#addresses !== 0) memory.giveBack(this.#addresses);
      this.#capacity = Math.max(count, this.#runs.length * VECTOR_ROWS_MAX);
      this.#addresses = memory.take(this.#capacity * 4);
    }
    let to = this.#addresses;
    for (const { at, left } of this.#runs) {
      if (left > 0) kernels.tupleAddresses(at, this.#layout.stride, left, to);
      to += left * 4;
    }
    return this.#addresses;
  }

  /** How many of the tuples in order precede everything that is still in the file. */
  #mayGo(addresses: number, left: number): number {
    const lasts = new Set(this.#runs.flatMap((run) => (run.next < run.blocks.length && run.left > 0 ? [run.last] : [])));
    if (lasts.size === 0) return left;
    const words = new Uint32Array(this.#context.host.heap.memory.buffer, addresses, left);
    const first = words.findIndex((tuple) => lasts.has(tuple));
    assert(first >= 0, 'the last tuple of a block is among those in order');
    return first + 1;
  }

  /** Notes that the first `count` addresses went out: of each run they are its first. */
  #take(addresses: number, count: number): void {
    const { stride } = this.#layout;
    const words = new Uint32Array(this.#context.host.heap.memory.buffer, addresses, count);
    const ranges = this.#runs.filter((run) => run.left > 0).toSorted((a, b) => a.at - b.at);
    const starts = ranges.map((run) => run.at);
    const gone = ranges.map(() => 0);
    for (const tuple of words) gone[placeOf(starts, tuple)]++;
    for (const [place, run] of ranges.entries()) {
      run.at += gone[place] * stride;
      run.left -= gone[place];
    }
  }

  #load(run: Run): void {
    if (run.next === run.blocks.length) return run.reader.close();
    const block = run.blocks[run.next++];
    run.at = run.reader.load(block);
    run.left = block.count;
    run.last = run.at + (block.count - 1) * this.#layout.stride;
  }
}

/** The last of ascending `starts` that is not above. */
function placeOf(starts: readonly number[], address: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (starts[middle] <= address) low = middle;
    else high = middle - 1;
  }
  return low;
}
