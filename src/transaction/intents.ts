/**
 * Intents: transactions of this writer and of others that wait, in objects of their own, for a record that orders them.
 *
 *     lost a race ──> intent/<void after>-<random> ──> whoever creates the next slot puts it into its record
 *                                                 └──> no slot up to `void after` has it: it never will be committed by it
 *
 * Invariants
 *   N1  From the moment an intent is sent, anybody may commit its transactions: their outcome is told by the log alone.
 *   N2  A transaction is put into a record only when no record after its `seen` holds it or conflicts with it, all of them being
 *       at hand, and only in slots up to `voidAfter`: so it is committed at most once, and after a conflict or that slot never.
 *   N3  A listing decides nothing: what it leaves out waits a little longer, what it shows too long is void or found in the log.
 *   N4  An owner deletes its intent when every outcome is known; the collector, when it is void.
 */
import type { Runtime } from '../base/runtime.ts';
import { isSqlError } from '../base/sql-error.ts';
import type { Slot } from '../storage/tree.ts';
import { StoreError, type ObjectStore } from '../../vfs/object-store.ts';
import { decodeIntent, encodeIntent, type EncodedTransaction, type IntentTransaction } from './intent-codec.ts';
import { INTENT_PREFIX, intentName, intentsFrom, voidAfterOfIntentName } from './names.ts';
import { readDecoded } from './reading.ts';
import type { DatabaseId } from './record.ts';

/** An intent of this writer. */
export interface OwnIntent {
  readonly name: string;
  readonly voidAfter: Slot;
  /** Transactions whose outcome is not known yet. */
  undecided: number;
}

/** A transaction that another writer announced. */
export interface Announced extends IntentTransaction {
  readonly voidAfter: Slot;
  /** No record up to this slot conflicts with it, or holds it. */
  seen: Slot;
  /** Whether it is in the log, or never will be. */
  isDecided: boolean;
}

const GETS_MAX = 256;

export class Intents {
  readonly #store: ObjectStore;
  readonly #runtime: Runtime;
  readonly #databaseId: DatabaseId;
  readonly #own = new Set<string>();
  readonly #deleting = new Set<Promise<unknown>>();
  /** What others announced; nothing for what will never be understood. */
  #known = new Map<string, readonly Announced[]>();
  #refreshing: Promise<void> | undefined;
  #refreshedAtMs = -Infinity;

  constructor(store: ObjectStore, runtime: Runtime, databaseId: DatabaseId) {
    this.#store = store;
    this.#runtime = runtime;
    this.#databaseId = databaseId;
  }

  /** How long ago the newest finished refresh was begun, ms. */
  get ageMs(): number {
    return this.#runtime.clock.monotonic() - this.#refreshedAtMs;
  }

  /** A name for an intent, not sent yet. */
  plan(voidAfter: Slot, transactions: number): OwnIntent {
    const name = intentName(voidAfter, this.#runtime.random);
    this.#own.add(name);
    return { name, voidAfter, undecided: transactions };
  }

  /** Sends an intent. `refused`: it is not there and will not be. */
  async announce(own: OwnIntent, seen: Slot, transactions: readonly EncodedTransaction[]): Promise<'sent' | 'refused'> {
    const bytes = encodeIntent({ databaseId: this.#databaseId, seen, voidAfter: own.voidAfter, transactions }, this.#runtime.crypto);
    const outcome = await this.#create(own.name, bytes);
    if (outcome === 'refused') this.#own.delete(own.name);
    return outcome;
  }

  /** Another outcome is known. */
  decided(own: OwnIntent): void {
    if (--own.undecided > 0) return;
    const deleting = this.#store.delete(own.name).then(
      () => this.#own.delete(own.name),
      () => undefined, // the collector will
    );
    this.#deleting.add(deleting);
    void deleting.finally(() => this.#deleting.delete(deleting));
  }

  /** Resolves when intents that are decided are gone. */
  async idle(): Promise<void> {
    await Promise.all(this.#deleting);
  }

  /** Looks for intents that are not void at the slot after `end`. One look at a time; a store that fails shows nothing new. */
  async refresh(end: Slot): Promise<void> {
    this.#refreshing ??= this.#refreshOnce(end).finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  /** What others announced, for a record in the slot after `end`. */
  others(end: Slot): Announced[] {
    return [...this.#known.values()].flat().filter(({ isDecided, voidAfter, seen }) => !isDecided && voidAfter > end && seen <= end);
  }

  /** How many intents of others still wait. */
  get waiting(): number {
    let waiting = 0;
    for (const announced of this.#known.values()) if (announced.some(({ isDecided }) => !isDecided)) waiting++;
    return waiting;
  }

  async #create(name: string, bytes: Uint8Array): Promise<'sent' | 'refused'> {
    try {
      const { kind } = await this.#store.createIfAbsent(name, bytes);
      return kind === 'undecided' ? 'refused' : 'sent';
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      return error.kind === 'denied' || error.kind === 'permanent' ? 'refused' : 'sent';
    }
  }

  async #refreshOnce(end: Slot): Promise<void> {
    const begunMs = this.#runtime.clock.monotonic();
    const listed = await this.#list(end);
    if (listed === undefined) return;
    const fresh = listed.filter((name) => !this.#known.has(name) && !this.#own.has(name)).slice(0, GETS_MAX);
    const read = await Promise.all(fresh.map((name) => this.#read(name)));
    const known = new Map([...this.#known].filter(([name]) => (voidAfterOfIntentName(name) ?? 0) > end));
    for (const [at, name] of fresh.entries()) {
      const announced = read[at];
      if (announced !== 'later') known.set(name, announced);
    }
    this.#known = known;
    this.#refreshedAtMs = begunMs;
  }

  async #list(end: Slot): Promise<string[] | undefined> {
    try {
      const page = await this.#store.list(INTENT_PREFIX, { after: intentsFrom((end + 1) as Slot) });
      return page.objects.map(({ name }) => name).filter((name) => voidAfterOfIntentName(name) !== undefined);
    } catch (error) {
      if (error instanceof StoreError) return undefined;
      throw error;
    }
  }

  /** Nothing for what will never be understood; `later` when it is gone or could not be had. */
  async #read(name: string): Promise<readonly Announced[] | 'later'> {
    try {
      const answer = await readDecoded(this.#store, this.#runtime, name, (bytes) => decodeIntent(bytes, name, this.#runtime.crypto));
      if (answer.kind !== 'found') return 'later';
      const { databaseId, seen, voidAfter, transactions } = answer.value;
      if (databaseId !== this.#databaseId || voidAfter !== voidAfterOfIntentName(name)) return [];
      return transactions.map((transaction) => ({ ...transaction, voidAfter, seen, isDecided: false }));
    } catch (error) {
      if (isSqlError(error, 'io_error')) return 'later';
      if (isSqlError(error)) return [];
      throw error;
    }
  }
}
