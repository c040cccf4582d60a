/** What clients and travellers did and what they were told. The oracles read nothing else, besides the log itself. */
import type { Isolation } from '../../src/transaction/transaction.ts';

/** The trees of the workload. Keys are whole numbers; a row is one value. */
export type Tree = 'lists' | 'accounts' | 'loads';

export type Cell = string | number;

/**
 * One step of a transaction, in the order in which it was taken. Scans run over keys [from, to). Notes are rows without a key, told apart
 * by what they say. `at` is the snapshot of the statement: at read committed each has its own.
 */
export type Step =
  | { readonly kind: 'get'; readonly tree: Tree; readonly key: number; readonly saw: Cell | null; readonly at: number }
  | {
      readonly kind: 'scan';
      readonly tree: Tree;
      readonly from: number;
      readonly to: number;
      readonly saw: readonly (readonly [number, Cell])[];
      readonly at: number;
    }
  | { readonly kind: 'put'; readonly tree: Tree; readonly key: number; readonly value: Cell; readonly at: number }
  | { readonly kind: 'delete'; readonly tree: Tree; readonly key: number; readonly at: number }
  | { readonly kind: 'clear'; readonly tree: Tree }
  | { readonly kind: 'notes'; readonly saw: readonly string[]; readonly at: number }
  | { readonly kind: 'note'; readonly text: string; readonly at: number }
  | { readonly kind: 'forget'; readonly text: string; readonly at: number };

/** One attempt to run a transaction. `unknown` also stands for "its process died before it heard". */
export interface Attempt {
  readonly client: string;
  readonly id: string;
  readonly isolation: Isolation;
  /** That of its first statement. */
  readonly snapshot: number;
  /** The newest slot that any client had been told of when this began. */
  readonly floor: number;
  readonly startedMs: number;
  readonly steps: Step[];
  /** What an append added to which list, for the cycle checker. */
  readonly appends: { readonly key: number; readonly value: number }[];
  endedMs: number;
  outcome: 'committed' | 'failed' | 'unknown';
  slot: number | undefined;
}

/** The state of all trees: `tree/key` to value; notes, `notes/text`, lie in the order of the log. */
export type State = Map<string, Cell>;

/** What somebody read of a state of the past. */
export interface Visit {
  readonly slot: number;
  readonly state: State;
  readonly by: string;
}

export class History {
  readonly attempts: Attempt[] = [];
  readonly visits: Visit[] = [];
  /** The newest slot acknowledged to anybody. */
  acknowledged = 0;

  begin(client: string, id: string, isolation: Isolation, snapshot: number, startedMs: number): Attempt {
    const attempt: Attempt = {
      client,
      id,
      isolation,
      snapshot,
      floor: this.acknowledged,
      startedMs,
      steps: [],
      appends: [],
      endedMs: Infinity,
      outcome: 'unknown',
      slot: undefined,
    };
    this.attempts.push(attempt);
    return attempt;
  }

  committed(attempt: Attempt, slot: number | undefined, endedMs: number): void {
    attempt.outcome = 'committed';
    attempt.slot = slot;
    attempt.endedMs = endedMs;
    this.acknowledged = Math.max(this.acknowledged, slot ?? 0);
  }

  ended(attempt: Attempt, outcome: 'failed' | 'unknown', endedMs: number): void {
    attempt.outcome = outcome;
    attempt.endedMs = endedMs;
  }
}
