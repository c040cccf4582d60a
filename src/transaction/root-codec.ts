/**
 * The bytes of `root`, the one mutable object. A fence header that a confirming read fetches by range, and behind it what a
 * cold reader needs next.
 *
 *     ┌──────────────────────────────────────────┬──────────┬──────────────┬──────────────┬──────────────┐
 *     │ fence header, at most 4 KB, self-checked │ manifest │ inline pages │ recent tail  │ other        │
 *     └──────────────────────────────────────────┴──────────┴──────────────┴──────────────┴──────────────┘
 *
 * Invariants
 *   R1  The header ends with the SHA-256 of its bytes before, and holds that of the body: one flipped bit is XX001.
 *   R2  The header is whole within the first FENCE_BYTES_MAX bytes.
 *   R3  Sections of a kind this program does not know are carried along unread.
 */
import { assert } from '../base/assert.ts';
import { ByteReader, ByteWriter, bytesOfHex, equalBytes, hexOf } from '../base/bytes.ts';
import type { Crypto } from '../base/runtime.ts';
import { SqlError } from '../base/sql-error.ts';
import { slot, type Slot } from '../storage/tree.ts';
import { parsedId, type DatabaseId } from './record.ts';

/** Bytes of root that a confirming read asks for. */
export const FENCE_BYTES_MAX = 4096;

/** Bytes of root behind the header that writers aim to stay within. */
export const ROOT_BODY_BYTES_MAX = 256 * 1024;

/** Versions of the whole format: what a program must understand to read, and to write, a database. */
export const READER_VERSION = 1;
export const WRITER_VERSION = 2;

/** What a new database asks of writers. */
export const LEAST_WRITER_VERSION = 1;
/** Writers from here on heed pins: root asks for it with the first one. */
export const PINS_WRITER_VERSION = 2;

const MAGIC = 0x544f4f52; // 'ROOT' in file order
const VERSION = 1;
const HASH_BYTES = 32;

/** What fences are decided by. */
export interface FenceHeader {
  readonly databaseId: DatabaseId;
  /** How many times root was written. */
  readonly generation: number;
  /** 128 random bits of the write that made this version, so that its writer knows it again. */
  readonly writeId: string;
  readonly minReaderVersion: number;
  readonly minWriterVersion: number;
  /** The newest published checkpoint; slot 0 and name '' while there is none. */
  readonly checkpoint: CheckpointReference;
  /** Records up to this slot may be collected. */
  readonly boundary: Slot;
  /** Store time (ms) at which the boundary was certainly in place already; undefined until somebody rewrites root after it moved. */
  readonly boundaryAtMs: number | undefined;
  /** Unreferenced segments with an epoch of at most this may be deleted. */
  readonly doomEpoch: number;
  /** A slot known to be committed: where to look for the end of the log. */
  readonly newestSlot: Slot;
}

export interface CheckpointReference {
  readonly slot: Slot;
  readonly name: string;
  /** SHA-256 of the checkpoint object. */
  readonly hash: Uint8Array;
  /** The hash of the log record at `slot`, through which the chain goes on. */
  readonly recordHash: Uint8Array;
  /** The commit time of that record, timestamptz microseconds. */
  readonly committedAt: number;
}

export interface Root extends FenceHeader {
  /** The newest checkpoint's manifest, as storage encodes it; empty: fetch the checkpoint object. */
  readonly manifest: Uint8Array;
  /** Pages a cold reader needs first, as storage packs them. */
  readonly pages: Uint8Array;
  /** Cores of the records after the checkpoint, from checkpoint.slot + 1 on, ascending without a gap. */
  readonly tail: readonly Uint8Array[];
  /** Checkpoints published before, oldest first: what a state of the past is replayed from. */
  readonly retained: readonly CheckpointReference[];
  /** What must be kept for others, whatever its age. */
  readonly pins: readonly Pin[];
  readonly unknown: readonly RootSection[];
}

/**
 * What somebody else depends on. A `hold` keeps a checkpoint and the log after it for as long as a branch or a restore is being made of
 * them; a `branch` keeps the segments that its first manifest names, for as long as it lives.
 */
export interface Pin {
  readonly kind: 'hold' | 'branch';
  /** 128 random bits in hexadecimal; a branch lies under this name, and it is its database id. */
  readonly id: DatabaseId;
  /** Of the branch, or of the work in progress. */
  readonly name: string;
  /** The state it is about: that of this slot. */
  readonly slot: Slot;
  /** Store time (ms) at which it was made, as far as known: a hold that is too old was left behind. */
  readonly madeAtMs: number;
  /** A hold's checkpoint in this database; a branch's first one, among its own objects. */
  readonly checkpoint: CheckpointReference;
}

export interface RootSection {
  readonly kind: number;
  readonly bytes: Uint8Array;
}

