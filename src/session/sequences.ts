/**
 * Sequences: numbers are handed out from blocks that a small transaction of their own took, so that drawing a number neither
 * conflicts with anything nor is undone by ROLLBACK. Gaps after a crash are PostgreSQL's semantics too. A block doubles while it
 * keeps being used up, from BLOCK_FIRST to BLOCK_MAX numbers. Any number of processes take theirs at once (src/transaction/advance.ts).
 */
import { SqlError } from '../base/sql-error.ts';
import type { SequenceDescriptor } from '../catalog/descriptor.ts';
import { SEQUENCE_TREE, sequenceKey } from '../catalog/trees.ts';
import type { DatabaseState, Transaction } from '../transaction/transaction.ts';
import type { Oid } from '../types/oid.ts';
import { canonicalInt8 } from '../types/value.ts';
import { isSqlError } from '../base/sql-error.ts';

const BLOCK_FIRST = 32;
const BLOCK_MAX = 4096;
const ATTEMPTS_MAX = 64;
/** Blocks that must be left of a sequence for them to be taken without looking: a sequence close to its end is cut by one at a time. */
const ADVANCES_MIN = 64n;

interface Block {
  next: bigint;
  /** How many numbers are left. */
  left: number;
  readonly increment: bigint;
  /** How many the next block will hold. */
  nextSize: number;
  /** Of the sequence this block was cut by: another version makes it void. */
  readonly version: number;
}

/** Shared by all sessions of a process. */
export class SequenceBlocks {
  readonly #state: DatabaseState;
  readonly #blocks = new Map<Oid, Block>();
  readonly #fetching = new Map<Oid, Promise<void>>();
  #replacements: number;

  constructor(state: DatabaseState) {
    this.#state = state;
    this.#replacements = state.replacements;
  }

  /**
   * The next number; a promise when a block must be taken first. Taking one is a commit, so it waits for `probe`: the question
   * whether the statement's snapshot is current must not be answered by the statement's own draw.
   */
  next(sequence: SequenceDescriptor, probe: Promise<unknown> | undefined): number | bigint | Promise<number | bigint> {
    if (this.#replacements !== this.#state.replacements) {
      this.#blocks.clear(); // others will be handed the same numbers again
      this.#replacements = this.#state.replacements;
    }
    const block = this.#blocks.get(sequence.oid);
    if (block !== undefined && block.left > 0 && block.version === sequence.version) return take(block);
    return probe === undefined ? this.#fetchAndTake(sequence) : probe.then(() => this.#fetchAndTake(sequence));
  }

  /** Forgets the block: somebody set the sequence. */
  forget(sequence: Oid): void {
    this.#blocks.delete(sequence);
  }

  async set(sequence: SequenceDescriptor, value: bigint, called: boolean): Promise<void> {
    requireInside(sequence, value);
    this.forget(sequence.oid);
    await this.#commit((transaction) => {
      transaction.put(SEQUENCE_TREE, sequenceKey(sequence.oid), [sequence.oid, canonicalInt8(value), called]);
    });
    this.forget(sequence.oid);
  }

  async #fetchAndTake(sequence: SequenceDescriptor): Promise<number | bigint> {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      let fetching = this.#fetching.get(sequence.oid);
      if (fetching === undefined) {
        fetching = this.#fetch(sequence).finally(() => this.#fetching.delete(sequence.oid));
        this.#fetching.set(sequence.oid, fetching);
      }
      await fetching;
      const block = this.#blocks.get(sequence.oid);
      if (block !== undefined && block.left > 0) return take(block);
    }
    throw new SqlError('serialization_failure', `could not draw a number from sequence "${sequence.name}"`);
  }

  async #fetch(sequence: SequenceDescriptor): Promise<void> {
    const size = Math.max(sequence.cache, this.#blocks.get(sequence.oid)?.nextSize ?? BLOCK_FIRST);
    const block = await this.#commit(async (transaction) => {
      const before = transaction.savepoint();
      const cut = await cutBlock(transaction, sequence, size);
      if (!cut.goesOn) return cut;
      transaction.rollbackTo(before); // an advance does the same, and does not conflict with others
      const step = cut.increment;
      const last = await this.#state.advance({ key: sequenceKey(sequence.oid), step, count: size });
      const next = last - step * BigInt(size - 1);
      if (isInside(sequence, next) && isInside(sequence, last)) return { ...cut, next };
      throw new SqlError('serialization_failure', `sequence "${sequence.name}" came to its end at once`);
    });
    this.#blocks.set(sequence.oid, { ...block, nextSize: Math.min(size * 2, BLOCK_MAX) });
  }

  async #commit<T>(work: (transaction: Transaction) => T | Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const transaction = this.#state.begin({ isolation: 'serializable', readOnly: false });
      try {
        const result = await work(transaction);
        if (transaction.hasWrites) await transaction.commit();
        else transaction.rollback();
        return result;
      } catch (error) {
        transaction.rollback();
        if (!isSqlError(error, 'serialization_failure') || attempt >= ATTEMPTS_MAX) throw error;
        await this.#state.confirm({ kind: 'linearizable' });
      }
    }
  }
}

/** Takes up to `size` numbers within `transaction`; 2200H when the sequence is at its end. */
export async function cutBlock(
  transaction: Transaction,
  sequence: SequenceDescriptor,
  size: number,
): Promise<Omit<Block, 'nextSize'> & { readonly goesOn: boolean }> {
  const row = await transaction.get(SEQUENCE_TREE, sequenceKey(sequence.oid), [1, 2], 'update');
  const increment = BigInt(sequence.increment);
  let first =
    row === null || row[1] !== true
      ? BigInt((row?.[0] as number | bigint | undefined) ?? sequence.start)
      : BigInt(row[0] as number | bigint) + increment;
  const min = BigInt(sequence.min);
  const max = BigInt(sequence.max);
  const isAtEnd = first > max || first < min;
  if (isAtEnd) {
    if (!sequence.cycle) {
      const [word, bound] = increment > 0n ? ['maximum', max] : ['minimum', min];
      throw new SqlError('sequence_generator_limit_exceeded', `nextval: reached ${word} value of sequence "${sequence.name}" (${bound})`);
    }
    first = increment > 0n ? min : max;
  }
  const room = increment > 0n ? (max - first) / increment + 1n : (first - min) / -increment + 1n;
  const left = room < BigInt(size) ? Number(room) : size;
  const goesOn = row !== null && !isAtEnd && room >= BigInt(size) * ADVANCES_MIN;
  const last = first + increment * BigInt(left - 1);
  transaction.put(SEQUENCE_TREE, sequenceKey(sequence.oid), [sequence.oid, canonicalInt8(last), true]);
  return { next: first, left, increment, version: sequence.version, goesOn };
}

function take(block: Block): number | bigint {
  const value = block.next;
  block.next += block.increment;
  block.left--;
  return canonicalInt8(value);
}

function isInside(sequence: SequenceDescriptor, value: bigint): boolean {
  return value >= BigInt(sequence.min) && value <= BigInt(sequence.max);
}

function requireInside(sequence: SequenceDescriptor, value: bigint): void {
  if (!isInside(sequence, value)) {
    throw new SqlError(
      'numeric_value_out_of_range',
      `setval: value ${value} is out of bounds for sequence "${sequence.name}" (${sequence.min}..${sequence.max})`,
    );
  }
}
