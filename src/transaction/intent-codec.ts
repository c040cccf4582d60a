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
import type { Advance } from './advance.ts';
import type { DatabaseId, TransactionRecord } from './record.ts';
import { bytesOfId, decodeTransaction, idOfBytes } from './record-codec.ts';

/** The newest intent format that this program reads. It writes an older one where that says all there is to say. */
export const INTENT_VERSION = 2;
/** The last format without advances. */
const PLAIN_VERSION = 1;

const MAGIC = 0x544e4956; // 'VINT' in file order
const HEADER_BYTES = 40;
const HASH_BYTES = 32;

/** A transaction of an intent, and its bytes as a record holds them. */
export interface IntentTransaction {
  readonly record: TransactionRecord;
  readonly bytes: Uint8Array;
  /** Of a transaction that advances a counter: its record is made anew by whoever orders it. */
  readonly advance: Advance | undefined;
}

/** A transaction on its way into an intent. */
export type EncodedTransaction = Omit<IntentTransaction, 'record'>;

export interface Intent {
  readonly databaseId: DatabaseId;
  /** No record up to this slot conflicts with its transactions, or holds one. */
  readonly seen: Slot;
  /** No record after this slot holds one of them by this intent. */
  readonly voidAfter: Slot;
  readonly transactions: readonly IntentTransaction[];
}

export function encodeIntent(
  { databaseId, seen, voidAfter, transactions }: Omit<Intent, 'transactions'> & { readonly transactions: readonly EncodedTransaction[] },
  crypto: Crypto,
): Uint8Array {
  const out = new ByteWriter(transactions.reduce((total, { bytes }) => total + bytes.length + 64, 128));
  const version = transactions.some(({ advance }) => advance !== undefined) ? INTENT_VERSION : PLAIN_VERSION;
  out.u32(MAGIC).u16(version).u16(0).raw(bytesOfId(databaseId)).u64(seen).u64(voidAfter);
  assert(out.length === HEADER_BYTES, 'the header has its documented size', { length: out.length });
  out.varint(transactions.length);
  for (const { bytes, advance } of transactions) {
    out.sized(bytes);
    if (version > PLAIN_VERSION) writeAdvance(out, advance);
  }
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
  if (version < PLAIN_VERSION || version > INTENT_VERSION || flags !== 0)
    throw new SqlError('feature_not_supported', `${what} was written by a newer version of VelociDB`, {
      detail: `It has format ${version}, flags ${flags}.`,
    });
  const databaseId = idOfBytes<DatabaseId>(reader.raw(16));
  const seen = slot(reader.u64());
  const voidAfter = slot(reader.u64());
  const transactions: IntentTransaction[] = [];
  for (let left = reader.varint(); left > 0; left--) {
    const encoded = reader.sized();
    const advance = version > PLAIN_VERSION ? readAdvance(reader) : undefined;
    transactions.push({ record: decodeTransaction(encoded, what), bytes: encoded, advance });
  }
  if (reader.remaining > 0) reader.damaged('there are bytes behind its transactions');
  return { databaseId, seen, voidAfter, transactions };
}

function writeAdvance(out: ByteWriter, advance: Advance | undefined): void {
  out.u8(advance === undefined ? 0 : 1);
  if (advance !== undefined) out.sized(advance.key).i64(advance.step).varint(advance.count);
}

function readAdvance(reader: ByteReader): Advance | undefined {
  if (reader.u8() === 0) return undefined;
  return { key: reader.sized(), step: reader.i64(), count: reader.varint() };
}
