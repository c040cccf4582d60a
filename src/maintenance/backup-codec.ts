/**
 * The bytes of a backup's manifest, object `backup/<slot, inverted>-<random>`, so that a listing returns the newest first.
 *
 *     offset  size  meaning
 *      0      4     'VELB'
 *      4      2     format version, 1
 *      6      2     zero
 *      8      16    database id
 *     24      8     slot
 *     32      8     commit time of its record, signed
 *     40      …     sized root; varint objects; per object text name, varint bytes, 32 bytes SHA-256
 *     end-32  32    SHA-256 of all bytes before
 */
import { ByteReader, ByteWriter, bytesOfHex, equalBytes, hexOf } from '../base/bytes.ts';
import { assert } from '../base/assert.ts';
import type { Crypto, Random } from '../base/runtime.ts';
import { SqlError } from '../base/sql-error.ts';
import { slot, type Slot } from '../storage/tree.ts';
import { LOG_PREFIX, logName } from '../transaction/names.ts';
import { parsedId, type DatabaseId } from '../transaction/record.ts';

export interface Backup {
  readonly databaseId: DatabaseId;
  readonly slot: Slot;
  /** timestamptz microseconds. */
  readonly committedAt: number;
  /** The root that the restored database begins with. */
  readonly root: Uint8Array;
  readonly objects: readonly BackupObject[];
}

export interface BackupObject {
  readonly name: string;
  readonly size: number;
  /** SHA-256 of all of it. */
  readonly hash: Uint8Array;
}

/** What every backup's name begins with. */
export const BACKUP_PREFIX = 'backup/';

const MAGIC = 0x424c4556; // 'VELB' in file order
const VERSION = 1;
const HASH_BYTES = 32;

/** A name for a backup's manifest that nobody else will choose. */
export function backupName(at: Slot, random: Random): string {
  return `${BACKUP_PREFIX}${logName(at).slice(LOG_PREFIX.length)}-${hexOf(random.bytes(16))}`;
}

export function encodeBackup(backup: Backup, crypto: Crypto): Uint8Array {
  const id = bytesOfHex(backup.databaseId);
  assert(id !== undefined && id.length === 16, 'an id is 32 hexadecimal digits', { id: backup.databaseId });
  const out = new ByteWriter(1024 + backup.objects.length * 128 + backup.root.length);
  out.u32(MAGIC).u16(VERSION).u16(0).raw(id).u64(backup.slot).i64(BigInt(backup.committedAt)).sized(backup.root);
  out.varint(backup.objects.length);
  for (const { name, size, hash } of backup.objects) out.text(name).varint(size).raw(hash);
  return out.raw(crypto.sha256(out.view())).bytes();
}

/** SQLSTATE XX001 when it is not what was written, 0A000 for a later format version. */
export function decodeBackup(bytes: Uint8Array, name: string, crypto: Crypto): Backup {
  const end = Math.max(0, bytes.length - HASH_BYTES);
  const reader = new ByteReader(bytes.subarray(0, end), name);
  if (!equalBytes(crypto.sha256(bytes.subarray(0, end)), bytes.subarray(end))) reader.damaged('its hash does not match');
  if (reader.u32() !== MAGIC) reader.damaged('it is not a backup');
  const version = reader.u16();
  if (version !== VERSION) {
    throw new SqlError('feature_not_supported', `${name} was written by a newer version`, {
      detail: `It has format version ${version}; this one reads ${VERSION}.`,
    });
  }
  reader.u16();
  const databaseId = parsedId<DatabaseId>(hexOf(reader.raw(16)));
  const at = slot(reader.u64());
  const committedAt = Number(reader.i64());
  const root = reader.sized().slice();
  const objects: BackupObject[] = [];
  for (let left = reader.varint(); left > 0; left--)
    objects.push({ name: reader.text(), size: reader.varint(), hash: reader.raw(HASH_BYTES).slice() });
  if (reader.remaining !== 0) reader.damaged('it is longer than what it holds');
  return { databaseId, slot: at, committedAt, root, objects };
}
