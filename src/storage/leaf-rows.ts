/**
 * A leaf's rows one behind the other, beside its columns: made in memory once a leaf was read row by row often enough, so that a read
 * at random touches a line of keys and a line or two of its row instead of one place for each column.
 *
 *     0    u16 rows · u8 head words of a key (0: keys are looked up the leaf's own way) · u8 bytes of the shared prefix
 *          u8 bytes of the rest of a key · u8 bytes of an entry · u16 zero · u32 first head · u32 last · prefix, at most 16 bytes
 *     32   entries: u32 head, u32 second word (as many as there are words) · u32 place of the row, TOMBSTONE, or GENERAL
 *     …    rows (row-form.ts)
 *
 * A row with values that lie out of line, or too large for the form, is GENERAL: the leaf's columns answer for it.
 */
import { PSEUDO_COLUMN } from './chunk/chunk-entry.ts';
import type { StoredCell } from './chunk/stored-cell.ts';
import { wordOf } from './key-column.ts';
import type { Leaf } from './leaf-reader.ts';
import { FormWriter, type RowForm } from './row-form.ts';
import type { Key } from './tree.ts';

const HEADER_BYTES = 32;
const PREFIX_AT = 16;
const PREFIX_BYTES_MAX = 16;

/** In the place of a row's place. */
export const GENERAL = 0;
export const TOMBSTONE = 1;

/** A page in the cache that is a leaf, with its rows once they are worth it. */
export interface LeafHandle {
  page: unknown;
  /** All of the layout above. */
  rows: DataView | undefined;
  /** How each row lies in `rows`. */
  form: RowForm | undefined;
  /** Rows read of it so far while it had none. */
  reads: number;
}

function leafOf(handle: LeafHandle): Leaf {
  return handle.page as Leaf;
}

/** Where the row lies, GENERAL, or TOMBSTONE. */
export function placeOfRow(view: DataView, row: number): number {
  const stride = view.getUint8(5);
  return view.getUint32(HEADER_BYTES + row * stride + stride - 4, true);
}

/** The row whose key is `key`, or -1. */
export function findRow(view: DataView, handle: LeafHandle, key: Key): number {
  const words = view.getUint8(2);
  if (words === 0) return leafOf(handle).keys.find(key);
  const skip = view.getUint8(3);
  if (key.length !== skip + view.getUint8(4) || orderOf(view, key) !== 0) return -1;
  const rows = view.getUint16(0, true);
  const stride = view.getUint8(5);
  const high = wordOf(key, skip);
  const row = firstHead(view, high, rows, stride);
  if (row === rows || view.getUint32(HEADER_BYTES + row * stride, true) !== high) return -1;
  if (words === 1 || view.getUint32(HEADER_BYTES + row * stride + 4, true) === wordOf(key, skip + 4)) return row;
  const at = lowerBoundRow(view, handle, key);
  return at < rows && compareAt(view, at, key) === 0 ? at : -1;
}

/** The first row whose key is at least `key`; the number of rows when none is. */
export function lowerBoundRow(view: DataView, handle: LeafHandle, key: Key): number {
  if (view.getUint8(2) === 0) return leafOf(handle).keys.lowerBound(key);
  const rows = view.getUint16(0, true);
  const order = orderOf(view, key);
  if (order !== 0) return order < 0 ? 0 : rows;
  const stride = view.getUint8(5);
  const high = wordOf(key, view.getUint8(3));
  let low = firstHead(view, high, rows, stride);
  let to = low;
  if (low < rows && view.getUint32(HEADER_BYTES + low * stride, true) === high) {
    const isAlone = low + 1 === rows || view.getUint32(HEADER_BYTES + (low + 1) * stride, true) !== high;
    to = isAlone ? low + 1 : high === 0xffffffff ? rows : firstHead(view, high + 1, rows, stride);
  }
  while (low < to) {
    const middle = (low + to) >>> 1;
    if (compareAt(view, middle, key) < 0) low = middle + 1;
    else to = middle;
  }
  return low;
}

/** The order of a row's key against `key`. */
export function compareRow(view: DataView, handle: LeafHandle, row: number, key: Key): number {
  if (view.getUint8(2) === 0) return leafOf(handle).keys.compare(row, key);
  const order = orderOf(view, key);
  return order === 0 ? compareAt(view, row, key) : -order;
}

