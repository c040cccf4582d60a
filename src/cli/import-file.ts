/** A file to import: its bytes, unpacked when its name ends in .gz, and how far reading has come. */
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { SqlError } from '../base/sql-error.ts';

export interface ImportFile {
  /** Bytes on disk; undefined for standard input. */
  readonly totalBytes: number | undefined;
  /** Whether it can be read again from the start. */
  readonly isRepeatable: boolean;
  /** Bytes read so far, of those on disk. */
  readBytes(): number;
  /** What it holds, from the start. A chunk is good until the next is asked for. */
  chunks(): AsyncIterable<Uint8Array>;
}

const CHUNK_BYTES = 1024 * 1024;

/** Opens `path`, or for `-` standard input, which is `input`. A missing file is ENOENT; data that is no gzip is SQLSTATE 22P04. */
export async function importFile(path: string, input: AsyncIterable<Uint8Array>): Promise<ImportFile> {
  let read = 0;
  if (path === '-') return { totalBytes: undefined, isRepeatable: false, readBytes: () => 0, chunks: () => input };
  const { size: totalBytes } = await stat(path);
  return {
    totalBytes,
    isRepeatable: true,
    readBytes: () => read,
    async *chunks() {
      read = 0;
      const count = (bytes: number): void => {
        read += bytes;
      };
      yield* extname(path) === '.gz' ? unpacked(path, count) : chunksOf(path, count);
    },
  };
}

/** The bytes of a file, the next chunk read while one is used. */
async function* chunksOf(path: string, onRead: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  const file = await open(path);
  const chunks = [new Uint8Array(CHUNK_BYTES), new Uint8Array(CHUNK_BYTES)];
  let next = file.read(chunks[0], 0, CHUNK_BYTES, null);
  try {
    for (let turn = 0; ; turn = 1 - turn) {
      const { bytesRead } = await next;
      if (bytesRead === 0) return;
      onRead(bytesRead);
      next = file.read(chunks[1 - turn], 0, CHUNK_BYTES, null);
      yield chunks[turn].subarray(0, bytesRead);
    }
  } finally {
    await next.catch(() => undefined); // it fails for whoever waits for it, or for nobody
    await file.close();
  }
}

async function* unpacked(path: string, onRead: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  const file = createReadStream(path, { highWaterMark: CHUNK_BYTES });
  file.on('data', (chunk) => onRead(chunk.length));
  const bytes = createGunzip({ chunkSize: CHUNK_BYTES });
  pipeline(file, bytes, () => undefined); // the error reaches whoever reads
  try {
    yield* bytes;
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && String(cause.code).startsWith('Z_'))
      throw new SqlError('bad_copy_file_format', `${path} is not a whole gzip file: ${cause.message}`, { cause });
    throw cause;
  }
}

/** The extension that tells the format: `orders.tbl.gz` → `tbl`. */
export function formatExtension(path: string): string {
  const bare = path.endsWith('.gz') ? path.slice(0, -'.gz'.length) : path;
  return extname(bare).slice(1).toLowerCase();
}
