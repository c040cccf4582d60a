/**
 * A join whose build side outgrew its memory: both sides go to a file, parted by the hashes of their keys, and are joined part by
 * part. Rows of one key are in one part, so each part is a join of its own, whatever its kind.
 */
import { TupleLayout } from '../../../kernels/tuple-layout.ts';
import type { Computing } from '../computing.ts';
import type { ColumnInfo } from '../expression/lower.ts';
import type { QueryMemory } from '../memory.ts';
import type { VectorOperator } from '../operator.ts';
import { Partitions, PARTS } from '../spill/partitions.ts';
import type { Spilling } from '../spill/spill-file.ts';
import { BlockReader, TupleBlocks, textFields, type Block } from '../spill/tuple-blocks.ts';
import { FieldReader } from '../tuple-reader.ts';
import { TupleStore } from '../tuple-store.ts';
import { Vector, type Batch, type VectorType } from '../vector.ts';
import type { JoinTable } from './join-table.ts';

export class JoinSpill {
  readonly #context: Computing;
  readonly #spilling: Spilling;
  readonly #table: JoinTable;
  readonly #columns: readonly ColumnInfo[];
  readonly #keys: number;
  readonly #build: Side;
  readonly #probe: Side;
  /** Rows of the probe side that wait to be written. */
  readonly #waiting: TupleStore;
  readonly #room: QueryMemory;
  #part = -1;

  /** `columns` and `keys` are those of the probe side. */
  constructor(table: JoinTable, columns: readonly ColumnInfo[], keys: readonly VectorType[], spilling: Spilling, context: Computing) {
    this.#context = context;
    this.#spilling = spilling;
    this.#table = table;
    this.#columns = columns;
    this.#keys = keys.length;
    const layout = new TupleLayout([...columns.map((column) => column.form.type), ...keys]);
    this.#build = new Side(table.layout, spilling, context);
    this.#probe = new Side(layout, spilling, context);
    this.#room = context.memory.part();
    this.#waiting = new TupleStore(layout, context, this.#room);
    spilling.loseOrder();
  }

  /** Writes the rows that the table has. */
  takeBuild(): void {
    this.#build.write(this.#table.store);
    this.#table.forget();
  }

  /** Keeps a batch of the probe side until there are enough to be written. */
  addProbe(batch: Batch, keys: readonly Vector[]): void {
    const { hashes, plain } = this.#table.hash(keys, batch.rows);
    this.#waiting.append([...batch.columns, ...plain], batch.rows, hashes);
    if (this.#room.used > this.#spilling.bytes) this.endProbe();
  }

  /** Writes what waits. */
  endProbe(): void {
    this.#probe.write(this.#waiting);
    this.#room.release();
    this.#waiting.forget();
  }

  /** Fills the table with the next part's rows; what hands out those of its probe side, with the keys behind their columns. */
  next(): VectorOperator | undefined {
    while (++this.#part < PARTS) {
      const [build, probe] = [this.#build.blocks(this.#part), this.#probe.blocks(this.#part)];
      if (build.length + probe.length === 0) continue;
      this.#table.forget();
      for (const { rows, columns } of this.#build.batches(build))
        this.#table.add(columns.slice(0, this.#keys), columns.slice(this.#keys), rows);
      return new PartOperator(this.#columns, this.#probe.batches(probe), this.#context);
    }
    return undefined;
  }
}

/** One side's rows in the file. */
class Side {
  readonly #context: Computing;
  readonly #layout: TupleLayout;
  readonly #partitions: Partitions;
  readonly #reader: BlockReader;
  readonly #readers: readonly FieldReader[];
  readonly #tuples: number;
  readonly #vectors: Vector[];

  constructor(layout: TupleLayout, spilling: Spilling, context: Computing) {
    this.#context = context;
    this.#layout = layout;
    const blocks = new TupleBlocks(layout, textFields(layout), spilling.file(), context);
    // A table of a join goes by the high bits of hashes.
    this.#partitions = new Partitions(blocks, 'low', context);
    this.#reader = new BlockReader(blocks, context);
    this.#readers = layout.fields.map((_, field) => new FieldReader(layout, field, context));
    this.#tuples = context.memory.takeValues('i32');
    this.#vectors = layout.fields.map((type) => new Vector(type));
  }

  blocks(part: number): readonly Block[] {
    return this.#partitions.blocks(part);
  }

  write(store: TupleStore): void {
    if (store.count === 0) return;
    const list = this.#context.memory.part();
    const addresses = list.take(store.count * 4);
    store.addresses(addresses);
    this.#partitions.write(addresses, store.count);
    list.release();
  }

  /** The rows of blocks, each batch good until the next is asked for. */
  *batches(blocks: readonly Block[]): Generator<Batch> {
    const { kernels } = this.#context;
    for (const block of blocks) {
      kernels.tupleAddresses(this.#reader.load(block), this.#layout.stride, block.count, this.#tuples);
      for (const [at, reader] of this.#readers.entries()) this.#vectors[at].pointAt(reader.read(this.#tuples, block.count));
      yield { rows: block.count, columns: this.#vectors };
    }
  }
}

/** The rows of a part as an operator. */
class PartOperator implements VectorOperator {
  readonly columns: readonly ColumnInfo[];
  readonly #batches: Generator<Batch>;
  readonly #context: Computing;

  constructor(columns: readonly ColumnInfo[], batches: Generator<Batch>, context: Computing) {
    this.columns = columns;
    this.#batches = batches;
    this.#context = context;
  }

  next(): Batch | null {
    this.#context.checkCancelled();
    const step = this.#batches.next();
    return step.done === true ? null : step.value;
  }

  close(): void {
    this.#batches.return(undefined);
  }
}
