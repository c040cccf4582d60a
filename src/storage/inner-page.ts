/**
 * The inner page: navigation and nothing else, so that the inner pages of millions of rows fit in root.
 *
 *          separators:      k1       k2       k3
 *     children:         c0  │   c1   │   c2   │  c3        k(i) <= every key below c(i), > every key below c(i-1)
 *
 * Layout, little-endian, all of it hashed by the reference to it
 *
 *     offset  size  meaning
 *      0      4     'VELI'
 *      4      2     format version, 1
 *      6      2     level: 1 above leaves
 *      8      4     bytes of the page
 *     12      4     children n, at least 1
 *     16      4     segments named
 *     20      4     bytes of the separators' section
 *     24      4     statistics page: segment index, FFFFFFFF for none
 *     28      4       offset / 64
 *     32      4       bytes
 *     36     16       hash
 *     52     12     zero
 *     64     4n     child offset / 64
 *            4n     child bytes
 *            4n     child head bytes
 *            2n     child segment index (padded to 8)
 *           16n     child hash
 *                   separators as in a leaf's keys (key-column.ts, n - 1 of them; padded to 8)
 *                   one bit per separator: it ends with a placeholder row id (padded to 8)
 *                   sized prefix of the separators, names of segments (texts)
 */
import { assert } from '../base/assert.ts';
import { ByteReader, ByteWriter } from '../base/bytes.ts';
import { SqlError } from '../base/sql-error.ts';
import { KeyColumn, encodeKeys } from './key-column.ts';
import { HASH_BYTES, PAGE_ALIGNMENT, type PageReference, type SegmentName } from './page-reference.ts';
import type { PageHandle } from './page-store.ts';
import { resolveKey, type RowIdOrigin } from './row-id.ts';
import type { Key } from './tree.ts';

/** Most children of one inner page. */
export const INNER_FANOUT = 256;

const INNER_FORMAT_VERSION = 1;

const MAGIC = 0x494c4556;
const NO_STATISTICS = 0xffffffff;

/** A child as an inner page refers to it. `low`: no key below it is smaller, every key before it is. */
export interface InnerChild {
  readonly reference: PageReference;
  readonly low: Key;
  readonly lowEndsWithRowId: boolean;
}

/** The bytes of an inner page. The first child's `low` is its own parent's business and is not kept. */
export function encodeInner(level: number, children: readonly InnerChild[], statistics: PageReference | undefined): Uint8Array {
  assert(children.length >= 1 && children.length <= INNER_FANOUT, 'an inner page has children', { children: children.length });
  const segments: SegmentName[] = [];
  const segmentIndex = (name: SegmentName): number => {
    const known = segments.indexOf(name);
    return known >= 0 ? known : segments.push(name) - 1;
  };
  const indexes = children.map((child) => segmentIndex(child.reference.segment));
  const statisticsIndex = statistics === undefined ? NO_STATISTICS : segmentIndex(statistics.segment);
  const separators = children.slice(1).map((child) => child.low);
  const { prefix, raw } = separators.length === 0 ? { prefix: new Uint8Array(0), raw: new Uint8Array(0) } : encodeKeys(separators);
  const writer = new ByteWriter(64 + children.length * 48);
  writer
    .u32(MAGIC)
    .u16(INNER_FORMAT_VERSION)
    .u16(level)
    .u32(0)
    .u32(children.length)
    .u32(segments.length)
    .u32(raw.length)
    .u32(statisticsIndex);
  writer
    .u32((statistics?.offset ?? 0) / PAGE_ALIGNMENT)
    .u32(statistics?.length ?? 0)
    .raw(statistics?.hash ?? new Uint8Array(HASH_BYTES))
    .align(64);
  for (const child of children) writer.u32(child.reference.offset / PAGE_ALIGNMENT);
  for (const child of children) writer.u32(child.reference.length);
  for (const child of children) writer.u32(child.reference.headBytes);
  for (const index of indexes) writer.u16(index);
  writer.align(8);
  for (const child of children) writer.raw(child.reference.hash);
  writer.raw(raw).align(8);
  const bits = new Uint8Array((separators.length + 7) >> 3);
  for (let at = 1; at < children.length; at++) if (children[at].lowEndsWithRowId) bits[(at - 1) >> 3] |= 1 << ((at - 1) & 7);
  writer.raw(bits).align(8);
  writer.sized(prefix);
  for (const segment of segments) writer.text(segment);
  writer.patchU32(8, writer.length);
  return writer.bytes();
}

