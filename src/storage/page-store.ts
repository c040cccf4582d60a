/**
 * Pages by reference: verified, decoded, and kept while there is room.
 *
 *     reference ──> cache ── hit ──> page                     (synchronous)
 *                     └─ miss ──> BlockReader ──> verify ──> cache ──> page
 *
 * Invariants
 *   P1  What comes out was hashed against its reference: damage is SQLSTATE XX001, an object that is gone 72000.
 *   P2  A page is loaded once however many ask for it at a time.
 *   P3  Eviction (CLOCK) only forgets: a page in somebody's hands stays whole.
 */
import { isSqlError, SqlError } from '../base/sql-error.ts';
import type { Crypto } from '../base/runtime.ts';
import { MissingObjectError, type BlockReader } from '../../vfs/tiers/block-reader.ts';
import { StoreError } from '../../vfs/object-store.ts';
import { InnerPage } from './inner-page.ts';
import { leafRowsOf, type LeafHandle } from './leaf-rows.ts';
import { Leaf, objectName } from './leaf-reader.ts';
import { decodeOverflow } from './overflow-page.ts';
import { verifyHash } from './page-hash.ts';
import { PAGE_ALIGNMENT, type PageReference } from './page-reference.ts';
import type { SubtreeStatistics } from './statistics.ts';
import { decodeStatisticsPage } from './statistics-page.ts';
import type { RowForm } from './row-form.ts';
import type { RowIdOrigin } from './row-id.ts';

export interface PageStoreOptions {
  readonly reader: BlockReader;
  readonly crypto: Crypto;
  /** Bytes of pages kept decoded. */
  readonly cacheBytesMax?: number | undefined;
}

/** A page in the cache; without one once it was evicted. Whoever holds on to a handle need not look the page up again. */
export interface PageHandle extends LeafHandle {
  wasUsed: boolean;
}

interface CachedPage extends PageHandle {
  readonly key: number;
  bytes: number;
}

export class PageStore {
  readonly crypto: Crypto;
  readonly #reader: BlockReader;
  readonly #bytesMax: number;
  readonly #pages = new Map<number, CachedPage>();
  readonly #loading = new Map<number, Promise<unknown>>();
  /** The clock's face. */
  readonly #ring: (CachedPage | undefined)[] = [];
  readonly #segmentNumbers = new Map<string, number>();
  /** What references were found to be, with the origin of row ids they were asked for with. */
  readonly #keys = new WeakMap<PageReference, { readonly key: number; readonly rowIds: RowIdOrigin | undefined }>();
  #hand = 0;
  #bytes = 0;
  #pagesRead = 0;

  constructor(options: PageStoreOptions) {
    this.#reader = options.reader;
    this.crypto = options.crypto;
    this.#bytesMax = options.cacheBytesMax ?? 256 * 1024 * 1024;
  }

  /** Pages that were not at hand when asked for, so far. */
  get pagesRead(): number {
    return this.#pagesRead;
  }

  /** A leaf, whose chunks are verified as they are touched. One that turns out damaged is not kept: it may have been damaged on its way. */
  leaf(reference: PageReference, rowIds?: RowIdOrigin | undefined): Leaf | Promise<Leaf> {
    return this.#page(
      reference,
      rowIds,
      (bytes) => new Leaf(reference, bytes, this.crypto, rowIds, () => this.#drop(this.#keyOf(reference, rowIds))),
    );
  }

  inner(reference: PageReference, rowIds?: RowIdOrigin | undefined): InnerPage | Promise<InnerPage> {
    return this.#page(reference, rowIds, (bytes) => new InnerPage(this.#verified(reference, bytes), objectName(reference), rowIds));
  }

  statistics(reference: PageReference): readonly SubtreeStatistics[] | Promise<readonly SubtreeStatistics[]> {
    return this.#page(reference, undefined, (bytes) => decodeStatisticsPage(this.#verified(reference, bytes), objectName(reference)));
  }