/** Lays out the rows of a leaf. */
export function leafRowsOf(leaf: Leaf, form: RowForm): DataView {
  const { rows } = leaf;
  const { prefix } = leaf.head;
  const heads = prefix.length > PREFIX_BYTES_MAX ? undefined : headsOf(leaf);
  const words = heads?.words ?? 0;
  const stride = (words + 1) * 4;
  const writer = new FormWriter(form, HEADER_BYTES + rows * stride);
  const columns = form.columns.map((column) => leaf.column(column.id));
  const cells: StoredCell[] = [];
  const places = new Uint32Array(rows);
  for (let row = 0; row < rows; row++) {
    if (leaf.hasTombstones && leaf.isTombstone(row)) {
      places[row] = TOMBSTONE;
      continue;
    }
    for (let at = 0; at < columns.length; at++) cells[at] = columns[at]?.valueAt(row);
    places[row] = Math.max(GENERAL, writer.add(cells));
  }
  const view = writer.view();
  view.setUint16(0, rows, true);
  view.setUint8(2, words);
  view.setUint8(3, words === 0 ? 0 : prefix.length);
  view.setUint8(4, heads?.rest ?? 0);
  view.setUint8(5, stride);
  for (let at = 0; words > 0 && at < prefix.length; at++) view.setUint8(PREFIX_AT + at, prefix[at]);
  for (let row = 0; row < rows; row++) {
    const entry = HEADER_BYTES + row * stride;
    for (let word = 0; word < words; word++) view.setUint32(entry + word * 4, heads?.at(word, row) ?? 0, true);
    view.setUint32(entry + words * 4, places[row], true);
  }
  if (words > 0) {
    view.setUint32(8, view.getUint32(HEADER_BYTES, true), true);
    view.setUint32(12, view.getUint32(HEADER_BYTES + (rows - 1) * stride, true), true);
  }
  return view;
}

interface Heads {
  readonly words: number;
  /** Bytes of every key behind the prefix. */
  readonly rest: number;
  at(word: number, row: number): number;
}

/** The head words of a leaf's keys, where they are all of one length and all there is of a key. */
function headsOf(leaf: Leaf): Heads | undefined {
  const { rows } = leaf;
  const chunk = leaf.hasPlaceholders ? undefined : leaf.chunk(PSEUDO_COLUMN.keys);
  if (chunk === undefined) return undefined;
  const source = new DataView(chunk.raw.buffer, chunk.raw.byteOffset, chunk.raw.byteLength);
  const rest = source.getUint32(0, true);
  const words = source.getUint32(4, true);
  const sectionBytes = (rows * 4 + 7) & ~7;
  if (rest === 0 || rest > 8 || words !== Math.ceil(rest / 4) || chunk.raw.length < 8 + words * sectionBytes) return undefined;
  return { words, rest, at: (word, row) => source.getUint32(8 + word * sectionBytes + row * 4, true) };
}

/** Where a key lies that need not have the shared prefix: before all rows, among them (0), behind them. */
function orderOf(view: DataView, key: Key): number {
  const length = view.getUint8(3);
  for (let at = 0; at < length; at++) {
    if (at >= key.length) return -1;
    const difference = key[at] - view.getUint8(PREFIX_AT + at);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The order of a row's key against one that has the prefix. */
function compareAt(view: DataView, row: number, key: Key): number {
  const skip = view.getUint8(3);
  const entry = HEADER_BYTES + row * view.getUint8(5);
  const high = view.getUint32(entry, true) - wordOf(key, skip);
  if (high !== 0) return high;
  if (view.getUint8(2) === 2) {
    const low = view.getUint32(entry + 4, true) - wordOf(key, skip + 4);
    if (low !== 0) return low;
  }
  return skip + view.getUint8(4) - key.length;
}

/** The first row whose head is at least `high`. Looked for where it would be if heads were evenly spread, and outwards from there. */
function firstHead(view: DataView, high: number, rows: number, stride: number): number {
  const first = view.getUint32(8, true);
  const last = view.getUint32(12, true);
  if (high <= first) return 0;
  if (high > last) return rows;
  const guess = Math.floor(((high - first) / (last - first)) * (rows - 1));
  let low = guess;
  let to = guess;
  let step = 1;
  if (view.getUint32(HEADER_BYTES + guess * stride, true) < high) {
    low = guess + 1;
    to = low;
    while (to < rows && view.getUint32(HEADER_BYTES + to * stride, true) < high) {
      low = to + 1;
      to += step;
      step *= 2;
    }
    if (to > rows) to = rows;
  } else {
    while (low > 0 && view.getUint32(HEADER_BYTES + (low - 1) * stride, true) >= high) {
      to = low - 1;
      low -= step;
      step *= 2;
    }
    if (low < 0) low = 0;
  }
  while (low < to) {
    const middle = (low + to) >>> 1;
    if (view.getUint32(HEADER_BYTES + middle * stride, true) < high) low = middle + 1;
    else to = middle;
  }
  return low;
}
