/**
 * The bytes of an intent: transactions that lost a race, put where any writer can find them and order them for their owner.
 *
 *     ┌────────┬──────────────────────────────┬─────────┐
 *     │ header │ transactions                 │ SHA-256 │
 *     └────────┴──────────────────────────────┴─────────┘
 *
 * A transaction is encoded as in a record, but its reads are all that it must defend, not a summary.
 */
import { assert } from '../base/assert.ts';
import { ByteReader, ByteWriter, equalBytes } from '../base/bytes.ts';
import type { Crypto } from '../base/runtime.ts';
import { SqlError } from '../base/sql-error.ts';
import { slot, type Slot } from '../storage/tree.ts';
import type { DatabaseId, TransactionRecord } from './record.ts';
import { bytesOfId, decodeTransaction, idOfBytes } from './record-codec.ts';

/** The intent format this program writes, and the newest it reads. */
export const INTENT_VERSION = 1;

const MAGIC = 0x544e4956; // 'VINT' in file order
const HEADER_BYTES = 40;
const HASH_BYTES = 32;

/** A transaction of an intent, and its bytes as a record holds them. */
export interface IntentTransaction {
  readonly record: TransactionRecord;
  readonly bytes: Uint8Array;
}

export interface Intent {
  readonly databaseId: DatabaseId;
  /** No record up to this slot conflicts with its transactions, or holds one. */
  readonly seen: Slot;
  /** No record after this slot holds one of them by this intent. */
  readonly voidAfter: Slot;
  readonly transactions: readonly IntentTransaction[];
}

export function encodeIntent(
  { databaseId, seen, voidAfter, transactions }: Omit<Intent, 'transactions'> & { readonly transactions: readonly Uint8Array[] },
  crypto: Crypto,
): Uint8Array {
  const out = new ByteWriter(transactions.reduce((total, bytes) => total + bytes.length + 4, 128));
  out.u32(MAGIC).u16(INTENT_VERSION).u16(0).raw(bytesOfId(databaseId)).u64(seen).u64(voidAfter);
  assert(out.length === HEADER_BYTES, 'the header has its documented size', { length: out.length });
  out.varint(transactions.length);
  for (const bytes of transactions) out.sized(bytes);
  return out.raw(crypto.sha256(out.view())).bytes();
}

/** SQLSTATE XX001 when the bytes are not what was written, 0A000 when a newer program wrote them. */
export function decodeIntent(bytes: Uint8Array, what: string, crypto: Crypto): Intent {
  const body = bytes.subarray(0, Math.max(0, bytes.length - HASH_BYTES));
  const reader = new ByteReader(body, what);
  if (body.length < HEADER_BYTES || reader.u32() !== MAGIC) reader.damaged('it does not begin as an intent');
  if (!equalBytes(crypto.sha256(body), bytes.subarray(body.length))) reader.damaged('its hash does not match');
  const version = reader.u16();
  const flags = reader.u16();
  if (version !== INTENT_VERSION || flags !== 0)
    throw new SqlError('feature_not_supported', `${what} was written by a newer version of VelociDB`, {
      detail: `It has format ${version}, flags ${flags}.`,
    });
  const databaseId = idOfBytes<DatabaseId>(reader.raw(16));
  const seen = slot(reader.u64());
  const voidAfter = slot(reader.u64());
  const transactions: IntentTransaction[] = [];
  for (let left = reader.varint(); left > 0; left--) {
    const encoded = reader.sized();
    transactions.push({ record: decodeTransaction(encoded, what), bytes: encoded });
  }
  if (reader.remaining > 0) reader.damaged('there are bytes behind its transactions');
  return { databaseId, seen, voidAfter, transactions };
}