  /** The value in an overflow page. Not kept: it is large. */
  overflow(reference: PageReference): Uint8Array | Promise<Uint8Array> {
    const bytes = this.#read(reference);
    const open = (read: Uint8Array): Uint8Array => decodeOverflow(this.#verified(reference, read), objectName(reference));
    return bytes instanceof Promise ? bytes.then(open) : open(bytes);
  }

  /** A child of an inner page, which remembers where it is in the cache. `rowIds` are the ones the inner page was read with. */
  childOf(parent: InnerPage, at: number, rowIds: RowIdOrigin | undefined): InnerPage | Leaf | Promise<InnerPage | Leaf> {
    const handle = parent.handles[at];
    if (handle?.page !== undefined) {
      handle.wasUsed = true;
      return handle.page as InnerPage | Leaf;
    }
    const reference = parent.children[at];
    const page = parent.level > 1 ? this.inner(reference, rowIds) : this.leaf(reference, rowIds);
    if (!(page instanceof Promise)) parent.handles[at] = this.#pages.get(this.#keyOf(reference, rowIds));
    return page;
  }

  /** The handle of a child that is at hand; undefined when it is not, and then it is on its way. */
  childHandle(parent: InnerPage, at: number, rowIds: RowIdOrigin | undefined): PageHandle | undefined {
    const handle = parent.handles[at];
    if (handle?.page === undefined) return isAtHand(this.childOf(parent, at, rowIds)) ? parent.handles[at] : undefined;
    handle.wasUsed = true;
    return handle;
  }

  /** The handle of a run's root, as `childHandle`. */
  rootHandle(reference: PageReference, isLeaf: boolean, rowIds: RowIdOrigin | undefined): PageHandle | undefined {
    const page = isLeaf ? this.leaf(reference, rowIds) : this.inner(reference, rowIds);
    return isAtHand(page) ? this.#pages.get(this.#keyOf(reference, rowIds)) : undefined;
  }

  /** Lays the rows of a leaf beside it, to be kept as long as the leaf is. */
  layRows(handle: PageHandle, form: RowForm): void {
    const leaf = handle.page;
    if (!(leaf instanceof Leaf)) return;
    const cached = this.#pages.get(this.#keyOf(leaf.reference, leaf.rowIds));
    if (cached !== handle) return;
    const rows = leafRowsOf(leaf, form);
    const bytes = rows.byteLength - (cached.rows?.byteLength ?? 0);
    cached.rows = rows;
    cached.form = form;
    cached.bytes += bytes;
    this.#bytes += bytes;
    while (this.#bytes > this.#bytesMax && this.#pages.size > 1) this.#evictOne();
  }

  /** The page when it is at hand, else undefined; nothing is read. */
  peekInner(reference: PageReference, rowIds?: RowIdOrigin | undefined): InnerPage | undefined {
    const page = this.#pages.get(this.#keyOf(reference, rowIds))?.page;
    return page instanceof InnerPage ? page : undefined;
  }

  /** The leaf when it is at hand, else undefined; nothing is read. */
  peekLeaf(reference: PageReference, rowIds?: RowIdOrigin | undefined): Leaf | undefined {
    const page = this.#pages.get(this.#keyOf(reference, rowIds))?.page;
    return page instanceof Leaf ? page : undefined;
  }

  /** Begins to load a leaf that will be wanted soon. Its failure is for whoever asks for it in earnest. */
  prefetchLeaf(reference: PageReference, rowIds?: RowIdOrigin | undefined): void {
    const key = this.#keyOf(reference, rowIds);
    if (this.#pages.has(key) || this.#loading.has(key)) return;
    const page = this.leaf(reference, rowIds);
    if (page instanceof Promise) page.catch(() => undefined);
  }

  /** The stored bytes of a page, verified as far as its reference covers it. */
  pageBytes(reference: PageReference): Uint8Array | Promise<Uint8Array> {
    const bytes = this.#read(reference);
    const check = (read: Uint8Array): Uint8Array => {
      verifyHash(this.crypto, read.subarray(0, reference.headBytes), reference.hash, objectName(reference));
      return read;
    };
    return bytes instanceof Promise ? bytes.then(check) : check(bytes);
  }

  /** Puts a page into the cache whose bytes came some other way (inlined in root). Verified like any other. */
  preload(kind: 'leaf' | 'inner', reference: PageReference, bytes: Uint8Array, rowIds?: RowIdOrigin | undefined): void {
    const page =
      kind === 'leaf'
        ? new Leaf(reference, bytes, this.crypto, rowIds)
        : new InnerPage(this.#verified(reference, bytes), objectName(reference), rowIds);
    this.#keep(this.#keyOf(reference, rowIds), page, bytes.length);
  }

  #page<Page>(reference: PageReference, rowIds: RowIdOrigin | undefined, open: (bytes: Uint8Array) => Page): Page | Promise<Page> {
    const key = this.#keyOf(reference, rowIds);
    const cached = this.#pages.get(key);
    if (cached !== undefined) {
      cached.wasUsed = true;
      return cached.page as Page;
    }
    const loading = this.#loading.get(key);
    if (loading !== undefined) return loading as Promise<Page>;
    this.#pagesRead++;
    const bytes = this.#read(reference);
    if (!(bytes instanceof Promise)) return this.#keep(key, open(bytes), reference.length);
    const promise = bytes.then(
      (read) => {
        this.#loading.delete(key);
        return this.#keep(key, open(read), reference.length);
      },
      (failure: unknown) => {
        this.#loading.delete(key);
        throw failure;
      },
    );
    this.#loading.set(key, promise);
    return promise;
  }

  #read(reference: PageReference): Uint8Array | Promise<Uint8Array> {
    const whole = (bytes: Uint8Array): Uint8Array => {
      if (bytes.length !== reference.length) throw new SqlError('data_corrupted', `${objectName(reference)} is damaged: it ends too early`);
      return bytes;
    };
    try {
      const bytes = this.#reader.read(reference.segment, reference.offset, reference.length, (read) => this.#isIntact(reference, read));
      return bytes instanceof Promise ? bytes.then(whole, (failure: unknown) => rethrow(failure, reference)) : whole(bytes);
    } catch (failure) {
      return rethrow(failure, reference);
    }
  }

  /** Whether a page is what its reference says, to its last byte: what a cache outside this process may give, and may keep. */
  #isIntact(reference: PageReference, bytes: Uint8Array): boolean {
    try {
      if (reference.headBytes < reference.length) new Leaf(reference, bytes, this.crypto, undefined).verifyChunks();
      else this.#verified(reference, bytes);
      return true;
    } catch (error) {
      if (isSqlError(error, 'data_corrupted')) return false;
      throw error;
    }
  }

  #verified(reference: PageReference, bytes: Uint8Array): Uint8Array {
    verifyHash(this.crypto, bytes, reference.hash, objectName(reference));
    return bytes;
  }

