/** Rows kept as tuples, in the order they came: what a join builds on and a sort puts in order. Texts are copied. */
import type { TupleLayout } from '../../kernels/tuple-layout.ts';
import type { Computing } from './computing.ts';
import type { QueryMemory } from './memory.ts';
import type { Register } from './expression/registers.ts';
import { Widener } from './expression/registers.ts';
import { VECTOR_ROWS_MAX, type Vector } from './vector.ts';

const CHUNK_BYTES_MIN = 32 * 1024;
const CHUNK_BYTES_MAX = 4 * 1024 * 1024 - 64;

export class TupleStore {
  readonly layout: TupleLayout;
  readonly #context: Computing;
  readonly #memory: QueryMemory;
  readonly #wideners: readonly Widener[];
  readonly #texts: readonly (Register | undefined)[];
  readonly #addresses: number;
  readonly #chunks: { readonly start: number; readonly bytes: number; count: number }[] = [];
  readonly #textChunks: { readonly start: number; readonly bytes: number }[] = [];
  /** The chunk that rows go to, and where in it; likewise texts. */
  #chunk = -1;
  #at = 0;
  #end = 0;
  #text = -1;
  #textAt = 0;
  #textEnd = 0;
  #count = 0;

  /** Tuples and texts lie in `memory`. */
  constructor(layout: TupleLayout, context: Computing, memory = context.memory) {
    this.layout = layout;
    this.#memory = memory;
    this.#context = context;
    this.#wideners = layout.fields.map((type) => new Widener(context.registers, type));
    this.#texts = layout.fields.map((type) => (type === 'str' ? context.registers.register('str') : undefined));
    this.#addresses = context.memory.takeValues('i32');
  }

  get count(): number {
    return this.#count;
  }

  /** Appends rows: a vector per field, and their hashes as u32s at `hashes` (0: none). */
  append(fields: readonly Vector[], rows: number, hashes: number): void {
    if (rows === 0) return;
    const { kernels } = this.#context;
    const { stride } = this.layout;
    if (this.#at + rows * stride > this.#end) this.#moreTuples(rows * stride);
    const tuples = this.#addresses;
    kernels.tupleAddresses(this.#at, stride, rows, tuples);
    this.#at += rows * stride;
    this.#count += rows;
    this.#chunks[this.#chunk].count += rows;
    if (hashes !== 0) kernels.writeHashes(hashes, rows, tuples);
    for (const [field, vector] of fields.entries()) this.#write(field, vector, rows, tuples);
  }

  /** Addresses of all tuples, in order, as u32s at `into`. */
  addresses(into: number): void {
    let at = into;
    for (const { start, count } of this.#chunks) {
      this.#context.kernels.tupleAddresses(start, this.layout.stride, count, at);
      at += count * 4;
    }
  }

  /** Forgets all rows; their memory is used again. */
  clear(): void {
    this.#count = 0;
    for (const chunk of this.#chunks) chunk.count = 0;
    this.#chunk = -1;
    this.#at = 0;
    this.#end = 0;
    this.#text = -1;
    this.#textAt = 0;
    this.#textEnd = 0;
  }

  /** Forgets all rows, whose memory was released. */
  forget(): void {
    this.#chunks.length = 0;
    this.#textChunks.length = 0;
    this.clear();
  }

  /** Gives the tuples' memory back; texts stay, and so does `count`. Nothing else may be asked for from now on. */
  dropTuples(): void {
    for (const { start } of this.#chunks.splice(0)) this.#memory.giveBack(start);
  }

  /** Addresses of all tuples, at most VECTOR_ROWS_MAX at a time, as u32s at `into`; how many. */
  *batches(into: number): Generator<number> {
    for (const { start, count } of this.#chunks) yield* this.#parts(start, count, into, false);
  }

  /** The same, the last ones first; tuples of one batch ascend. */
  *batchesBackwards(into: number): Generator<number> {
    for (const { start, count } of this.#chunks.toReversed()) yield* this.#parts(start, count, into, true);
  }

  *#parts(start: number, count: number, into: number, backwards: boolean): Generator<number> {
    const { stride } = this.layout;
    const parts = Math.ceil(count / VECTOR_ROWS_MAX);
    for (let part = 0; part < parts; part++) {
      const from = (backwards ? parts - 1 - part : part) * VECTOR_ROWS_MAX;
      const rows = Math.min(VECTOR_ROWS_MAX, count - from);
      this.#context.kernels.tupleAddresses(start + from * stride, stride, rows, into);
      yield rows;
    }
  }

  #write(field: number, source: Vector, rows: number, tuples: number): void {
    const { kernels } = this.#context;
    const value = this.layout.fieldOffset(field);
    const flag = this.layout.flagOffset(field);
    const type = this.layout.fields[field];
    if (type === 'i32' || source.isNarrow) kernels.writeFieldI32(source.data, source.nulls, rows, tuples, value, flag);
    else if (type === 'bool') kernels.writeFieldBool(source.data, source.nulls, rows, tuples, value, flag);
    else if (type === 'str') {
      const vector = this.#wideners[field].wide(source, rows);
      kernels.writeField64(this.#copied(field, vector, rows), vector.nulls, rows, tuples, value, flag);
    } else kernels.writeField64(source.data, source.nulls, rows, tuples, value, flag);
  }

  /** References to copies of a vector's texts. */
  #copied(field: number, vector: Vector, rows: number): number {
    const { kernels } = this.#context;
    const references = this.#texts[field]?.values ?? 0;
    const used = kernels.copyStrings(vector.data, vector.nulls, rows, this.#textAt, this.#textEnd, references);
    if (used >= 0) {
      this.#textAt += used;
      return references;
    }
    this.#moreText(kernels.stringBytes(vector.data, vector.nulls, rows));
    this.#textAt += kernels.copyStrings(vector.data, vector.nulls, rows, this.#textAt, this.#textEnd, references);
    return references;
  }

  /** The next chunk that has room for so much: one that was used before, or a new one. */
  #moreTuples(bytes: number): void {
    const memory = this.#memory;
    while (++this.#chunk < this.#chunks.length && this.#chunks[this.#chunk].bytes < bytes);
    if (this.#chunk === this.#chunks.length) {
      const size = Math.max(chunkBytes(this.#chunk), bytes);
      // All else is written by `append`, but nobody says that a row was not matched.
      const start = this.layout.matchedOffset === 0 ? memory.take(size) : memory.takeCleared(size);
      this.#chunks.push({ start, bytes: size, count: 0 });
    }
    const chunk = this.#chunks[this.#chunk];
    this.#at = chunk.start;
    this.#end = chunk.start + chunk.bytes;
  }

  #moreText(bytes: number): void {
    const memory = this.#memory;
    while (++this.#text < this.#textChunks.length && this.#textChunks[this.#text].bytes < bytes);
    if (this.#text === this.#textChunks.length) {
      const size = Math.max(chunkBytes(this.#text), bytes);
      this.#textChunks.push({ start: memory.take(size), bytes: size });
    }
    const chunk = this.#textChunks[this.#text];
    this.#textAt = chunk.start;
    this.#textEnd = chunk.start + chunk.bytes;
  }
}

/** Each chunk is four times as large as the one before, up to the most. */
function chunkBytes(number: number): number {
  return Math.min(CHUNK_BYTES_MAX, CHUNK_BYTES_MIN * 4 ** number);
}