const SECTION_MANIFEST = 1;
const SECTION_PAGES = 2;
const SECTION_TAIL = 3;
const SECTION_RETAINED = 4;
const SECTION_PINS = 5;
const PIN_KINDS = ['hold', 'branch'] as const;

/** The whole object. */
export function encodeRoot(root: Root, crypto: Crypto): Uint8Array {
  const body = encodeBody(root);
  const out = new ByteWriter(1024 + body.length);
  out.u32(MAGIC).u16(VERSION).u16(0).u32(0).u32(body.length);
  out.raw(idBytes(root.databaseId)).u64(root.generation).raw(idBytes(root.writeId));
  out.u16(root.minReaderVersion).u16(root.minWriterVersion).u32(0);
  out
    .u64(root.boundary)
    .u64(root.boundaryAtMs ?? 0)
    .u64(root.doomEpoch)
    .u64(root.newestSlot);
  writeCheckpoint(out, root.checkpoint);
  out.raw(crypto.sha256(body));
  out.patchU32(8, out.length + HASH_BYTES);
  out.raw(crypto.sha256(out.view()));
  assert(out.length <= FENCE_BYTES_MAX, 'R2: the header fits the fence', { length: out.length });
  return out.raw(body).bytes();
}

/** The fence header at the front of `bytes` (the whole object, or its first FENCE_BYTES_MAX bytes). */
export function decodeFence(bytes: Uint8Array, crypto: Crypto): FenceHeader {
  return openHeader(bytes, crypto).fence;
}

/** The whole object. SQLSTATE XX001 when it is not what was written. */
export function decodeRoot(bytes: Uint8Array, crypto: Crypto): Root {
  const { fence, headerLength, bodyLength, bodyHash } = openHeader(bytes, crypto);
  const reader = new ByteReader(bytes, 'root');
  const body = bytes.subarray(headerLength);
  if (body.length !== bodyLength) reader.damaged(`its body has ${body.length} bytes instead of ${bodyLength}`);
  if (!equalBytes(crypto.sha256(body), bodyHash)) reader.damaged('the hash of its body does not match');
  return { ...fence, ...decodeBody(body) };
}

function openHeader(
  bytes: Uint8Array,
  crypto: Crypto,
): { fence: FenceHeader; headerLength: number; bodyLength: number; bodyHash: Uint8Array } {
  const reader = new ByteReader(bytes, 'root');
  if (reader.u32() !== MAGIC) reader.damaged('it does not begin as a root');
  const version = reader.u16();
  const flags = reader.u16();
  const headerLength = reader.u32();
  const bodyLength = reader.u32();
  if (headerLength < HASH_BYTES + 16 || headerLength > Math.min(bytes.length, FENCE_BYTES_MAX))
    reader.damaged('its header has a wrong length');
  const checked = bytes.subarray(0, headerLength - HASH_BYTES);
  if (!equalBytes(crypto.sha256(checked), bytes.subarray(checked.length, headerLength)))
    reader.damaged('the hash of its header does not match');
  if (version !== VERSION || flags !== 0) throw newerRoot(`format ${version}, flags ${flags}`);
  const databaseId = parsedId<DatabaseId>(hexOf(reader.raw(16)));
  const generation = reader.u64();
  const writeId = hexOf(reader.raw(16));
  const minReaderVersion = reader.u16();
  const minWriterVersion = reader.u16();
  reader.u32();
  const boundary = slot(reader.u64());
  const boundaryAtMs = reader.u64();
  const doomEpoch = reader.u64();
  const newestSlot = slot(reader.u64());
  const checkpoint = readCheckpoint(reader);
  const bodyHash = reader.raw(HASH_BYTES);
  const fence: FenceHeader = {
    databaseId,
    generation,
    writeId,
    minReaderVersion,
    minWriterVersion,
    checkpoint,
    boundary,
    boundaryAtMs: boundaryAtMs === 0 ? undefined : boundaryAtMs,
    doomEpoch,
    newestSlot,
  };
  return { fence, headerLength, bodyLength, bodyHash };
}

/** A reference to a checkpoint, in the header and wherever root names another one. */
function writeCheckpoint(out: ByteWriter, checkpoint: CheckpointReference): void {
  out.u64(checkpoint.slot).i64(BigInt(checkpoint.committedAt)).raw(checkpoint.hash).raw(checkpoint.recordHash).text(checkpoint.name);
}

function readCheckpoint(reader: ByteReader): CheckpointReference {
  const at = slot(reader.u64());
  const committedAt = Number(reader.i64());
  const hash = reader.raw(HASH_BYTES).slice();
  const recordHash = reader.raw(HASH_BYTES).slice();
  return { slot: at, name: reader.text(), hash, recordHash, committedAt };
}

