import { lstat, mkdir, open, readlink, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { StoreError } from '../object-store.ts';

/** The `code` of a system error (`ENOENT`), or '' when `error` is none. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** What `run` answers, or undefined when it fails with one of `codes`. */
export async function unless<T>(codes: readonly string[], run: () => Promise<T>): Promise<T | undefined> {
  try {
    return await run();
  } catch (error) {
    if (codes.includes(codeOf(error))) return undefined;
    throw error;
  }
}

/** Absent in the sense of an object store: no such name, or an object stands where a folder would have to be. */
export const NOTHING_THERE = ['ENOENT', 'ENOTDIR'];

/** The text of a symbolic link; undefined when nothing is there; null when something else is. */
export async function linkText(path: string): Promise<string | null | undefined> {
  try {
    return await readlink(path);
  } catch (error) {
    if (NOTHING_THERE.includes(codeOf(error))) return undefined;
    if (codeOf(error) === 'EINVAL' || codeOf(error) === 'UNKNOWN') return null;
    throw error;
  }
}

/** Makes a folder and those above it; with `durable` they survive a power failure once this resolves. */
export async function makeFolder(path: string, durable: boolean): Promise<void> {
  const first = await mkdir(path, { recursive: true });
  if (first === undefined || !durable) return;
  for (let made = path; made.length >= first.length; made = dirname(made)) await syncFolder(dirname(made));
}

/** Makes the links in a folder survive a power failure. */
export async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Creates a file that must not exist, making its folder when that is missing. */
export async function createFile(path: string, durable: boolean): Promise<FileHandle> {
  const handle = await unless(['ENOENT'], () => open(path, 'wx', 0o644));
  if (handle !== undefined) return handle;
  await makeFolder(dirname(path), durable);
  return open(path, 'wx', 0o644);
}

/** The bytes [start, end) of an open file, or undefined when it ends before. */
export async function readFully(handle: FileHandle, start: number, end: number): Promise<Uint8Array | undefined> {
  const bytes = new Uint8Array(end - start);
  let filled = 0;
  while (filled < bytes.length) {
    const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, start + filled);
    if (bytesRead === 0) return undefined;
    filled += bytesRead;
  }
  return bytes;
}

/** Removes a file or tree that nothing refers to any more; failing is harmless, since a sweep will try again. */
export async function discard(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true }).catch(() => {});
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

/** Whether a path is a folder. */
export async function isFolder(path: string): Promise<boolean> {
  const found = await unless(NOTHING_THERE, () => lstat(path));
  return found?.isDirectory() ?? false;
}
