/**
 * An anchor: what somebody remembers of a database outside of its bucket, so that an older or another state of it is not taken for the newest. It
 * names a record of the log by slot and hash, and with the chain of hashes everything before it.
 *
 *     remembered   41-9f0c…          log   … ── 40 ── 41 ── 42 ── 43 newest
 *                                                     └ the hash, and every link from here on
 *
 * What was committed after it is not covered: who remembers an older anchor accepts any state from there on.
 */
import { bytesOfHex, equalBytes, hexOf } from '../base/bytes.ts';
import { SqlError } from '../base/sql-error.ts';
import { slot as slotOf, type Slot } from '../storage/tree.ts';
import type { Database } from './database.ts';
import { coresBetween } from './log-range.ts';
import { decodeCore } from './record-codec.ts';

export interface Anchor {
  readonly slot: Slot;
  /** Of the record in that slot, 32 bytes. */
  readonly hash: Uint8Array;
}

const HASH_BYTES = 32;

/** The newest state that `database` knows of: `<slot>-<64 hexadecimal digits>`. */
export function anchorText({ tip }: Database): string {
  return `${tip.slot}-${hexOf(tip.hash)}`;
}

/** SQLSTATE 22023 when the text is no anchor. */
export function parseAnchor(text: string): Anchor {
  const [, number = '', hex = ''] = /^([0-9]{1,16})-([0-9a-f]+)$/.exec(text) ?? [];
  const hash = bytesOfHex(hex);
  if (hash?.length !== HASH_BYTES || !Number.isSafeInteger(Number(number)))
    throw new SqlError('invalid_parameter_value', `"${text}" is no anchor`, { hint: 'It is a slot, a dash, and 64 hexadecimal digits.' });
  return { slot: slotOf(Number(number)), hash };
}

/**
 * Compares the newest state with what is remembered. SQLSTATE XX001 when it is an older one, or when the log does not lead from the anchor to it;
 * 72000 when the anchor's record was collected, so that nobody can tell any more.
 */
export async function requireAnchor(database: Database, { slot, hash }: Anchor): Promise<void> {
  await database.confirm({ kind: 'linearizable' });
  const { slot: newest, hash: newestHash } = database.tip;
  if (newest < slot) {
    throw new SqlError('data_corrupted', 'the database went back in time', {
      detail: `Slot ${slot} is remembered, the newest is ${newest}.`,
    });
  }
  if (slot === 0) return;
  if (slot === newest) {
    if (!equalBytes(newestHash, hash)) throw replaced(slot);
    return;
  }
  let at: number = slot;
  let expected = hash;
  for await (const core of coresBetween(database.store, database.runtime, slotOf(slot - 1), newest)) {
    if (at === slot ? !equalBytes(core.hash, hash) : !equalBytes(decodeCore(core).previousHash, expected)) throw replaced(slot);
    expected = core.hash;
    at++;
  }
  if (at <= newest) throw collected(at);
  if (!equalBytes(expected, newestHash)) throw replaced(slot);
}

function replaced(slot: Slot): SqlError {
  return new SqlError('data_corrupted', 'the history of the database was replaced', {
    detail: `The log does not lead from what is remembered of slot ${slot} to the newest state.`,
  });
}

function collected(slot: number): SqlError {
  return new SqlError('snapshot_too_old', 'the anchor is too old to be compared', { detail: `Record ${slot} is not in the log any more.` });
}
