/**
 * A column of a leaf to bytes: bitmaps first, each present only when it says something, then the data.
 *
 *     [null bitmap] [absent bitmap] [external bitmap] [display scales u16] [data sections …]     each padded to 8 bytes
 *
 * The choice of encoding is a function of the values alone, so that equal rows make equal bytes.
 */
import { assert } from '../../base/assert.ts';
import type { Physical, StoredValue } from '../../types/type.ts';
import { Numeric } from '../../types/value.ts';
import { CellWriter } from '../cell-codec.ts';
import type { SegmentName } from '../page-reference.ts';
import { CHUNK_FLAG, ENCODING } from './chunk-entry.ts';
import type { EncodedChunk, EncodedData } from './encoded-chunk.ts';
import { encodeIntegers, padded } from './integer-writer.ts';
import { External, compareStored, type StoredCell } from './stored-cell.ts';
import { encodeStrings, plainStrings } from './string-writer.ts';

/** Encodes the first `count` of `values`. `physical` is undefined when none of them is a value. */
export function encodeChunk(
  physical: Physical | undefined,
  values: readonly StoredCell[],
  count: number,
  segmentIndex: (name: SegmentName) => number,
): EncodedChunk {
  let nulls = 0;
  let absent = 0;
  let external = 0;
  for (let at = 0; at < count; at++) {
    const value = values[at];
    if (value === null) nulls++;
    else if (value === undefined) absent++;
    else if (value instanceof External) external++;
  }
  const data = physical === undefined || nulls + absent === count ? NO_DATA : encodeData(physical, values, count, segmentIndex);
  const sections: Uint8Array[] = [];
  let flags = data.flags;
  if (nulls > 0 && nulls < count) {
    sections.push(bitmap(values, count, (value) => value === null));
    flags |= CHUNK_FLAG.nulls;
  }
  if (absent > 0) {
    sections.push(bitmap(values, count, (value) => value === undefined));
    flags |= CHUNK_FLAG.absent;
  }
  if (external > 0) {
    sections.push(bitmap(values, count, (value) => value instanceof External));
    flags |= CHUNK_FLAG.external;
  }
  sections.push(...data.sections);
  const { encoding, width, base, scale, min, max } = data;
  return { physical, encoding, flags, width, base, scale, nulls, raw: layOut(sections), min, max };
}

const NO_DATA: EncodedData = {
  encoding: ENCODING.nothing,
  flags: 0,
  width: 0,
  base: 0n,
  scale: 0,
  sections: [],
  min: undefined,
  max: undefined,
};

function encodeData(
  physical: Physical,
  values: readonly StoredCell[],
  count: number,
  segmentIndex: (name: SegmentName) => number,
): EncodedData {
  switch (physical) {
    case 'int32':
    case 'int64':
      return encodeIntegers(physical, values as readonly (number | bigint | null | undefined)[], count);
    case 'text':
    case 'bytes':
      return encodeStrings(physical, values, count, segmentIndex);
    case 'bool':
      return plain([bitmap(values, count, (value) => value === true)], undefined, undefined);
    case 'float32':
    case 'float64':
      return encodeFloats(physical, values, count);
    case 'numeric':
      return encodeNumerics(values, count);
  }
}

function plain(sections: readonly Uint8Array[], min: StoredValue | undefined, max: StoredValue | undefined): EncodedData {
  return { encoding: ENCODING.plain, flags: 0, width: 0, base: 0n, scale: 0, sections, min, max };
}

function encodeFloats(physical: 'float32' | 'float64', values: readonly StoredCell[], count: number): EncodedData {
  const size = physical === 'float32' ? 4 : 8;
  const bytes = new Uint8Array(size * count);
  const view = new DataView(bytes.buffer);
  let min: number | undefined;
  let max: number | undefined;
  for (let at = 0; at < count; at++) {
    const value = values[at];
    if (value === null || value === undefined) continue;
    assert(typeof value === 'number', 'a float column holds numbers', { value });
    if (size === 4) view.setFloat32(at * 4, value, true);
    else view.setFloat64(at * 8, value, true);
    if (min === undefined || compareStored(physical, value, min) < 0) min = value;
    if (max === undefined || compareStored(physical, value, max) > 0) max = value;
  }
  return plain([bytes], min, max);
}