/** An inner page opened for navigation. */
export class InnerPage {
  readonly level: number;
  /** Where the children are in the cache, as far as they were asked for through it. */
  readonly handles: (PageHandle | undefined)[];
  readonly children: readonly PageReference[];
  readonly statistics: PageReference | undefined;
  /** Lower bounds of children 1 and on; `lows[0]` is empty. */
  readonly #separators: KeyColumn | undefined;

  /** Opens verified bytes. With `rowIds`, placeholder row ids in separators read as what they stand for. */
  constructor(bytes: Uint8Array, object: string, rowIds: RowIdOrigin | undefined) {
    const reader = new ByteReader(bytes, object);
    if (reader.u32() !== MAGIC) reader.damaged('it is not an inner page');
    const version = reader.u16();
    if (version !== INNER_FORMAT_VERSION) {
      throw new SqlError('feature_not_supported', `${object} was written by a newer version`, {
        detail: `It is an inner page of format version ${version}; this one reads ${INNER_FORMAT_VERSION}.`,
      });
    }
    this.level = reader.u16();
    if (reader.u32() !== bytes.length) reader.damaged('it has another length');
    const count = reader.u32();
    const segmentCount = reader.u32();
    const separatorBytes = reader.u32();
    if (count === 0 || count > INNER_FANOUT) reader.damaged('its child count is out of range');
    const statisticsIndex = reader.u32();
    const statisticsOffset = reader.u32() * PAGE_ALIGNMENT;
    const statisticsLength = reader.u32();
    const statisticsHash = reader.raw(HASH_BYTES);
    reader.skipTo(64);
    const offsets = times(count, () => reader.u32() * PAGE_ALIGNMENT);
    const lengths = times(count, () => reader.u32());
    const heads = times(count, () => reader.u32());
    const indexes = times(count, () => reader.u16());
    reader.skipTo(8);
    const hashes = times(count, () => reader.raw(HASH_BYTES));
    const separatorRaw = reader.raw(separatorBytes);
    reader.skipTo(8);
    const bits = reader.raw((count - 1 + 7) >> 3);
    reader.skipTo(8);
    const prefix = reader.sized();
    const segments = times(segmentCount, () => reader.text() as SegmentName);
    if (reader.remaining !== 0) reader.damaged('it is longer than what it holds');
    const segmentAt = (index: number): SegmentName => segments[index] ?? reader.damaged('a segment is not named');
    this.handles = new Array<PageHandle | undefined>(count).fill(undefined);
    this.children = times(count, (at) => ({
      segment: segmentAt(indexes[at]),
      offset: offsets[at],
      length: lengths[at],
      headBytes: heads[at],
      hash: hashes[at],
    }));
    this.statistics =
      statisticsIndex === NO_STATISTICS
        ? undefined
        : {
            segment: segmentAt(statisticsIndex),
            offset: statisticsOffset,
            length: statisticsLength,
            headBytes: statisticsLength,
            hash: statisticsHash,
          };
    const separators = count === 1 ? undefined : new KeyColumn(prefix, separatorRaw, count - 1, object);
    this.#separators = separators === undefined || rowIds === undefined ? separators : resolved(separators, bits, rowIds, object);
  }

  /** The child that `key` is under, if it is anywhere. */
  childFor(key: Key): number {
    return this.#separators === undefined ? 0 : this.#separators.upperBound(key);
  }

  /** The last child that may hold keys below `key`. */
  childBefore(key: Key): number {
    return this.#separators === undefined ? 0 : this.#separators.lowerBound(key);
  }

  /** A lower bound of all keys under child `at`, undefined for the first. */
  lowOf(at: number): Key | undefined {
    return at === 0 || this.#separators === undefined ? undefined : this.#separators.keyAt(at - 1);
  }
}

function resolved(separators: KeyColumn, bits: Uint8Array, rowIds: RowIdOrigin, object: string): KeyColumn {
  const keys: Key[] = [];
  for (let at = 0; at < separators.count; at++) {
    const key = separators.keyAt(at);
    keys.push((bits[at >> 3] & (1 << (at & 7))) === 0 ? key : resolveKey(key, rowIds.slot, rowIds.firstOrdinal));
  }
  const { prefix, raw } = encodeKeys(keys);
  return new KeyColumn(prefix, raw, keys.length, object);
}

function times<T>(count: number, make: (at: number) => T): T[] {
  return Array.from({ length: count }, (_, at) => make(at));
}
