import { hexOf, utf8 } from '../../src/base/bytes.ts';
import type { Runtime } from '../../src/base/runtime.ts';
import { StoreError, type CreateOutcome, type ObjectStore, type ReplaceOutcome, type Undecided, type Unknown } from '../object-store.ts';

/** `failed` is a promise broken: no database may lie there. A `warning` costs time or money, never a commit. */
export type Verdict = 'ok' | 'warning' | 'failed';

export interface Finding {
  readonly check: string;
  readonly verdict: Verdict;
  /** What was seen, in words. */
  readonly detail: string;
}

/** What checks work with. */
export interface Subject {
  readonly store: ObjectStore;
  /** A second client of the same bucket. */
  readonly other: ObjectStore;
  readonly runtime: Runtime;
  /** Racers in every race. */
  readonly racers: number;
  /** Times every race is run. */
  readonly rounds: number;
  /** A name that nothing has yet. */
  fresh(label: string): string;
}

/** One thing to look at: what was seen when all is well; a broken promise is thrown by `demand`. */
export type Check = (subject: Subject) => Promise<string | { readonly warning: string }>;

/** A promise that the store does not keep. */
export class BrokenPromise extends Error {
  override readonly name = 'BrokenPromise';
}

export function demand(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new BrokenPromise(otherwise);
}

/** Bytes that no other call gives: no validator made of bytes comes twice. */
export function uniqueBytes({ runtime }: Pick<Subject, 'runtime'>, text: string): Uint8Array {
  return utf8(`${text} ${hexOf(runtime.random.bytes(16))}`);
}

const ATTEMPTS_MAX = 10;
const PAUSE_MS = 200;

type Decided<T> = Exclude<T, Undecided | Unknown>;

/** Sends a write until the store decides it; a StoreError when it does not, or when nobody knows what came of one. */
export async function decided<T extends CreateOutcome | ReplaceOutcome>(
  { runtime }: Pick<Subject, 'runtime'>,
  name: string,
  send: () => Promise<T>,
): Promise<Decided<T>> {
  let reason = '';
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const outcome = await send();
    if (outcome.kind !== 'undecided' && outcome.kind !== 'unknown') return outcome as Decided<T>;
    reason = outcome.reason;
    if (outcome.kind === 'unknown') break;
    await runtime.clock.sleep(PAUSE_MS * (attempt + 1));
  }
  throw new StoreError('transient', name, `no write was decided: ${reason}`);
}
