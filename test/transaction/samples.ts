/** One record and one root with something in every field, for the golden files and the damage tests. */
import type { Crypto } from '../../src/base/runtime.ts';
import { slot, treeId } from '../../src/storage/tree.ts';
import { GENESIS_HASH, parsedId, type LogRecord } from '../../src/transaction/record.ts';
import { encodeCore, encodeObject, encodeTransaction, type RecordCore } from '../../src/transaction/record-codec.ts';
import type { Root } from '../../src/transaction/root-codec.ts';

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const filled = (length: number, value: number): Uint8Array => new Uint8Array(length).fill(value);

export const SAMPLE_RECORD: LogRecord = {
  slot: slot(42),
  databaseId: parsedId('000102030405060708090a0b0c0d0e0f'),
  previousHash: filled(32, 0x11),
  writer: parsedId('f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff'),
  committedAt: 789_000_000_123_456,
  transactions: [
    {
      id: parsedId('11111111111111111111111111111111'),
      snapshot: slot(40),
      isolation: 'serializable',
      rowIds: 3,
      reads: [
        { tree: treeId(5), always: true, keys: [bytes(1), bytes(1, 2)], ranges: [] },
        {
          tree: treeId(100),
          always: false,
          keys: [],
          ranges: [
            { from: undefined, to: bytes(9) },
            { from: bytes(20), to: undefined },
          ],
        },
      ],
      writes: [
        {
          tree: treeId(100),
          cleared: true,
          rows: [
            { key: bytes(2, 3), row: bytes(7, 7, 7), keyHasRowId: false, rowHasRowId: false },
            { key: bytes(2, 4), row: null, keyHasRowId: false, rowHasRowId: false },
            { key: filled(8, 0xff), row: bytes(8), keyHasRowId: true, rowHasRowId: true },
          ],
        },
      ],
      bulk: [
        {
          tree: treeId(101),
          run: filled(9, 0x22),
          segments: ['segment/40-ab', 'segment/41-cd'],
          rows: 1_000_000,
          first: bytes(0),
          last: bytes(0xff),
          keysHaveRowIds: false,
        },
      ],
      controls: [],
    },
    {
      id: parsedId('22222222222222222222222222222222'),
      snapshot: slot(41),
      isolation: 'read committed',
      rowIds: 0,
      reads: [],
      writes: [],
      bulk: [],
      controls: [
        { kind: 'doom', epoch: 17 },
        { kind: 'versions', reader: 1, writer: 2 },
        { kind: 'state', manifest: filled(4, 0xee), origin: 'slot 7' },
        { kind: 'closed', reason: 'gone' },
      ],
    },
  ],
};

/** The core of a record. */
export function coreOf(record: LogRecord, crypto: Crypto): RecordCore {
  return encodeCore(record, record.transactions.map(encodeTransaction), crypto);
}

/** The sample record's object, which carries copies of two small records before it. */
export function sampleObject(crypto: Crypto): Uint8Array {
  const copies = [41, 40].map((at) =>
    coreOf({ ...SAMPLE_RECORD, slot: slot(at), transactions: SAMPLE_RECORD.transactions.slice(1) }, crypto),
  );
  return encodeObject(coreOf(SAMPLE_RECORD, crypto), copies, crypto);
}

/** A root with something in every field. */
export function sampleRoot(crypto: Crypto): Root {
  return {
    databaseId: SAMPLE_RECORD.databaseId,
    generation: 77,
    writeId: '33333333333333333333333333333333',
    minReaderVersion: 1,
    minWriterVersion: 1,
    checkpoint: {
      slot: slot(39),
      name: 'checkpoint/39-44444444444444444444444444444444',
      hash: filled(32, 0x55),
      recordHash: filled(32, 0x66),
      committedAt: 789_000_000_000_000,
    },
    boundary: slot(30),
    boundaryAtMs: 1_735_689_600_000,
    doomEpoch: 17,
    newestSlot: slot(41),
    manifest: filled(5, 0x77),
    pages: filled(6, 0x88),
    tail: [coreOf({ ...SAMPLE_RECORD, slot: slot(40), previousHash: GENESIS_HASH, transactions: [] }, crypto).bytes],
    retained: [
      {
        slot: slot(31),
        name: 'checkpoint/31-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
        hash: filled(32, 0xbb),
        recordHash: filled(32, 0xcc),
        committedAt: 788_999_999_000_000,
      },
    ],
    pins: [
      {
        kind: 'branch',
        id: parsedId('dddddddddddddddddddddddddddddddd'),
        name: 'experiment',
        slot: slot(33),
        madeAtMs: 1_735_689_500_000,
        checkpoint: {
          slot: slot(33),
          name: 'checkpoint/33-eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee',
          hash: filled(32, 0xf0),
          recordHash: filled(32, 0xf1),
          committedAt: 789_000_000_000_001,
        },
      },
    ],
    unknown: [{ kind: 99, bytes: filled(3, 0x99) }],
  };
}
