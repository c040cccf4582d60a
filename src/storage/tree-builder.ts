/**
 * Builds the pages of a run bottom-up. Leaves arrive in key order, some fresh, some shared with an older run; inner pages and
 * the statistics pages beside them are made at the end of each level, so nothing is ever split.
 */
import { assert } from '../base/assert.ts';
import { commonPrefix } from './key-column.ts';
import { INNER_FANOUT, encodeInner, type InnerChild } from './inner-page.ts';
import { External } from './chunk/stored-cell.ts';
import type { EncodedLeaf } from './leaf-writer.ts';
import { encodeOverflow } from './overflow-page.ts';
import { pageHash } from './page-hash.ts';
import type { PageReference, SegmentName } from './page-reference.ts';
import type { SegmentWriter } from './segment.ts';
import { encodeStatisticsPage } from './statistics-page.ts';
import { joinStatistics, type SubtreeStatistics } from './statistics.ts';
import type { Key } from './tree.ts';

/** A page and what is known of everything below it. */
export interface Subtree extends InnerChild {
  /** 0 for a leaf. */
  readonly level: number;
  readonly statistics: SubtreeStatistics;
}

/** The least key: lower bound of a tree's first child. */
export const NO_KEY: Key = new Uint8Array(0);

/** Places pages in segments and keeps count of the bytes that go into each. */
export class PageWriter {
  readonly segments: SegmentWriter;
  readonly #written = new Map<SegmentName, number>();

  constructor(segments: SegmentWriter) {
    this.segments = segments;
  }

  /** Bytes written through here, by segment. */
  get written(): ReadonlyMap<SegmentName, number> {
    return this.#written;
  }

  /** A page all of whose bytes its reference hashes. */
  page(bytes: Uint8Array): PageReference {
    return this.#placed(bytes, bytes.length, pageHash(this.segments.crypto, bytes));
  }

  leaf(leaf: EncodedLeaf): PageReference {
    return this.#placed(leaf.bytes, leaf.headBytes, leaf.hash);
  }

  /** A value out of line. */
  readonly overflow = (physical: 'text' | 'bytes', value: Uint8Array): External =>
    new External(physical, this.page(encodeOverflow(value)), value.length);

  #placed(bytes: Uint8Array, headBytes: number, hash: Uint8Array): PageReference {
    const { segment, offset } = this.segments.add(bytes);
    this.#written.set(segment, (this.#written.get(segment) ?? 0) + bytes.length);
    return { segment, offset, length: bytes.length, headBytes, hash };
  }
}

/** The inner pages over `children` (all of one level, in key order), one level up. */
export function buildLevel(writer: PageWriter, children: readonly Subtree[]): Subtree[] {
  assert(children.length > 0, 'a level has children');
  const pages = Math.ceil(children.length / INNER_FANOUT);
  const built: Subtree[] = [];
  for (let page = 0; page < pages; page++) {
    const from = Math.floor((children.length * page) / pages);
    const to = Math.floor((children.length * (page + 1)) / pages);
    built.push(buildInner(writer, children.slice(from, to)));
  }
  return built;
}

function buildInner(writer: PageWriter, children: readonly Subtree[]): Subtree {
  const level = children[0].level + 1;
  const statisticsBytes = encodeStatisticsPage(children.map((child) => child.statistics));
  const statisticsPage = writer.page(statisticsBytes);
  const bytes = encodeInner(level, children, statisticsPage);
  const reference = writer.page(bytes);
  const joined = joinStatistics(children.map((child) => child.statistics));
  const statistics = { ...joined, bytes: joined.bytes + bytes.length + statisticsBytes.length };
  return { reference, low: children[0].low, lowEndsWithRowId: children[0].lowEndsWithRowId, level, statistics };
}

/** Levels over `children` until one page is left: the root. */
export function buildRoot(writer: PageWriter, children: readonly Subtree[]): Subtree {
  let level = children;
  while (level.length > 1) level = buildLevel(writer, level);
  return level[0];
}

/** The shortest key that is greater than `before` and at most `first`. */
export function separatorBetween(before: Key, first: Key): Key {
  return first.slice(0, Math.min(first.length, commonPrefix(before, first) + 1));
}
