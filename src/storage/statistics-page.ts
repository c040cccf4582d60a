/**
 * The page beside an inner page: what lies below each of its children, for zone maps and the planner, out of the way of
 * navigation. All of it is hashed by the reference in the inner page.
 *
 *     offset  size  meaning
 *      0      4     'VELS'
 *      4      2     format version, 1
 *      6      2     1 when compressed (LZ4 block)
 *      8      4     bytes of the payload before compression
 *     12      4     zero
 *     16            payload: varint children, then each child's statistics (statistics.ts)
 */
import { ByteReader, ByteWriter } from '../base/bytes.ts';
import { SqlError } from '../base/sql-error.ts';
import { compressBlock, decompressBlock } from '../kernels/lz4.ts';
import { readStatistics, writeStatistics, type SubtreeStatistics } from './statistics.ts';

const STATISTICS_FORMAT_VERSION = 1;

const MAGIC = 0x534c4556;
const PAYLOAD_BYTES_MAX = 64 * 1024 * 1024;

export function encodeStatisticsPage(children: readonly SubtreeStatistics[]): Uint8Array {
  const payload = new ByteWriter(children.length * 64);
  payload.varint(children.length);
  for (const child of children) writeStatistics(payload, child);
  const raw = payload.view();
  const block = compressBlock(raw, Math.floor((raw.length * 7) / 8));
  const writer = new ByteWriter(16 + raw.length);
  writer
    .u32(MAGIC)
    .u16(STATISTICS_FORMAT_VERSION)
    .u16(block === null ? 0 : 1)
    .u32(raw.length)
    .u32(0);
  return writer.raw(block ?? raw).bytes();
}

/** The children's statistics from verified bytes; SQLSTATE XX001 naming `object` when they do not hold together. */
export function decodeStatisticsPage(bytes: Uint8Array, object: string): SubtreeStatistics[] {
  const head = new ByteReader(bytes, object);
  if (head.u32() !== MAGIC) head.damaged('it is not a statistics page');
  const version = head.u16();
  if (version !== STATISTICS_FORMAT_VERSION) {
    throw new SqlError('feature_not_supported', `${object} was written by a newer version`, {
      detail: `It is a statistics page of format version ${version}; this one reads ${STATISTICS_FORMAT_VERSION}.`,
    });
  }
  const compressed = head.u16() === 1;
  const rawBytes = head.u32();
  head.u32();
  if (rawBytes > PAYLOAD_BYTES_MAX) head.damaged('its payload is too long');
  const stored = head.raw(head.remaining);
  const payload = compressed ? decompressBlock(stored, rawBytes) : stored;
  if (payload === null || payload.length !== rawBytes) head.damaged('its payload does not decompress');
  const reader = new ByteReader(payload ?? stored, object);
  const children: SubtreeStatistics[] = [];
  for (let left = reader.varint(); left > 0; left--) children.push(readStatistics(reader));
  if (reader.remaining !== 0) reader.damaged('it is longer than what it holds');
  return children;
}
