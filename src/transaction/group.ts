/** The transactions of a record to be: each valid after the log, and after those before it in the group. */
import { LIMITS } from '../base/limits.ts';
import { ROW_ID_ORDINALS } from '../storage/row-id.ts';
import type { Slot } from '../storage/tree.ts';
import { advanceRecord, type Advance, type CounterRows } from './advance.ts';
import { Footprint } from './footprint.ts';
import type { TransactionRecord } from './record.ts';
import { encodeTransaction } from './record-codec.ts';
import { conflictWith, type Claim } from './validation.ts';

export class Group {
  readonly transactions: TransactionRecord[] = [];
  /** The transactions as encoded. */
  readonly parts: Uint8Array[] = [];
  readonly #transactionsMax: number;
  readonly #touched: Footprint;
  /** Most groups have one member, whose footprint nobody asks for. */
  #latest: TransactionRecord | undefined;
  #latestRowIdBase = 0;
  #bytes = 0;
  #rowIds = 0;

  /** `at` is the slot of the record. */
  constructor(at: Slot, transactionsMax: number) {
    this.#touched = new Footprint(at);
    this.#transactionsMax = transactionsMax;
  }

  /** Takes in a transaction that is valid after the log; false where it conflicts with one before it, or does not fit. */
  admit(record: TransactionRecord, bytes: Uint8Array, claim: Claim): boolean {
    if (this.#latest !== undefined) {
      this.#touched.add(this.#latest, this.#latestRowIdBase);
      this.#latest = undefined;
    }
    if (this.transactions.length > 0 && !this.#fits(record, bytes, claim)) return false;
    this.#latest = record;
    this.#latestRowIdBase = this.#rowIds;
    this.transactions.push(record);
    this.parts.push(bytes);
    this.#bytes += bytes.length;
    this.#rowIds += record.rowIds;
    return true;
  }

  #fits(record: TransactionRecord, bytes: Uint8Array, claim: Claim): boolean {
    return (
      this.transactions.length < this.#transactionsMax &&
      this.#bytes + bytes.length <= LIMITS.recordBytesMax &&
      this.#rowIds + record.rowIds <= ROW_ID_ORDINALS &&
      conflictWith(claim, this.#touched) === undefined
    );
  }
}

const NO_CLAIM: Claim = { reads: [], writes: [], bulk: [] };

/** Puts an advance into a group, as it is behind what the group holds. `full`: there is no room for it, or another writer of its counter. */
export function admitAdvance(
  group: Group,
  counters: CounterRows,
  { id, snapshot }: TransactionRecord,
  advance: Advance,
): { readonly record: TransactionRecord; readonly bytes: Uint8Array } | 'conflicts' | 'full' {
  const { key } = advance;
  const row = counters.after(advance);
  if (row === undefined) return 'conflicts';
  const record = advanceRecord(id, snapshot, key, row);
  const bytes = encodeTransaction(record);
  if (!group.admit(record, bytes, counters.has(key) ? NO_CLAIM : record)) return 'full';
  counters.took(key, row);
  return { record, bytes };
}
