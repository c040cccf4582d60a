/** Rows kept as tuples, in the order they came: what a join builds on and a sort puts in order. Texts are copied. */
import type { TupleLayout } from '../../kernels/tuple-layout.ts';
import type { VectorContext } from './context.ts';
import type { Register } from './expression/registers.ts';
import { Widener } from './expression/registers.ts';
import { VECTOR_ROWS_MAX, type Vector } from './vector.ts';

const CHUNK_BYTES_MIN = 32 * 1024;
const CHUNK_BYTES_MAX = 4 * 1024 * 1024 - 64;

export class TupleStore {
  readonly layout: TupleLayout;
  readonly #context: VectorContext;
  readonly #wideners: readonly Widener[];
  readonly #texts: readonly (Register | undefined)[];
  readonly #addresses: number;
  readonly #chunks: { readonly start: number; count: number }[] = [];
  #at = 0;
  #end = 0;
  #chunkBytes = CHUNK_BYTES_MIN;
  #textAt = 0;
  #textEnd = 0;
  #textBytes = CHUNK_BYTES_MIN;
  #count = 0;

  constructor(layout: TupleLayout, context: VectorContext) {
    this.layout = layout;
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
    this.#chunks[this.#chunks.length - 1].count += rows;
    if (hashes !== 0) kernels.writeHashes(hashes, rows, tuples);
    for (const [field, vector] of fields.entries()) this.#write(field, vector, rows, tuples);
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
    const size = Math.max(this.#textBytes, kernels.stringBytes(vector.data, vector.nulls, rows));
    this.#textBytes = Math.min(CHUNK_BYTES_MAX, this.#textBytes * 4);
    this.#textAt = this.#context.memory.take(size);
    this.#textEnd = this.#textAt + size;
    this.#textAt += kernels.copyStrings(vector.data, vector.nulls, rows, this.#textAt, this.#textEnd, references);
    return references;
  }

  #moreTuples(bytes: number): void {
    const size = Math.max(this.#chunkBytes, bytes);
    this.#chunkBytes = Math.min(CHUNK_BYTES_MAX, this.#chunkBytes * 4);
    this.#at = this.#context.memory.takeCleared(size);
    this.#end = this.#at + size;
    this.#chunks.push({ start: this.#at, count: 0 });
  }
}
