/**
 * Tuples in a file: blocks of them with their texts behind.
 *
 *     tuple × count ┬ text text text …        references count from the block's start until it is loaded
 */
import type { TupleLayout } from '../../../kernels/tuple-layout.ts';
import type { Computing } from '../computing.ts';
import { VECTOR_ROWS_MAX } from '../vector.ts';
import type { SpillFile } from './spill-file.ts';

const BUFFER_BYTES_MIN = 64 * 1024;

/** A field or a state that refers to a text. */
export interface TextField {
  readonly offset: number;
  /** Whether it is a state, whose room goes with it. */
  readonly hasRoom: boolean;
}

export interface Block {
  readonly position: number;
  readonly count: number;
  readonly bytes: number;
}

/** The fields of a layout that are texts. */
export function textFields(layout: TupleLayout): TextField[] {
  return layout.fields.flatMap((type, field) => (type === 'str' ? [{ offset: layout.fieldOffset(field), hasRoom: false }] : []));
}

export class TupleBlocks {
  readonly layout: TupleLayout;
  readonly #texts: readonly TextField[];
  readonly #file: SpillFile;
  readonly #context: Computing;
  readonly #addresses: number;
  #buffer = 0;
  #bytes = BUFFER_BYTES_MIN;

  constructor(layout: TupleLayout, texts: readonly TextField[], file: SpillFile, context: Computing) {
    this.layout = layout;
    this.#texts = texts;
    this.#file = file;
    this.#context = context;
    this.#addresses = context.memory.takeValues('i32');
  }

  /** Writes copies of tuples, u32s at `tuples`, VECTOR_ROWS_MAX at most. */
  write(tuples: number, count: number): Block {
    this.#context.checkCancelled();
    const { heap } = this.#context.host;
    while (this.#bytes < count * this.layout.stride) this.#bytes *= 2;
    let end = this.#pack(tuples, count);
    while (end < 0) {
      this.#bytes *= 2;
      this.#context.memory.giveBack(this.#buffer);
      this.#buffer = 0;
      end = this.#pack(tuples, count);
    }
    const bytes = end - this.#buffer;
    return { position: this.#file.append(heap.bytes().subarray(this.#buffer, end)), count, bytes };
  }

  /** Reads a block to the `block.bytes` bytes at `into`: its tuples are the first that lies there. */
  load({ position, count, bytes }: Block, into: number): void {
    const { kernels, host } = this.#context;
    this.#file.read(position, host.heap.bytes().subarray(into, into + bytes));
    if (this.#texts.length === 0) return;
    kernels.tupleAddresses(into, this.layout.stride, count, this.#addresses);
    for (const { offset } of this.#texts) kernels.shiftTexts(this.#addresses, count, offset, into);
  }

  /** The end of the packed block in the buffer; -1 when the buffer is too small. */
  #pack(tuples: number, count: number): number {
    const { kernels, memory } = this.#context;
    const { stride } = this.layout;
    if (this.#buffer === 0) this.#buffer = memory.take(this.#bytes);
    kernels.copyTuples(tuples, count, stride, this.#buffer);
    kernels.tupleAddresses(this.#buffer, stride, count, this.#addresses);
    let end = this.#buffer + count * stride;
    for (const { offset, hasRoom } of this.#texts) {
      const used = kernels.packTexts(this.#addresses, count, offset, hasRoom ? 1 : 0, end, this.#buffer + this.#bytes, this.#buffer);
      if (used < 0) return -1;
      end += used;
    }
    return end;
  }
}

/** Reads blocks one after the other to memory that is used again. */
export class BlockReader {
  readonly #blocks: TupleBlocks;
  readonly #context: Computing;
  #buffer = 0;
  #bytes = 0;

  constructor(blocks: TupleBlocks, context: Computing) {
    this.#blocks = blocks;
    this.#context = context;
  }

  /** The address of the block's first tuple, good until the next call. */
  load(block: Block): number {
    if (block.bytes > this.#bytes) {
      this.close();
      this.#buffer = this.#context.memory.take(block.bytes);
      this.#bytes = block.bytes;
    }
    this.#blocks.load(block, this.#buffer);
    return this.#buffer;
  }

  close(): void {
    if (this.#buffer !== 0) this.#context.memory.giveBack(this.#buffer);
    this.#buffer = 0;
    this.#bytes = 0;
  }
}

/** Address lists in parts that kernels take. */
export function* listParts(addresses: number, count: number): Generator<{ readonly address: number; readonly rows: number }> {
  for (let from = 0; from < count; from += VECTOR_ROWS_MAX)
    yield { address: addresses + from * 4, rows: Math.min(VECTOR_ROWS_MAX, count - from) };
}
