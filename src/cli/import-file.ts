/** A file to import: its bytes, unpacked when its name ends in .gz, and how far reading has come. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { SqlError } from '../base/sql-error.ts';
import type { Terminal } from './terminal.ts';

export interface ImportFile {
  /** Bytes on disk; undefined for standard input. */
  readonly totalBytes: number | undefined;
  /** Whether it can be read again from the start. */
  readonly isRepeatable: boolean;
  /** Bytes read so far, of those on disk. */
  readBytes(): number;
  chunks(): AsyncIterable<Uint8Array>;
}

const CHUNK_BYTES = 256 * 1024;

/** Opens `path`, or standard input for `-`. A missing file is ENOENT; data that is no gzip is SQLSTATE 22P04. */
export async function importFile(path: string, terminal: Terminal): Promise<ImportFile> {
  let read = 0;
  if (path === '-') return { totalBytes: undefined, isRepeatable: false, readBytes: () => 0, chunks: () => terminal.input };
  const { size: totalBytes } = await stat(path);
  return {
    totalBytes,
    isRepeatable: true,
    readBytes: () => read,
    async *chunks() {
      read = 0;
      const file = createReadStream(path, { highWaterMark: CHUNK_BYTES });
      file.on('data', (chunk) => {
        read += chunk.length;
      });
      if (extname(path) !== '.gz') {
        yield* file;
        return;
      }
      const unpacked = createGunzip({ chunkSize: CHUNK_BYTES });
      pipeline(file, unpacked, () => undefined); // the error reaches whoever reads
      try {
        yield* unpacked;
      } catch (cause) {
        if (cause instanceof Error && 'code' in cause && String(cause.code).startsWith('Z_'))
          throw new SqlError('bad_copy_file_format', `${path} is not a whole gzip file: ${cause.message}`, { cause });
        throw cause;
      }
    },
  };
}

/** The extension that tells the format: `orders.tbl.gz` → `tbl`. */
export function formatExtension(path: string): string {
  const bare = path.endsWith('.gz') ? path.slice(0, -'.gz'.length) : path;
  return extname(bare).slice(1).toLowerCase();
}
