import { hexOf } from '../base/bytes.ts';
import { assert } from '../base/assert.ts';
import { LeafWriter, type RowPosition } from './leaf-writer.ts';
import type { Leaf } from './leaf-reader.ts';
import { PHYSICAL_OF_CODE } from './chunk/chunk-entry.ts';
import { External } from './chunk/stored-cell.ts';
import { placeOf, type Relocated } from './relocation.ts';
import type { SegmentName } from './page-reference.ts';
import type { RunDescriptor, SegmentShare } from './run.ts';
import type { SegmentWriter } from './segment.ts';
import { NO_KEY, PageWriter, buildRoot, separatorBetween, type Subtree } from './tree-builder.ts';
import type { Key, Slot, TreeId } from './tree.ts';

/** What a run is besides its rows. */
export interface RunIdentity {
  readonly tree: TreeId;
  readonly kind: 'base' | 'delta';
  readonly slot: Slot;
  readonly firstOrdinal: number | undefined;
  readonly base: string | undefined;
}

/** Streams rows in ascending key order into fresh leaves. */
export class LeafStream {
  readonly #writer: PageWriter;
  readonly #leaf: LeafWriter;
  /** Whether keys may end with placeholder row ids; separators are then never cut. */
  readonly #wholeSeparators: boolean;
  #leaves: Subtree[] = [];
  #low: Key;
  #firstEndsWithRowId = false;
  #lowIsKey = false;
  #last: Key | undefined;
  #first: Key | undefined;
  #fill = 1;
  readonly #carried = new Map<SegmentName, number>();

  /** `low` is a lower bound of all rows to come, greater than every key before them. */
  constructor(writer: PageWriter, low: Key, wholeSeparators = false) {
    this.#writer = writer;
    this.#low = low;
    this.#wholeSeparators = wholeSeparators;
    this.#leaf = new LeafWriter(writer.segments.crypto, writer.overflow);
  }

  /** The least and greatest key so far. */
  get first(): Key | undefined {
    return this.#first;
  }

  get last(): Key | undefined {
    return this.#last;
  }

  /** Bytes of overflow pages that rows copied from other leaves still refer to, by segment. */
  get carried(): ReadonlyMap<SegmentName, number> {
    return this.#carried;
  }

  /** How full leaves are made from here on, 0 to 1: room for what will be inserted between. */
  fillTo(share: number): void {
    this.#fill = share;
  }

  /** An encoded row. `position`: what it overrides in a delta's base. */
  row(key: Key, row: Uint8Array, position?: RowPosition | undefined, keyEndsWithRowId = false): void {
    this.#begin(key, keyEndsWithRowId);
    this.#leaf.addRow(row);
    if (position !== undefined) this.#leaf.position(position);
    if (keyEndsWithRowId) this.#leaf.keyEndsWithRowId();
  }

  tombstone(key: Key, position?: RowPosition | undefined): void {
    this.#begin(key, false);
    this.#leaf.tombstone();
    if (position !== undefined) this.#leaf.position(position);
  }

  /** A row of another leaf, as it lies. `relocated` holds the values, by `placeOf`, of overflow pages that are not to be referred to again. */
  copy(key: Key, leaf: Leaf, row: number, position?: RowPosition | undefined, relocated?: Relocated | undefined): void {
    this.#begin(key, false);
    if (position !== undefined) this.#leaf.position(position);
    for (const { entry } of leaf.head.columns) {
      if (entry.column >= FIRST_PSEUDO_COLUMN) continue;
      let cell = leaf.column(entry.column)?.valueAt(row);
      if (cell instanceof External) cell = relocated?.get(placeOf(cell)) ?? this.#carry(cell);
      if (cell !== undefined) this.#leaf.addCell(entry.column, cell === null ? undefined : PHYSICAL_OF_CODE[entry.physical], cell);
    }
  }

  /** Whether rows came since the last `take`. */
  get isOpen(): boolean {
    return this.#leaf.rows > 0 || this.#leaves.length > 0;
  }

