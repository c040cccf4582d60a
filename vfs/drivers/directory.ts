/**
 * A directory as a bucket, shared by any number of processes on a file system with atomic symlink(2), and correct when any of
 * them is killed between any two system calls. There are no locks, so there is no holder to wait for or to declare dead.
 *
 *     log/7 ─────────────────────► .objects/3fa9…      a name is a symbolic link to bytes that never change
 *     root  ─────────────────────► .objects/c01d…      its first version; c01d… names the incarnation
 *     .chains/c01d…/1 ───────────► .objects/77b2…~c01d…
 *     .chains/c01d…/2 ───────────► .objects/e410…~77b2…   replaced twice: the greatest number is the current version
 *
 * One system call decides each write, and nothing before it is visible:
 *   create   symlink(name): EEXIST is `exists`
 *   replace  symlink(.chains/<incarnation>/<n+1>), where n carried the validator: EEXIST is `mismatch`
 *   delete   unlink(name)
 *
 * Invariants
 *   D1  Bytes lie under a fresh random name, fsynced, before a link leads to them; then the link's folder is fsynced.
 *   D2  A validator is the bytes' random name, so no two versions of the bucket's life share one.
 *   D3  The greatest link of a reachable chain is never removed. So a writer that slept and then links a number that was
 *       cleaned up meanwhile finds a greater one, whose name tells whether it grew from this write.
 *       If its bytes were swept meanwhile, it writes them again.
 *   D4  A version's time is its link's own modification time, set by the kernel as it decides: no pause comes between. An
 *       answer's date is taken on both sides of the deciding calls; a read during which DATE_GAP_MS passed is made again.
 *
 * A plain file that somebody put under a name (a copy that followed links) is an object too, known by its inode and time.
 * A killed writer leaves only unreachable files behind, which `sweep` removes by age. Deletes are not fsynced: a power
 * failure may bring a deleted object back. A name and a folder cannot share a path.
 */
