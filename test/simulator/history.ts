/** What clients did and what they were told. The oracles read nothing else, besides the log itself. */
import type { Isolation } from '../../src/transaction/transaction.ts';

/** The trees of the workload. Keys are whole numbers; a row is one value. */
export type Tree = 'lists' | 'accounts' | 'loads';

export type Cell = string | number;

/** One step of a transaction, in the order in which it was taken. Scans run over keys [from, to). */
export type Step =
  | { readonly kind: 'get'; readonly tree: Tree; readonly key: number; readonly saw: Cell | null }
  | {
      readonly kind: 'scan';
      readonly tree: Tree;
      readonly from: number;
      readonly to: number;
      readonly saw: readonly (readonly [number, Cell])[];
    }
  | { readonly kind: 'put'; readonly tree: Tree; readonly key: number; readonly value: Cell }
  | { readonly kind: 'delete'; readonly tree: Tree; readonly key: number }
  | { readonly kind: 'clear'; readonly tree: Tree };

/** One attempt to run a transaction. `unknown` also stands for "its process died before it heard". */
export interface Attempt {
  readonly client: string;
  readonly id: string;
  readonly isolation: Isolation;
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

export class History {
  readonly attempts: Attempt[] = [];
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
