/**
 * System calls as the directory store needs them. Calls that touch only what the kernel has at hand (links, names, small
 * files) are made synchronously: a few microseconds each, where a turn through the thread pool costs sixty. What may wait for
 * the disk (fsync, large bodies, large folders) is asynchronous.
 */
import {
  closeSync,
  fsync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  read,
  readSync,
  readdirSync,
  readlinkSync,
  rmSync,
  write,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { StoreError } from '../object-store.ts';

const fsyncAsync = promisify(fsync);
const readAsync = promisify(read);
const writeAsync = promisify(write);

/** Bodies up to this size are read and written synchronously. */
const SMALL_BYTES = 128 * 1024;

/** The `code` of a system error (`ENOENT`), or '' when `error` is none. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** What `run` answers, or undefined when it fails with one of `codes`. */
export function unless<T>(codes: readonly string[], run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (codes.includes(codeOf(error))) return undefined;
    throw error;
  }
}

/** Absent in the sense of an object store: no such name, or an object stands where a folder would have to be. */
export const NOTHING_THERE = ['ENOENT', 'ENOTDIR'];

/** The text of a symbolic link; undefined when nothing is there; null when something else is. */
export function linkText(path: string): string | null | undefined {
  const found = factsOf(path);
  if (found === undefined) return undefined;
  if (!found.isSymbolicLink) return null;
  return unless(NOTHING_THERE, () => readlinkSync(path));
}

export interface PathFacts {
  readonly isSymbolicLink: boolean;
  readonly isFolder: boolean;
  readonly size: number;
  readonly modifiedMs: number;
}

/** What lies at a path, links not followed; undefined when nothing does. Costs no exception in that case. */
export function factsOf(path: string): PathFacts | undefined {
  const found = unless(NOTHING_THERE, () => lstatSync(path, { throwIfNoEntry: false }));
  if (found === undefined) return undefined;
  return { isSymbolicLink: found.isSymbolicLink(), isFolder: found.isDirectory(), size: found.size, modifiedMs: found.mtimeMs };
}

/** What tells a plain file from every other that was or will be at its path: inode and time. Undefined when it is none. */
export function plainFileId(path: string): string | undefined {
  const found = unless(NOTHING_THERE, () => lstatSync(path, { bigint: true, throwIfNoEntry: false }));
  return found?.isFile() === true ? `plain-${found.ino}-${found.mtimeNs}` : undefined;
}

/** The names in a small folder; none when it is not there. */
export function namesIn(folder: string): readonly string[] {
  if (factsOf(folder) === undefined) return [];
  return unless(NOTHING_THERE, () => readdirSync(folder)) ?? [];
}

/** Makes a folder and those above it; with `durable` they survive a power failure once this resolves. */
export async function makeFolder(path: string, durable: boolean): Promise<void> {
  const first = mkdirSync(path, { recursive: true });
  if (first === undefined || !durable) return;
  for (let made = path; made.length >= first.length; made = dirname(made)) await syncFolder(dirname(made));
}

/** Makes the links in a folder survive a power failure. */
export async function syncFolder(path: string): Promise<void> {
  const folder = new OpenFile(openSync(path, 'r'));
  try {
    await folder.sync();
  } finally {
    folder.close();
  }
}

/** Creates a file that must not exist, making its folder when that is missing. */
export async function createFile(path: string, durable: boolean): Promise<OpenFile> {
  const descriptor = unless(['ENOENT'], () => openSync(path, 'wx', 0o644));
  if (descriptor !== undefined) return new OpenFile(descriptor);
  await makeFolder(dirname(path), durable);
  return new OpenFile(openSync(path, 'wx', 0o644));
}

/** Opens a file to read; undefined when it is not there. */
export function openToRead(path: string): OpenFile | undefined {
  const descriptor = unless(NOTHING_THERE, () => openSync(path, 'r'));
  return descriptor === undefined ? undefined : new OpenFile(descriptor);
}

/** An open file; whoever opened it closes it. */
export class OpenFile {
  readonly #descriptor: number;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  get size(): number {
    return fstatSync(this.#descriptor).size;
  }

  /** Whether the file's last name was removed. */
  get isUnlinked(): boolean {
    return fstatSync(this.#descriptor).nlink === 0;
  }

  /** The bytes [start, end), or undefined when the file ends before. */
  async read(start: number, end: number): Promise<Uint8Array | undefined> {
    const bytes = new Uint8Array(end - start);
    for (let filled = 0; filled < bytes.length;) {
      const left = bytes.length - filled;
      const count =
        left <= SMALL_BYTES
          ? readSync(this.#descriptor, bytes, filled, left, start + filled)
          : (await readAsync(this.#descriptor, bytes, filled, left, start + filled)).bytesRead;
      if (count === 0) return undefined;
      filled += count;
    }
    return bytes;
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let written = 0; written < bytes.length;) {
      const left = bytes.length - written;
      written +=
        left <= SMALL_BYTES
          ? writeSync(this.#descriptor, bytes, written, left, written)
          : (await writeAsync(this.#descriptor, bytes, written, left, written)).bytesWritten;
    }
  }

  async sync(): Promise<void> {
    await fsyncAsync(this.#descriptor);
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

/** Removes a file or tree that nothing refers to any more; failing is harmless, since a sweep will try again. */
export function discard(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    // left for the sweep
  }
}

/** A system error as the error an object store throws. */
export function storeError(object: string, error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const code = codeOf(error);
  const reason = error instanceof Error ? error.message : String(error);
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return new StoreError('denied', object, reason, error);
  if (code === 'EMFILE' || code === 'ENFILE' || code === 'EAGAIN' || code === 'EBUSY')
    return new StoreError('transient', object, reason, error);
  if (code === 'EIO') return new StoreError('damaged', object, reason, error);
  return new StoreError('permanent', object, reason, error);
}
