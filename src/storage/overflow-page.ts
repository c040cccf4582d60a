/**
 * A value too long for a leaf, in a page of its own. All of it is hashed by the reference in the leaf.
 *
 *     offset  size  meaning
 *      0      4     'VELO'
 *      4      2     format version, 1
 *      6      2     1 when compressed (LZ4 block)
 *      8      4     bytes of the value
 *     12      4     zero
 *     16            the value
 */
import { ByteReader, ByteWriter } from '../base/bytes.ts';
import { LIMITS } from '../base/limits.ts';
import { SqlError } from '../base/sql-error.ts';
import { compressBlock, decompressBlock } from '../kernels/lz4.ts';

const OVERFLOW_FORMAT_VERSION = 1;

const MAGIC = 0x4f4c4556;

export function encodeOverflow(value: Uint8Array): Uint8Array {
  const block = compressBlock(value, Math.floor((value.length * 7) / 8));
  const writer = new ByteWriter(16 + (block ?? value).length);
  writer
    .u32(MAGIC)
    .u16(OVERFLOW_FORMAT_VERSION)
    .u16(block === null ? 0 : 1)
    .u32(value.length)
    .u32(0);
  return writer.raw(block ?? value).bytes();
}

/** The value of verified bytes; SQLSTATE XX001 naming `object` when they do not hold together. */
export function decodeOverflow(bytes: Uint8Array, object: string): Uint8Array {
  const reader = new ByteReader(bytes, object);
  if (reader.u32() !== MAGIC) reader.damaged('it is not an overflow page');
  const version = reader.u16();
  if (version !== OVERFLOW_FORMAT_VERSION) {
    throw new SqlError('feature_not_supported', `${object} was written by a newer version`, {
      detail: `It is an overflow page of format version ${version}; this one reads ${OVERFLOW_FORMAT_VERSION}.`,
    });
  }
  const compressed = reader.u16() === 1;
  const length = reader.u32();
  reader.u32();
  if (length > LIMITS.valueBytesMax) reader.damaged('its value is too long');
  const stored = reader.raw(reader.remaining);
  const value = compressed ? decompressBlock(stored, length) : stored;
  if (value === null || value.length !== length) reader.damaged('its value has another length');
  return value ?? stored;
}