  /** A page's number: that of its segment (and row id origin) × 2^32 + offset / 64. */
  #keyOf(reference: PageReference, rowIds: RowIdOrigin | undefined): number {
    const known = this.#keys.get(reference);
    if (known !== undefined && isSameOrigin(known.rowIds, rowIds)) return known.key;
    const name = rowIds === undefined ? reference.segment : `${reference.segment}#${rowIds.slot}+${rowIds.firstOrdinal}`;
    let segment = this.#segmentNumbers.get(name);
    if (segment === undefined) {
      segment = this.#segmentNumbers.size;
      this.#segmentNumbers.set(name, segment);
    }
    const key = segment * 2 ** 32 + reference.offset / PAGE_ALIGNMENT;
    this.#keys.set(reference, { key, rowIds });
    return key;
  }

  #keep<Page>(key: number, page: Page, bytes: number): Page {
    const known = this.#pages.get(key);
    if (known !== undefined) return known.page as Page;
    while (this.#bytes + bytes > this.#bytesMax && this.#pages.size > 0) this.#evictOne();
    const cached: CachedPage = { key, page, bytes, wasUsed: true, rows: undefined, form: undefined, reads: 0 };
    this.#pages.set(key, cached);
    if (this.#hand < this.#ring.length && this.#ring[this.#hand] === undefined) this.#ring[this.#hand++] = cached;
    else this.#ring.push(cached);
    if (this.#ring.length > 2 * this.#pages.size + 64) this.#closeGaps();
    this.#bytes += bytes;
    return page;
  }

  #drop(key: number): void {
    const cached = this.#pages.get(key);
    if (cached === undefined) return;
    this.#forget(cached);
    this.#ring[this.#ring.indexOf(cached)] = undefined;
  }

  /** Takes a page out of the cache; its place in the ring is the caller's. */
  #forget(cached: CachedPage): void {
    this.#pages.delete(cached.key);
    this.#bytes -= cached.bytes;
    cached.page = undefined;
    cached.rows = undefined;
    cached.form = undefined;
  }

  #closeGaps(): void {
    const kept = this.#ring.filter((page) => page !== undefined);
    this.#ring.length = 0;
    for (const page of kept) this.#ring.push(page);
    this.#hand = 0;
  }

  /** Turns the hand until it meets a page not used since it last came by; at most twice round. */
  #evictOne(): void {
    for (let steps = this.#ring.length * 2; steps >= 0; steps--) {
      if (this.#hand >= this.#ring.length) this.#hand = 0;
      const candidate = this.#ring[this.#hand];
      if (candidate !== undefined && !candidate.wasUsed) {
        this.#ring[this.#hand] = undefined;
        this.#forget(candidate);
        return;
      }
      if (candidate !== undefined) candidate.wasUsed = false;
      this.#hand++;
    }
  }
}

function isSameOrigin(a: RowIdOrigin | undefined, b: RowIdOrigin | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && a.slot === b.slot && a.firstOrdinal === b.firstOrdinal);
}

/** Whether a page is there already. Its failure to come is for whoever asks for it in earnest. */
function isAtHand(page: InnerPage | Leaf | Promise<InnerPage | Leaf>): boolean {
  if (!(page instanceof Promise)) return true;
  page.catch(() => undefined);
  return false;
}

function rethrow(failure: unknown, reference: PageReference): never {
  if (failure instanceof MissingObjectError) {
    throw new SqlError('snapshot_too_old', 'snapshot too old', {
      detail: `Object ${reference.segment} is not in the bucket any more.`,
      cause: failure,
    });
  }
  if (failure instanceof StoreError && failure.kind === 'damaged') {
    throw new SqlError('data_corrupted', `${objectName(reference)} is damaged: ${failure.message}`, { cause: failure });
  }
  if (failure instanceof StoreError)
    throw new SqlError('io_error', `could not read object ${reference.segment}`, { detail: failure.message, cause: failure });
  throw failure;
}