import { randomBytes } from 'node:crypto';
import { symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../src/base/runtime.ts';
import { checkedPrefix } from '../names.ts';
import { StoreError } from '../object-store.ts';
import type {
  CreateOutcome,
  GetOptions,
  GetOutcome,
  ListPage,
  ListedObject,
  ObjectStore,
  ReplaceOutcome,
  StoreTimeMs,
  Validator,
  WriteOptions,
} from '../object-store.ts';
import { boundsOf, limitOf } from '../ranges.ts';
import { sweepDirectory } from './directory-sweep.ts';
import { DirectoryVersions, type Version } from './directory-versions.ts';
import { walkNames } from './directory-walk.ts';
import {
  NOTHING_THERE,
  codeOf,
  createFile,
  discard,
  factsOf,
  linkText,
  makeFolder,
  openToRead,
  storeError,
  syncFolder,
  unless,
  type OpenFile,
} from './durable-files.ts';

/** The longest a read's deciding calls may take before its date is worth nothing and it is made again. */
const DATE_GAP_MS = 5_000;
/** Times a read starts over because the version it found was replaced and removed under it, or because it was paused. */
const READ_ATTEMPTS_MAX = 100;
const SWEEP_AGE_MS = 24 * 3_600_000;
/** Short calls are synchronous, so a loop of them would keep sockets and timers waiting: it lets them in this often. */
const BREATH_MS = 5;

export interface DirectoryStoreOptions {
  /** What the store calls its own time; the host's clock when not given. All processes must agree on it roughly. */
  readonly clock?: Pick<Clock, 'now'> | undefined;
  /** False leaves out every fsync: still atomic between processes, but a power failure may lose or damage anything. */
  readonly durable?: boolean | undefined;
}

/** An `ObjectStore` in a directory; see the file's header. Nothing is created before the first write. */
export class DirectoryStore implements ObjectStore {
  readonly #versions: DirectoryVersions;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #durable: boolean;
  /** Begun by the first write; never fails. */
  #sweeping: Promise<void> | undefined;
  #breathedMs = 0;

  constructor(path: string, options: DirectoryStoreOptions = {}) {
    this.#versions = new DirectoryVersions(path);
    this.#clock = options.clock ?? Date;
    this.#durable = options.durable ?? true;
  }

  async get(name: string, options: GetOptions = {}): Promise<GetOutcome> {
    options.signal?.throwIfAborted();
    const path = this.#versions.pathOf(name);
    await this.#breathe();
    try {
      for (let attempt = 0; attempt < READ_ATTEMPTS_MAX; attempt++) {
        const outcome = await this.#getOnce(name, path, options);
        if (outcome !== undefined) return outcome;
      }
    } catch (error) {
      throw storeError(name, error);
    }
    throw new StoreError('damaged', name, 'its link leads to bytes that are not there');
  }

  async createIfAbsent(name: string, bytes: Uint8Array, options: WriteOptions = {}): Promise<CreateOutcome> {
    options.signal?.throwIfAborted();
    const path = this.#versions.pathOf(name);
    await this.#breathe();
    let written: WrittenBytes | undefined;
    let decided = false;
    try {
      if (factsOf(path) !== undefined) return this.#existing(name, path);
      written = await this.#writeBytes(bytes, undefined);
      decided = await this.#linkName(written.path, path);
      if (!decided) return this.#existing(name, path);
      await this.#restoreIfSwept(written, bytes, this.#versions.chainOf(written.id), 0);
      if (this.#durable) await syncFolder(dirname(path));
      return { kind: 'created', validator: written.id, dateMs: this.#dateMs() };
    } catch (error) {
      if (decided) return { kind: 'unknown', reason: storeError(name, error).message };
      throw storeError(name, error);
    } finally {
      written?.close(decided);
    }
  }

  async replaceIfMatch(name: string, bytes: Uint8Array, validator: Validator, options: WriteOptions = {}): Promise<ReplaceOutcome> {
    options.signal?.throwIfAborted();
    const path = this.#versions.pathOf(name);
    await this.#breathe();
    let written: WrittenBytes | undefined;
    let decided = false;
    try {
      const current = this.#versions.resolve(path);
      if (current?.id !== validator) return { kind: 'mismatch', dateMs: this.#dateMs() };
      written = await this.#writeBytes(bytes, current.id);
      const chain = this.#versions.chainOf(current.incarnation);
      const number = current.number + 1;
      if (number === 1) await makeFolder(chain, this.#durable);
      // No chain any more: the incarnation is gone, and its validator with it.
      const { path: bytesPath } = written;
      decided = unless(['EEXIST', 'ENOENT'], () => link(bytesPath, join(chain, String(number)))) ?? false;
      if (!decided) return { kind: 'mismatch', dateMs: this.#dateMs() };
      await this.#restoreIfSwept(written, bytes, chain, number);
      return await this.#judge(path, chain, number, written, current);
    } catch (error) {
      if (decided) return { kind: 'unknown', reason: storeError(name, error).message };
      throw storeError(name, error);
    } finally {
      written?.close(decided);
    }
  }

  async delete(name: string): Promise<void> {
    const path = this.#versions.pathOf(name);
    try {
      const incarnation = this.#versions.incarnationOf(path);
      if (incarnation === undefined) return;
      unless(NOTHING_THERE, () => unlinkSync(path));
      this.#versions.discardIncarnation(incarnation);
    } catch (error) {
      throw storeError(name, error);
    }
  }

  async list(
    prefix: string,
    options: { readonly after?: string | undefined; readonly limit?: number | undefined } = {},
  ): Promise<ListPage> {
    checkedPrefix(prefix);
    const limit = limitOf(options.limit);
    const dateMs = this.#dateMs();
    try {
      const names: string[] = [];
      for await (const name of walkNames(this.#versions.root, prefix, options.after)) {
        names.push(name);
        if (names.length > limit) break;
      }
      const page = names.slice(0, limit);
      const listed = page.map((name) => this.#listed(name)).filter((object) => object !== undefined);
      return { objects: listed, next: names.length > limit ? page[limit - 1] : undefined, dateMs };
    } catch (error) {
      throw storeError(prefix, error);
    }
  }

  async close(): Promise<void> {
    await this.#sweeping;
  }

  /**
   * Removes what killed writers left behind and nothing can reach, if older than `ageMs` (a day). Safe beside readers and
   * writers of any process: a writer that slept longer than that notices that its bytes are gone, and writes them again. The first write to a
   * directory that was not swept for a day does it by itself.
   */
  sweep(ageMs: number = SWEEP_AGE_MS): Promise<{ readonly removed: number }> {
    return sweepDirectory(this.#versions, this.#clock.now() - ageMs);
  }

  /** Undefined when the version was replaced and removed while it was read, or too much time passed (D4). */
  async #getOnce(name: string, path: string, options: GetOptions): Promise<GetOutcome | undefined> {
    const startMs = this.#clock.now();
    const dateMs = wholeSeconds(startMs);
    const isPaused = () => Math.abs(this.#clock.now() - startMs) > DATE_GAP_MS;
    const version = this.#versions.resolve(path);
    if (version === undefined) return isPaused() ? undefined : { kind: 'absent', dateMs };
    if (version.id === options.unlessMatch) return isPaused() ? undefined : { kind: 'unmodified', dateMs };
    const file = openToRead(version.bytesPath);
    if (file === undefined) return undefined;
    try {
      const decider = factsOf(version.linkPath);
      if (decider === undefined || isPaused()) return undefined;
      const size = file.size;
      const { start, end } = boundsOf(options.range, size);
      const bytes = await file.read(start, end);
      if (bytes === undefined) throw new StoreError('damaged', name, 'the file ends too early');
      return { kind: 'found', bytes, validator: version.id, size, modifiedMs: wholeSeconds(decider.modifiedMs), dateMs };
    } finally {
      file.close();
    }
  }

  /** D1's first half: the bytes under a fresh name, held open so that the writer can tell whether they were swept. */
  async #writeBytes(bytes: Uint8Array, replaces: Validator | undefined): Promise<WrittenBytes> {
    const id = randomBytes(16).toString('hex');
    const path = join(this.#versions.objects, replaces === undefined ? id : `${id}~${replaces}`);
    const written = new WrittenBytes(id, path, await createFile(path, this.#durable));
    try {
      await written.file.write(bytes);
      if (this.#durable) await Promise.all([written.file.sync(), syncFolder(this.#versions.objects)]);
      this.#sweeping ??= this.#sweepDaily();
      return written;
    } catch (error) {
      written.close(false);
      throw error;
    }
  }

  /** Makes the link that decides a create, and its folders; false when the name is taken. */
  async #linkName(bytesPath: string, path: string): Promise<boolean> {
    try {
      return link(bytesPath, path);
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false;
      if (codeOf(error) !== 'ENOENT') throw error;
    }
    await makeFolder(dirname(path), this.#durable);
    return unless(['EEXIST'], () => link(bytesPath, path)) ?? false;
  }

  #existing(name: string, path: string): CreateOutcome {
    if (factsOf(path)?.isFolder === true) throw new StoreError('permanent', name, 'a folder of the directory has this name');
    return { kind: 'exists', dateMs: this.#dateMs() };
  }

  /**
   * Writes the bytes again if they were swept while this process was paused before its link. Bytes are also gone when a
   * newer version made them needless, or a delete did: then there is one, or writing them again only feeds the next sweep.
   */
  async #restoreIfSwept(written: WrittenBytes, bytes: Uint8Array, chain: string, number: number): Promise<void> {
    if (!written.file.isUnlinked || this.#versions.numbersIn(chain).some((other) => other > number)) return;
    const file = await createFile(written.path, this.#durable);
    try {
      await file.write(bytes);
      if (this.#durable) await Promise.all([file.sync(), syncFolder(this.#versions.objects)]);
    } finally {
      file.close();
    }
  }

  /** What became of a link made at `number`: D3 tells a winner from a writer that slept. */
  async #judge(path: string, chain: string, number: number, written: WrittenBytes, previous: Version): Promise<ReplaceOutcome> {
    if (this.#durable) await syncFolder(chain);
    const numbers = this.#versions.numbersIn(chain);
    if (numbers.some((other) => other > number)) {
      const next = linkText(join(chain, String(number + 1)));
      if (typeof next !== 'string') return { kind: 'unknown', reason: 'many newer versions exist' };
      if (!next.endsWith(`~${written.id}`)) return { kind: 'mismatch', dateMs: this.#dateMs() };
    }
    if (this.#versions.incarnationOf(path) !== previous.incarnation) return { kind: 'unknown', reason: 'the object was deleted meanwhile' };
    this.#versions.discardBehind(previous.incarnation, numbers, number);
    return { kind: 'replaced', validator: written.id, dateMs: this.#dateMs() };
  }

  #listed(name: string): ListedObject | undefined {
    for (let attempt = 0; attempt < READ_ATTEMPTS_MAX; attempt++) {
      const version = this.#versions.resolve(this.#versions.pathOf(name));
      if (version === undefined) return undefined;
      const decider = factsOf(version.linkPath);
      const bytes = factsOf(version.bytesPath);
      if (decider !== undefined && bytes !== undefined) return { name, size: bytes.size, modifiedMs: wholeSeconds(decider.modifiedMs) };
    }
    throw new StoreError('damaged', name, 'its link leads to bytes that are not there');
  }

  /** Sweeps when no process has for a day. A failure is harmless: the next day's first writer tries again. */
  async #sweepDaily(): Promise<void> {
    try {
      const marker = join(this.#versions.root, '.swept');
      const swept = factsOf(marker);
      if (swept !== undefined && swept.modifiedMs > this.#clock.now() - SWEEP_AGE_MS) return;
      writeFileSync(marker, '');
      if (swept !== undefined) await this.sweep();
    } catch {
      // nothing depends on it
    }
  }

  async #breathe(): Promise<void> {
    const nowMs = performance.now();
    if (nowMs - this.#breathedMs < BREATH_MS) return;
    await setImmediate();
    this.#breathedMs = performance.now();
  }

  #dateMs(): StoreTimeMs {
    return wholeSeconds(this.#clock.now());
  }
}

/** Bytes of a version that no link leads to yet. */
class WrittenBytes {
  readonly id: string;
  readonly path: string;
  readonly file: OpenFile;

  constructor(id: string, path: string, file: OpenFile) {
    this.id = id;
    this.path = path;
    this.file = file;
  }

  /** Removes the bytes unless a link leads to them. */
  close(linked: boolean): void {
    this.file.close();
    if (!linked) discard(this.path);
  }
}

/** Makes the one system call that decides a write. */
function link(bytesPath: string, linkPath: string): true {
  symlinkSync(relative(dirname(linkPath), bytesPath), linkPath);
  return true;
}

function wholeSeconds(ms: number): number {
  return Math.floor(ms / 1000) * 1000;
}
