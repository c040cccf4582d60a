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
 *   D4  A version's time is its link's own modification time, set by the kernel as it decides: no pause comes between. An
 *       answer's date is taken on both sides of the deciding calls; a read during which DATE_GAP_MS passed is made again.
 *
 * A plain file that somebody put under a name (a copy that followed links) is an object too, known by its inode and time.
 * A killed writer leaves only unreachable files behind, which `sweep` removes by age. Deletes are not fsynced: a power
 * failure may bring a deleted object back. A name and a folder cannot share a path.
 */
import { randomBytes } from 'node:crypto';
import { lstat, open, readdir, symlink, unlink, writeFile, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { assert } from '../../src/base/assert.ts';
import type { Clock } from '../../src/base/runtime.ts';
import { checkedName, checkedPrefix } from '../names.ts';
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
import { walkNames } from './directory-walk.ts';
import {
  NOTHING_THERE,
  codeOf,
  createFile,
  discard,
  isFolder,
  linkText,
  makeFolder,
  readFully,
  storeError,
  syncFolder,
  unless,
} from './durable-files.ts';

/** The longest a read's deciding calls may take before its date is worth nothing and it is made again. */
const DATE_GAP_MS = 5_000;
/** Times a read starts over because the version it found was replaced and removed under it, or because it was paused. */
const READ_ATTEMPTS_MAX = 100;
const SWEEP_AGE_MS = 24 * 3_600_000;

export interface DirectoryStoreOptions {
  /** What the store calls its own time; the host's clock when not given. All processes must agree on it roughly. */
  readonly clock?: Pick<Clock, 'now'> | undefined;
  /** False leaves out every fsync: still atomic between processes, but a power failure may lose or damage anything. */
  readonly durable?: boolean | undefined;
}

/** The version a name stands for at one moment. */
interface Version {
  /** The random name of the incarnation's first bytes: replaced versions share it, a deleted and recreated name does not. */
  readonly incarnation: string;
  /** 0 for the first version, then its number in the chain. */
  readonly number: number;
  readonly id: Validator;
  readonly bytesPath: string;
  /** The link that decided it. */
  readonly linkPath: string;
}

/** An `ObjectStore` in a directory; see the file's header. Nothing is created before the first write. */
export class DirectoryStore implements ObjectStore {
  readonly #root: string;
  readonly #objects: string;
  readonly #chains: string;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #durable: boolean;
  /** Begun by the first write; never fails. */
  #sweeping: Promise<void> | undefined;

  constructor(path: string, options: DirectoryStoreOptions = {}) {
    this.#root = resolve(path);
    this.#objects = join(this.#root, '.objects');
    this.#chains = join(this.#root, '.chains');
    this.#clock = options.clock ?? Date;
    this.#durable = options.durable ?? true;
  }

  async get(name: string, options: GetOptions = {}): Promise<GetOutcome> {
    const path = this.#pathOf(name);
    try {
      for (let attempt = 0; attempt < READ_ATTEMPTS_MAX; attempt++) {
        options.signal?.throwIfAborted();
        const startMs = this.#clock.now();
        const version = await this.#resolve(path);
        const opened = version === undefined || version.id === options.unlessMatch ? undefined : await this.#open(version);
        try {
          if (opened === undefined && version !== undefined && version.id !== options.unlessMatch) continue; // replaced and removed meanwhile
          if (Math.abs(this.#clock.now() - startMs) > DATE_GAP_MS) continue; // D4
          const dateMs = wholeSeconds(startMs);
          if (version === undefined) return { kind: 'absent', dateMs };
          if (opened === undefined) return { kind: 'unmodified', dateMs };
          const { start, end } = boundsOf(options.range, opened.size);
          const bytes = await readFully(opened.handle, start, end);
          if (bytes === undefined) throw new StoreError('damaged', name, 'the file ends too early');
          return { kind: 'found', bytes, validator: version.id, size: opened.size, modifiedMs: opened.modifiedMs, dateMs };
        } finally {
          await opened?.handle.close();
        }
      }
    } catch (error) {
      options.signal?.throwIfAborted();
      throw storeError(name, error);
    }
    throw new StoreError('damaged', name, 'its link leads to bytes that are not there');
  }

  async createIfAbsent(name: string, bytes: Uint8Array, options: WriteOptions = {}): Promise<CreateOutcome> {
    options.signal?.throwIfAborted();
    const path = this.#pathOf(name);
    if ((await this.#guarded(name, () => linkText(path))) !== undefined) return this.#existing(name, path);
    const written = await this.#guarded(name, () => this.#writeBytes(bytes, ''));
    let decided = false;
    try {
      decided = await this.#link(written.path, path);
      if (!decided) return await this.#existing(name, path);
      if (await written.isGone()) {
        await unlink(path);
        return { kind: 'undecided', reason: 'the bytes were swept while this process was paused' };
      }
      if (this.#durable) await syncFolder(dirname(path));
      return { kind: 'created', validator: written.id, dateMs: this.#dateMs() };
    } catch (error) {
      if (decided) return { kind: 'unknown', reason: storeError(name, error).message };
      throw storeError(name, error);
    } finally {
      await written.close(decided);
    }
  }

  async replaceIfMatch(name: string, bytes: Uint8Array, validator: Validator, options: WriteOptions = {}): Promise<ReplaceOutcome> {
    options.signal?.throwIfAborted();
    const path = this.#pathOf(name);
    const current = await this.#guarded(name, () => this.#resolve(path));
    if (current?.id !== validator) return { kind: 'mismatch', dateMs: this.#dateMs() };
    const written = await this.#guarded(name, () => this.#writeBytes(bytes, current.id));
    const chain = join(this.#chains, current.incarnation);
    const number = current.number + 1;
    let decided = false;
    try {
      if (number === 1) await makeFolder(chain, this.#durable);
      decided = await this.#link(written.path, join(chain, String(number)));
      if (!decided) return { kind: 'mismatch', dateMs: this.#dateMs() };
      return await this.#judge(path, chain, number, written, current);
    } catch (error) {
      if (decided) return { kind: 'unknown', reason: storeError(name, error).message };
      if (codeOf(error) === 'ENOENT') return { kind: 'mismatch', dateMs: this.#dateMs() }; // the chain went with its incarnation
      throw storeError(name, error);
    } finally {
      await written.close(decided);
    }
  }

  async delete(name: string): Promise<void> {
    const path = this.#pathOf(name);
    try {
      const text = await linkText(path);
      if (text === undefined || (await isFolder(path))) return;
      await unless(NOTHING_THERE, () => unlink(path));
      if (text !== null) await this.#discardIncarnation(basename(text));
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
      for await (const name of walkNames(this.#root, prefix, options.after)) {
        names.push(name);
        if (names.length > limit) break;
      }
      const page = names.slice(0, limit);
      const listed = await Promise.all(page.map((name) => this.#listed(name)));
      return { objects: listed.filter((object) => object !== undefined), next: names.length > limit ? page[limit - 1] : undefined, dateMs };
    } catch (error) {
      throw storeError(prefix, error);
    }
  }

  async close(): Promise<void> {
    await this.#sweeping;
  }

  /**
   * Removes what killed writers left behind and nothing can reach, if older than `ageMs` (a day). Safe beside readers and
   * writers of any process: a writer that slept longer than that notices that its bytes are gone.
   */
  async sweep(ageMs: number = SWEEP_AGE_MS): Promise<{ readonly removed: number }> {
    const before = this.#clock.now() - ageMs;
    const isOld = async (path: string) => ((await unless(NOTHING_THERE, () => lstat(path)))?.mtimeMs ?? Infinity) < before;
    // Candidates first, what is reachable second: a file that becomes reachable in between is young.
    const objects = await namesIn(this.#objects);
    const chains = await namesIn(this.#chains);
    const reachable = new Set<string>();
    for await (const name of walkNames(this.#root, '', undefined)) {
      const version = await this.#resolve(this.#pathOf(name));
      if (version !== undefined) reachable.add(version.incarnation).add(basename(version.bytesPath));
    }
    let removed = 0;
    for (const path of [...objects.map((name) => join(this.#objects, name)), ...chains.map((name) => join(this.#chains, name))]) {
      if (reachable.has(basename(path)) || !(await isOld(path))) continue;
      await discard(path);
      removed++;
    }
    return { removed };
  }

  /** Sweeps when no process has for a day. A failure is harmless: the next day's first writer tries again. */
  async #sweepDaily(): Promise<void> {
    const marker = join(this.#root, '.swept');
    const swept = await unless(NOTHING_THERE, () => lstat(marker));
    if (swept !== undefined && swept.mtimeMs > this.#clock.now() - SWEEP_AGE_MS) return;
    await writeFile(marker, '');
    if (swept !== undefined) await this.sweep();
  }

  #pathOf(name: string): string {
    const path = join(this.#root, checkedName(name));
    assert(path.startsWith(this.#root), 'a name stays inside its directory', { name });
    return path;
  }

  /** The current version under a path, undefined when there is none. */
  async #resolve(path: string): Promise<Version | undefined> {
    const text = await linkText(path);
    if (text === undefined) return undefined;
    const incarnation = text === null ? await plainFileId(path) : basename(text);
    if (incarnation === undefined) return undefined;
    const number = await greatestNumber(join(this.#chains, incarnation));
    if (number === 0)
      return { incarnation, number, id: incarnation, bytesPath: text === null ? path : join(this.#objects, incarnation), linkPath: path };
    const linkPath = join(this.#chains, incarnation, String(number));
    const bytesName = basename((await linkText(linkPath)) ?? 'gone');
    return { incarnation, number, id: idOf(bytesName), bytesPath: join(this.#objects, bytesName), linkPath };
  }

  /** The version's bytes, undefined when they were replaced and removed since it was resolved. */
  async #open(version: Version): Promise<{ handle: FileHandle; size: number; modifiedMs: number } | undefined> {
    const handle = await unless(NOTHING_THERE, () => open(version.bytesPath, 'r'));
    if (handle === undefined) return undefined;
    const link = await unless(NOTHING_THERE, () => lstat(version.linkPath));
    if (link !== undefined) return { handle, size: (await handle.stat()).size, modifiedMs: wholeSeconds(link.mtimeMs) };
    await handle.close();
    return undefined;
  }

  /** D1's first half: the bytes under a fresh name, held open so that the writer can tell whether they were swept. */
  async #writeBytes(bytes: Uint8Array, previous: string): Promise<WrittenBytes> {
    const id = randomBytes(16).toString('hex');
    const path = join(this.#objects, previous === '' ? id : `${id}~${previous}`);
    const handle = await createFile(path, this.#durable);
    const written = new WrittenBytes(id, path, handle);
    try {
      await handle.writeFile(bytes);
      if (this.#durable) await Promise.all([handle.sync(), syncFolder(this.#objects)]);
      this.#sweeping ??= this.#sweepDaily().catch(() => {});
      return written;
    } catch (error) {
      await written.close(false);
      throw error;
    }
  }

  /** Makes the link that decides; false when another is there already. */
  async #link(bytesPath: string, linkPath: string): Promise<boolean> {
    const text = relative(dirname(linkPath), bytesPath);
    try {
      await symlink(text, linkPath);
      return true;
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false;
      if (codeOf(error) !== 'ENOENT' || linkPath.startsWith(this.#chains)) throw error;
    }
    await makeFolder(dirname(linkPath), this.#durable);
    return (await unless(['EEXIST'], () => symlink(text, linkPath).then(() => true))) ?? false;
  }

  async #existing(name: string, path: string): Promise<CreateOutcome> {
    if (await isFolder(path)) throw new StoreError('permanent', name, 'a folder of the directory has this name');
    return { kind: 'exists', dateMs: this.#dateMs() };
  }

  /** What became of a link made at `number`: D3 tells a winner from a writer that slept. */
  async #judge(path: string, chain: string, number: number, written: WrittenBytes, previous: Version): Promise<ReplaceOutcome> {
    if (await written.isGone()) {
      await unlink(join(chain, String(number)));
      return { kind: 'undecided', reason: 'the bytes were swept while this process was paused' };
    }
    if (this.#durable) await syncFolder(chain);
    const numbers = await numbersIn(chain);
    if (numbers.some((other) => other > number)) {
      const next = await linkText(join(chain, String(number + 1)));
      if (typeof next !== 'string') return { kind: 'unknown', reason: 'many newer versions exist' };
      if (!next.endsWith(`~${written.id}`)) return { kind: 'mismatch', dateMs: this.#dateMs() };
    }
    const text = await linkText(path);
    const incarnation = text === null ? await plainFileId(path) : text === undefined ? undefined : basename(text);
    if (incarnation !== previous.incarnation) return { kind: 'unknown', reason: 'the object was deleted meanwhile' };
    await this.#discardOlder(chain, numbers, number - 1, previous.incarnation);
    return { kind: 'replaced', validator: written.id, dateMs: this.#dateMs() };
  }

  /** Removes the versions before `keep`: nobody needs them, and a reader that is in the middle of one starts over. */
  async #discardOlder(chain: string, numbers: readonly number[], keep: number, incarnation: string): Promise<void> {
    if (keep === 1) await discard(join(this.#objects, incarnation));
    for (const number of numbers) {
      if (number >= keep) continue;
      const text = await linkText(join(chain, String(number)));
      await discard(join(chain, String(number)));
      if (typeof text === 'string') await discard(join(this.#objects, basename(text)));
    }
  }

  async #discardIncarnation(incarnation: string): Promise<void> {
    const chain = join(this.#chains, incarnation);
    for (const number of await numbersIn(chain)) {
      const text = await linkText(join(chain, String(number)));
      if (typeof text === 'string') await discard(join(this.#objects, basename(text)));
    }
    await discard(chain);
    await discard(join(this.#objects, incarnation));
  }

  async #listed(name: string): Promise<ListedObject | undefined> {
    for (let attempt = 0; attempt < READ_ATTEMPTS_MAX; attempt++) {
      const version = await this.#resolve(this.#pathOf(name));
      if (version === undefined) return undefined;
      const link = await unless(NOTHING_THERE, () => lstat(version.linkPath));
      const bytes = await unless(NOTHING_THERE, () => lstat(version.bytesPath));
      if (link !== undefined && bytes !== undefined) return { name, size: bytes.size, modifiedMs: wholeSeconds(link.mtimeMs) };
    }
    throw new StoreError('damaged', name, 'its link leads to bytes that are not there');
  }

  async #guarded<T>(name: string, run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      throw storeError(name, error);
    }
  }

  #dateMs(): StoreTimeMs {
    return wholeSeconds(this.#clock.now());
  }
}

/** Bytes of a version that no link leads to yet. */
class WrittenBytes {
  readonly id: string;
  readonly path: string;
  readonly #handle: FileHandle;

  constructor(id: string, path: string, handle: FileHandle) {
    this.id = id;
    this.path = path;
    this.#handle = handle;
  }

  /** Whether a sweep removed the file: this writer was paused for longer than the sweep's age. */
  async isGone(): Promise<boolean> {
    return (await this.#handle.stat()).nlink === 0;
  }

  /** Removes the file unless a link leads to it. */
  async close(linked: boolean): Promise<void> {
    await this.#handle.close();
    if (!linked) await discard(this.path);
  }
}

function wholeSeconds(ms: number): number {
  return Math.floor(ms / 1000) * 1000;
}

/** The version's own random name in `<id>` or `<id>~<id of the version it replaced>`. */
function idOf(bytesName: string): string {
  return bytesName.split('~', 1)[0];
}

async function plainFileId(path: string): Promise<string | undefined> {
  const found = await unless(NOTHING_THERE, () => lstat(path, { bigint: true }));
  return found?.isFile() ? `plain-${found.ino}-${found.mtimeNs}` : undefined;
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return (await unless(NOTHING_THERE, () => readdir(folder))) ?? [];
}

async function numbersIn(chain: string): Promise<readonly number[]> {
  return (await namesIn(chain)).map(Number);
}

async function greatestNumber(chain: string): Promise<number> {
  return (await numbersIn(chain)).reduce((greatest, number) => Math.max(greatest, number), 0);
}
