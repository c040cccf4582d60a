/** What writers wrote down, line by line, and what it says of each transaction. */
import { readFileSync } from 'node:fs';
import type { FenceOptions } from '../../../src/transaction/fence.ts';
import type { Observation, Operation } from '../../isolation/list-append.ts';

export const WRITERS_MAX = 16;

/** Short enough that a frozen process wakes up after its slots were collected, long enough for the store's clock of whole seconds. */
export const FENCE: FenceOptions = { mode: 'store-clock', ageMs: 12_000, graceMs: 5_000, marginMs: 2_000 };

/** `at` is a moment of the machine's monotonic clock, ms. `refused`: the database could not be opened; `broken`: an error that is no SqlError. */
export type HistoryLine =
  | { readonly id: string; readonly at: number; readonly kind: 'begun'; readonly operations: readonly Operation[] }
  | { readonly id: string; readonly at: number; readonly kind: 'committed'; readonly operations: readonly Operation[] }
  | { readonly id: string; readonly at: number; readonly kind: 'failed' | 'unknown' | 'refused' | 'broken'; readonly error: string };

/** A transaction: who ran it, what it did and when. */
export interface Transaction extends Observation {
  /** writer.incarnation.lane.number */
  readonly id: string;
}

export interface WrittenHistory {
  /** In the order in which they began. */
  readonly transactions: readonly Transaction[];
  /** Errors met, by their words, and how often. */
  readonly errors: ReadonlyMap<string, number>;
  readonly broken: readonly string[];
}

export function readHistory(files: readonly string[]): WrittenHistory {
  const errors = new Map<string, number>();
  const broken: string[] = [];
  const transactions = new Map<string, Transaction>();
  for (const line of files.flatMap(linesOf)) {
    if ('error' in line) errors.set(line.error.slice(0, 80), (errors.get(line.error.slice(0, 80)) ?? 0) + 1);
    if (line.kind === 'broken') broken.push(`${line.id}: ${line.error}`);
    const begun = transactions.get(line.id);
    if (line.kind === 'begun') {
      const { id, at, operations } = line;
      // Until more is known of it, its reads say nothing: nobody was told of them.
      transactions.set(id, {
        id,
        operations: operations.filter(({ kind }) => kind === 'append'),
        outcome: 'unknown',
        startedMs: at,
        endedMs: Infinity,
      });
    } else if (begun !== undefined) {
      if (line.kind === 'committed')
        transactions.set(line.id, { ...begun, operations: line.operations, outcome: 'committed', endedMs: line.at });
      else if (line.kind === 'failed') transactions.set(line.id, { ...begun, outcome: 'failed', endedMs: line.at });
    }
  }
  return { transactions: [...transactions.values()].sort((a, b) => a.startedMs - b.startedMs), errors, broken };
}

/** Whole lines: a writer that was killed may leave a piece of one. */
function linesOf(file: string): HistoryLine[] {
  const text = readFileSync(file, 'utf8');
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as HistoryLine);
}