  /** The leaves of everything streamed since the last call. More rows need a `restart` first. */
  take(): Subtree[] {
    this.#flush();
    const leaves = this.#leaves;
    this.#leaves = [];
    return leaves;
  }

  /** Begins again after `take`: all rows to come are at `low` or after it, and every key before them below it. */
  restart(low: Key): void {
    this.#low = low;
    this.#lowIsKey = false;
    this.#fill = 1;
  }

  #begin(key: Key, endsWithRowId: boolean): void {
    if (this.#leaf.isFull(this.#fill)) {
      const before = this.#last ?? NO_KEY;
      this.#flush();
      this.#low = this.#wholeSeparators ? key : separatorBetween(before, key);
      this.#lowIsKey = this.#wholeSeparators;
    }
    if (this.#leaf.rows === 0) this.#firstEndsWithRowId = endsWithRowId;
    this.#first ??= key;
    this.#last = key;
    this.#leaf.begin(key);
  }

  #carry(cell: External): External {
    const { segment, length } = cell.page;
    this.#carried.set(segment, (this.#carried.get(segment) ?? 0) + length);
    return cell;
  }

  #flush(): void {
    if (this.#leaf.rows === 0) return;
    const leaf = this.#leaf.finish();
    const reference = this.#writer.leaf(leaf);
    this.#leaves.push({
      reference,
      low: this.#low,
      lowEndsWithRowId: this.#lowIsKey && this.#firstEndsWithRowId,
      level: 0,
      statistics: leaf.statistics,
    });
  }
}

/** Ids from here up are no columns of the table. */
const FIRST_PSEUDO_COLUMN = 0xfffffff0;

/** Builds a whole run from rows in ascending key order. */
export class RunBuilder {
  readonly #identity: RunIdentity;
  readonly #writer: PageWriter;
  readonly #stream: LeafStream;
  readonly #segments: SegmentWriter;

  constructor(segments: SegmentWriter, identity: RunIdentity) {
    this.#identity = identity;
    this.#segments = segments;
    this.#writer = new PageWriter(segments);
    this.#stream = new LeafStream(this.#writer, NO_KEY, identity.firstOrdinal !== undefined);
  }

  /** Where rows go. Await `drain` of the segment writer now and then. */
  get rows(): LeafStream {
    return this.#stream;
  }

  /** The run; undefined when no row came. Its pages are durable once the segment writer has finished. */
  finish(): RunDescriptor | undefined {
    const leaves = this.#stream.take();
    const { first, last } = this.#stream;
    if (leaves.length === 0 || first === undefined || last === undefined) return undefined;
    const root = buildRoot(this.#writer, leaves);
    return describeRun(this.#identity, root, first, last, sharesOf(sumOf(this.#writer.written, this.#stream.carried)), this.#segments);
  }
}

/** A descriptor of the run under `root`. */
export function describeRun(
  identity: RunIdentity,
  root: Subtree,
  first: Key,
  last: Key,
  segments: readonly SegmentShare[],
  writer: SegmentWriter,
): RunDescriptor {
  const { rows, tombstones, leaves } = root.statistics;
  assert(segments.length > 0, 'a run has pages');
  return {
    id: hexOf(writer.random.bytes(16)),
    tree: identity.tree,
    kind: identity.kind,
    slot: identity.slot,
    firstOrdinal: identity.firstOrdinal,
    root: root.reference,
    level: root.level,
    rows,
    tombstones,
    leaves,
    first,
    last,
    base: identity.base,
    filters: [],
    segments,
  };
}

/** The sums of several maps. */
export function sumOf(...maps: readonly ReadonlyMap<SegmentName, number>[]): Map<SegmentName, number> {
  const sum = new Map<SegmentName, number>();
  for (const map of maps) for (const [name, bytes] of map) sum.set(name, (sum.get(name) ?? 0) + bytes);
  return sum;
}

/** Shares in order of name, without those that are empty. */
export function sharesOf(bytes: ReadonlyMap<SegmentName, number>): SegmentShare[] {
  return [...bytes]
    .filter(([, share]) => share > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, share]) => ({ name, bytes: share }));
}