const INT64_MAX = 2n ** 63n - 1n;

/** Scaled integers when every value is finite and fits 64 bits at the greatest scale; else cells. */
function encodeNumerics(values: readonly StoredCell[], count: number): EncodedData {
  let scale = -1;
  let sameScale = true;
  let finite = true;
  for (let at = 0; at < count && finite; at++) {
    const value = values[at];
    if (!(value instanceof Numeric)) continue;
    finite = value.kind === 'finite';
    if (scale >= 0 && value.scale !== scale) sameScale = false;
    scale = Math.max(scale, value.scale);
  }
  const scaled = finite ? scaledTo(values, count, scale) : undefined;
  if (scaled === undefined) return numericCells(values, count);
  const integers = encodeIntegers('int64', scaled, count);
  const sections = sameScale ? integers.sections : [displayScales(values, count), ...integers.sections];
  return {
    ...integers,
    scale,
    flags: sameScale ? 0 : CHUNK_FLAG.scales,
    sections,
    min: integers.min === undefined ? undefined : new Numeric(integers.min as number | bigint, scale),
    max: integers.max === undefined ? undefined : new Numeric(integers.max as number | bigint, scale),
  };
}

function scaledTo(values: readonly StoredCell[], count: number, scale: number): (number | bigint | null)[] | undefined {
  const scaled = new Array<number | bigint | null>(count).fill(null);
  for (let at = 0; at < count; at++) {
    const value = values[at];
    if (!(value instanceof Numeric)) continue;
    if (value.scale === scale && typeof value.coefficient === 'number') {
      scaled[at] = value.coefficient;
      continue;
    }
    if (scale - value.scale > 18) {
      if (value.coefficient !== 0) return undefined;
      scaled[at] = 0;
      continue;
    }
    const wide = BigInt(value.coefficient) * 10n ** BigInt(scale - value.scale);
    if (wide > INT64_MAX || wide < -INT64_MAX - 1n) return undefined;
    const narrow = Number(wide);
    scaled[at] = Number.isSafeInteger(narrow) ? narrow : wide;
  }
  return scaled;
}

function displayScales(values: readonly StoredCell[], count: number): Uint8Array {
  const bytes = new Uint8Array(count * 2);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < count; at++) {
    const value = values[at];
    if (value instanceof Numeric) view.setUint16(at * 2, value.scale, true);
  }
  return bytes;
}

const cells = new CellWriter();

function numericCells(values: readonly StoredCell[], count: number): EncodedData {
  const strings = new Array<Uint8Array | undefined>(count).fill(undefined);
  let total = 0;
  for (let at = 0; at < count; at++) {
    const value = values[at];
    if (!(value instanceof Numeric)) continue;
    cells.reset();
    cells.cell(0, 'numeric', value);
    const cell = cells.take();
    strings[at] = cell;
    total += cell.length;
  }
  return { ...plain(plainStrings(strings, count, total), undefined, undefined), flags: CHUNK_FLAG.cells };
}

function bitmap(values: readonly StoredCell[], count: number, holds: (value: StoredCell) => boolean): Uint8Array {
  const bytes = new Uint8Array((count + 7) >> 3);
  for (let at = 0; at < count; at++) if (holds(values[at])) bytes[at >> 3] |= 1 << (at & 7);
  return bytes;
}

function layOut(sections: readonly Uint8Array[]): Uint8Array {
  let total = 0;
  for (const section of sections) total = padded(total) + section.length;
  const raw = new Uint8Array(total);
  let at = 0;
  for (const section of sections) {
    at = padded(at);
    raw.set(section, at);
    at += section.length;
  }
  return raw;
}
