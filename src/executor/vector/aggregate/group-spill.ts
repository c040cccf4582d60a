/** Groups that outgrew their memory: tuples with their states so far, in a file, by part; each part is merged when it is read. */
import type { TupleLayout } from '../../../kernels/tuple-layout.ts';
import type { Computing } from '../computing.ts';
import { Partitions, PARTS } from '../spill/partitions.ts';
import type { Spilling } from '../spill/spill-file.ts';
import { BlockReader, TupleBlocks, textFields, type TextField } from '../spill/tuple-blocks.ts';
import type { Groups, TupleRun } from './groups.ts';
import type { AggregateSpecification } from './specification.ts';

export class GroupSpill {
  readonly #context: Computing;
  readonly #partitions: Partitions;
  readonly #reader: BlockReader;

  constructor(layout: TupleLayout, states: readonly AggregateSpecification[], spilling: Spilling, context: Computing) {
    const texts: readonly TextField[] = [
      ...textFields(layout),
      ...states.flatMap(({ state, arg }, at) =>
        state === 'extreme' && arg?.type === 'str' ? [{ offset: layout.stateOffset(at), hasRoom: true }] : [],
      ),
    ];
    this.#context = context;
    const blocks = new TupleBlocks(layout, texts, spilling.file(), context);
    // A table of groups goes by the low bits of hashes.
    this.#partitions = new Partitions(blocks, 'high', context);
    this.#reader = new BlockReader(blocks, context);
    spilling.loseOrder();
  }

  /** Writes all groups. */
  write(groups: Groups): void {
    groups.writeHashes();
    const runs = groups.runs();
    const count = runs.reduce((sum, run) => sum + run.count, 0);
    const { memory, kernels } = this.#context;
    const addresses = memory.part();
    const list = addresses.take(count * 4);
    let at = list;
    for (const run of runs) {
      if (run.count > 0) kernels.tupleAddresses(run.start, groups.layout.stride, run.count, at);
      at += run.count * 4;
    }
    this.#partitions.write(list, count);
    addresses.release();
  }

  /** The groups of each part, piece by piece: what is read lasts until the next piece is asked for. */
  *parts(): Generator<Iterable<TupleRun>> {
    for (let part = 0; part < PARTS; part++) if (this.#partitions.blocks(part).length > 0) yield this.#pieces(part);
  }

  *#pieces(part: number): Generator<TupleRun> {
    for (const block of this.#partitions.blocks(part)) yield { start: this.#reader.load(block), count: block.count };
  }
}