function encodeBody(root: Root): Uint8Array {
  const tail = new ByteWriter(root.tail.reduce((total, core) => total + core.length + 4, 8)).varint(root.tail.length);
  for (const core of root.tail) tail.sized(core);
  const sections: RootSection[] = [
    { kind: SECTION_MANIFEST, bytes: root.manifest },
    { kind: SECTION_PAGES, bytes: root.pages },
    { kind: SECTION_TAIL, bytes: tail.bytes() },
  ];
  if (root.retained.length > 0) sections.push({ kind: SECTION_RETAINED, bytes: encodeRetained(root.retained) });
  if (root.pins.length > 0) sections.push({ kind: SECTION_PINS, bytes: encodePins(root.pins) });
  sections.push(...root.unknown);
  const out = new ByteWriter(sections.reduce((total, section) => total + section.bytes.length + 12, 8)).varint(sections.length);
  for (const section of sections) out.varint(section.kind).sized(section.bytes);
  return out.bytes();
}

function encodeRetained(retained: readonly CheckpointReference[]): Uint8Array {
  const out = new ByteWriter(8 + retained.length * 160).varint(retained.length);
  for (const checkpoint of retained) writeCheckpoint(out, checkpoint);
  return out.bytes();
}

function decodeRetained(reader: ByteReader): CheckpointReference[] {
  const retained: CheckpointReference[] = [];
  for (let left = reader.varint(); left > 0; left--) retained.push(readCheckpoint(reader));
  return retained;
}

function encodePins(pins: readonly Pin[]): Uint8Array {
  const out = new ByteWriter(8 + pins.length * 256).varint(pins.length);
  for (const pin of pins) {
    out.u8(PIN_KINDS.indexOf(pin.kind)).raw(idBytes(pin.id)).text(pin.name).u64(pin.slot).u64(pin.madeAtMs);
    writeCheckpoint(out, pin.checkpoint);
  }
  return out.bytes();
}

function decodePins(reader: ByteReader): Pin[] {
  const pins: Pin[] = [];
  for (let left = reader.varint(); left > 0; left--) {
    const kind = PIN_KINDS[reader.u8()] ?? reader.damaged('a pin is of no known kind');
    const id = parsedId<DatabaseId>(hexOf(reader.raw(16)));
    const name = reader.text();
    const at = slot(reader.u64());
    pins.push({ kind, id, name, slot: at, madeAtMs: reader.u64(), checkpoint: readCheckpoint(reader) });
  }
  return pins;
}

function decodeBody(bytes: Uint8Array): Pick<Root, 'manifest' | 'pages' | 'tail' | 'retained' | 'pins' | 'unknown'> {
  const reader = new ByteReader(bytes, 'root');
  let manifest: Uint8Array = new Uint8Array(0);
  let pages: Uint8Array = new Uint8Array(0);
  const tail: Uint8Array[] = [];
  let retained: readonly CheckpointReference[] = [];
  let pins: readonly Pin[] = [];
  const unknown: RootSection[] = [];
  for (let left = reader.varint(); left > 0; left--) {
    const kind = reader.varint();
    const section = reader.sized();
    if (kind === SECTION_MANIFEST) manifest = section;
    else if (kind === SECTION_PAGES) pages = section;
    else if (kind === SECTION_TAIL) {
      const inner = new ByteReader(section, 'root');
      for (let cores = inner.varint(); cores > 0; cores--) tail.push(inner.sized());
    } else if (kind === SECTION_RETAINED) retained = decodeRetained(new ByteReader(section, 'root'));
    else if (kind === SECTION_PINS) pins = decodePins(new ByteReader(section, 'root'));
    else unknown.push({ kind, bytes: section });
  }
  return { manifest, pages, tail, retained, pins, unknown };
}

/** Refuses a database that asks for a newer program: SQLSTATE 0A000. */
export function checkVersions(fence: Pick<FenceHeader, 'minReaderVersion' | 'minWriterVersion'>, use: 'read' | 'write'): void {
  if (fence.minReaderVersion > READER_VERSION) throw newerRoot(`reader version ${fence.minReaderVersion}`);
  if (use === 'write' && fence.minWriterVersion > WRITER_VERSION) throw newerRoot(`writer version ${fence.minWriterVersion}`);
}

function newerRoot(found: string): SqlError {
  return new SqlError('feature_not_supported', 'the database was written by a newer version of VelociDB', {
    detail: `It requires ${found}; this program has reader version ${READER_VERSION} and writer version ${WRITER_VERSION}.`,
    hint: 'Upgrade this program.',
  });
}

function idBytes(id: string): Uint8Array {
  const bytes = bytesOfHex(id);
  assert(bytes !== undefined && bytes.length === 16, 'an id is 32 hexadecimal digits', { id });
  return bytes;
}
