/**
 * Immutable blocks in files, on NVMe or in /tmp: one file a block, named by a hash of whose bucket it came from, its object
 * and its place. Files appear whole (written aside, then renamed) and may vanish at any moment: nothing is fsynced, several
 * processes may share the folder, and whoever reads a block verifies it.
 *
 * The folder holds at most `bytesMax`: what was written longest ago goes first, a fifth at a time.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, readFile, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { BlockCache } from '../tiers/block-cache.ts';

export interface DirectoryTierOptions {
  /** Tells apart blocks of different databases in one folder: the database's id. */
  readonly namespace: string;
  readonly bytesMax: number;
}

/** Writes that may wait; past it blocks are not kept, since a cache must not hold up what it serves. */
const PENDING_BYTES_MAX = 64 * 1024 * 1024;

/** A `BlockCache` in a folder; see the file's header. */
export class DirectoryTier implements BlockCache {
  readonly #path: string;
  readonly #options: DirectoryTierOptions;
  readonly #writing = new Set<string>();
  /** The end of the queue of writes: one at a time, so that the folder keeps to its size. */
  #lastWrite: Promise<void> = Promise.resolve();
  #pendingBytes = 0;
  /** Bytes in the folder, as far as this process knows; undefined before the first look. */
  #bytes: number | undefined;

  constructor(path: string, options: DirectoryTierOptions) {
    this.#path = path;
    this.#options = options;
  }

  async get(object: string, offset: number, length: number): Promise<Uint8Array | undefined> {
    try {
      const bytes = await readFile(join(this.#path, this.#fileOf(object, offset, length)));
      return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    } catch {
      return undefined; // absent, or unreadable, which is as good as absent
    }
  }

  put(object: string, offset: number, bytes: Uint8Array): void {
    const file = this.#fileOf(object, offset, bytes.length);
    if (this.#writing.has(file) || bytes.length > this.#options.bytesMax / 4) return;
    if (this.#pendingBytes + bytes.length > PENDING_BYTES_MAX) return;
    this.#pendingBytes += bytes.length;
    this.#writing.add(file);
    this.#lastWrite = this.#lastWrite
      .then(() => this.#write(file, bytes))
      .catch(() => {}) // a full or vanished disk only means fewer hits
      .finally(() => {
        this.#pendingBytes -= bytes.length;
        this.#writing.delete(file);
      });
  }

  drop(object: string, offset: number, length: number): void {
    void rm(join(this.#path, this.#fileOf(object, offset, length)), { force: true }).catch(() => {});
  }

  /** Resolves when what was offered is kept or given up. */
  async close(): Promise<void> {
    while (this.#writing.size > 0) await this.#lastWrite;
  }

  #fileOf(object: string, offset: number, length: number): string {
    return createHash('sha256').update(`${this.#options.namespace}\n${object}\n${offset}+${length}`).digest('hex').slice(0, 40);
  }

  async #write(file: string, bytes: Uint8Array): Promise<void> {
    await this.#measure();
    const aside = join(this.#path, `.${file}.${randomBytes(6).toString('hex')}`);
    const handle = await open(aside, 'wx', 0o600);
    try {
      await handle.writeFile(bytes);
    } finally {
      await handle.close();
    }
    await rename(aside, join(this.#path, file));
    this.#bytes = (this.#bytes ?? 0) + bytes.length;
    if (this.#bytes > this.#options.bytesMax) await this.#trim();
  }

  async #measure(): Promise<void> {
    if (this.#bytes !== undefined) return;
    await mkdir(this.#path, { recursive: true, mode: 0o700 });
    const files = await this.#files();
    this.#bytes ??= files.reduce((total, file) => total + file.size, 0);
  }

  /** Removes what was written longest ago until four fifths of the size are left; also what killed writers left aside. */
  async #trim(): Promise<void> {
    const files = (await this.#files()).sort((a, b) => a.writtenMs - b.writtenMs);
    let bytes = files.reduce((total, file) => total + file.size, 0);
    for (const file of files) {
      if (bytes <= this.#options.bytesMax * 0.8) break;
      await rm(join(this.#path, file.name), { force: true });
      bytes -= file.size;
    }
    this.#bytes = bytes;
  }

  async #files(): Promise<{ name: string; size: number; writtenMs: number }[]> {
    const names = await readdir(this.#path);
    const found = await Promise.all(
      names.map(async (name) => {
        const facts = await stat(join(this.#path, name)).catch(() => undefined);
        return facts === undefined ? [] : [{ name, size: facts.size, writtenMs: facts.mtimeMs }];
      }),
    );
    return found.flat();
  }
}
