/**
 * Texts and byte strings: constant, dictionary, or plain.
 *
 *     plain        u32 ends[rows] (padded to 8), then the bytes; a value out of line holds its reference (EXTERNAL_CELL_BYTES)
 *     dictionary   u32 count, u32 ends[count] (padded to 8), the bytes of the distinct values in order (padded to 8), then one
 *                  code of `width` bits per row
 */
import { ByteWriter } from '../../base/bytes.ts';
import { packBits, packedBytes, widthOf } from '../../kernels/bit-packing.ts';
import { CellWriter } from '../cell-codec.ts';
import { PAGE_ALIGNMENT, type SegmentName } from '../page-reference.ts';
import { ENCODING } from './chunk-entry.ts';
import type { EncodedData } from './encoded-chunk.ts';
import { padded } from './integer-writer.ts';
import { External, compareStored, type StoredCell } from './stored-cell.ts';

/** u16 segment index, u32 offset / 64, u32 page bytes, 16 bytes hash, u32 value bytes. */
export const EXTERNAL_CELL_BYTES = 30;

/** Bounds longer than this are cut (below) or left out (above). */
const BOUND_LENGTH_MAX = 32;

/** A dictionary is not tried beyond this many distinct values. */
const DICTIONARY_MAX = 4096;

const encoder = new TextEncoder();

/** Encodes `count` cells; null and undefined hold nothing. `segmentIndex` numbers the segments of external values. */
export function encodeStrings(
  physical: 'text' | 'bytes',
  values: readonly StoredCell[],
  count: number,
  segmentIndex: (name: SegmentName) => number,
): EncodedData {
  const dictionary = new Map<string, { code: number; value: string | Uint8Array; bytes: Uint8Array }>();
  const encoded: (Uint8Array | undefined)[] = new Array<Uint8Array | undefined>(count).fill(undefined);
  const codeOf = new Array<{ code: number } | undefined>(count).fill(undefined);
  let present = 0;
  let totalBytes = 0;
  let hasExternal = false;
  let min: string | Uint8Array | undefined;
  let max: string | Uint8Array | undefined;
  let tryDictionary = true;
  for (let at = 0; at < count; at++) {
    const value = values[at];
    if (value === null || value === undefined) continue;
    present++;
    if (value instanceof External) {
      hasExternal = true;
      encoded[at] = externalCell(value, segmentIndex);
      totalBytes += EXTERNAL_CELL_BYTES;
      continue;
    }
    const string = value as string | Uint8Array;
    const key = typeof string === 'string' ? string : latin(string);
    const known = dictionary.get(key);
    if (known !== undefined) {
      encoded[at] = known.bytes;
      codeOf[at] = known;
      totalBytes += known.bytes.length;
      continue;
    }
    const bytes = typeof string === 'string' ? encoder.encode(string) : string;
    encoded[at] = bytes;
    totalBytes += bytes.length;
    if (min === undefined || compareStored(physical, string, min) < 0) min = string;
    if (max === undefined || compareStored(physical, string, max) > 0) max = string;
    if (!tryDictionary) continue;
    const entry = { code: 0, value: string, bytes };
    dictionary.set(key, entry);
    codeOf[at] = entry;
    if (dictionary.size > DICTIONARY_MAX || (dictionary.size > 256 && dictionary.size * 2 > present)) {
      tryDictionary = false;
      dictionary.clear();
    }
  }
  const bounds = hasExternal ? { min: undefined, max: undefined } : { min: lowerBound(min), max: upperBound(max) };
  if (!hasExternal && tryDictionary) {
    if (dictionary.size === 1 && min !== undefined) {
      cells.reset();
      cells.cell(0, physical, min);
      return { encoding: ENCODING.constant, flags: 0, width: 0, base: 0n, scale: 0, sections: [cells.take()], ...bounds };
    }
    const width = widthOf(dictionary.size - 1);
    let distinctBytes = 0;
    for (const entry of dictionary.values()) distinctBytes += entry.bytes.length;
    if (dictionaryPays(count, totalBytes, dictionary.size, distinctBytes)) {
      const entries = [...dictionary.values()].sort((a, b) => compareStored(physical, a.value, b.value));
      for (const [code, entry] of entries.entries()) entry.code = code;
      const codes = new Uint32Array(count);
      for (let at = 0; at < count; at++) codes[at] = codeOf[at]?.code ?? 0;
      const head = new Uint8Array(padded(4 + entries.length * 4));
      const view = new DataView(head.buffer);
      view.setUint32(0, entries.length, true);
      let end = 0;
      for (const [code, entry] of entries.entries()) {
        end += entry.bytes.length;
        view.setUint32(4 + code * 4, end, true);
      }
      const sections = [
        head,
        joined(
          entries.map((entry) => entry.bytes),
          distinctBytes,
        ),
        packBits(codes, count, width),
      ];
      return { encoding: ENCODING.dictionary, flags: 0, width, base: 0n, scale: 0, sections, ...bounds };
    }
  }
  return {
    encoding: ENCODING.plain,
    flags: 0,
    width: 0,
    base: 0n,
    scale: 0,
    sections: plainStrings(encoded, count, totalBytes),
    ...bounds,
  };
}

/** Whether a dictionary of `distinct` values of `distinctBytes` in all takes less than `count` values of `totalBytes` written out. */
export function dictionaryPays(count: number, totalBytes: number, distinct: number, distinctBytes: number): boolean {
  return distinct * 4 + distinctBytes + packedBytes(count, widthOf(distinct - 1)) + 16 < count * 4 + totalBytes;
}

/** `ends` and bytes of byte strings, undefined ones empty. */
export function plainStrings(strings: readonly (Uint8Array | undefined)[], count: number, totalBytes: number): Uint8Array[] {
  const ends = new Uint8Array(padded(count * 4));
  const view = new DataView(ends.buffer);
  let end = 0;
  for (let at = 0; at < count; at++) {
    end += strings[at]?.length ?? 0;
    view.setUint32(at * 4, end, true);
  }
  return [ends, joined(strings, totalBytes)];
}

const cells = new CellWriter();

function joined(strings: readonly (Uint8Array | undefined)[], totalBytes: number): Uint8Array {
  const bytes = new Uint8Array(totalBytes);
  let at = 0;
  for (const string of strings) {
    if (string === undefined) continue;
    bytes.set(string, at);
    at += string.length;
  }
  return bytes;
}

function externalCell(value: External, segmentIndex: (name: SegmentName) => number): Uint8Array {
  const writer = new ByteWriter(EXTERNAL_CELL_BYTES);
  writer
    .u16(segmentIndex(value.page.segment))
    .u32(value.page.offset / PAGE_ALIGNMENT)
    .u32(value.page.length)
    .raw(value.page.hash)
    .u32(value.bytes);
  return writer.bytes();
}

function latin(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/** The lower bound kept of a value: cut when it is long; a text is cut between code points. */
export function lowerBound(value: string | Uint8Array | undefined): string | Uint8Array | undefined {
  if (value === undefined || value.length <= BOUND_LENGTH_MAX) return value;
  if (typeof value !== 'string') return value.slice(0, BOUND_LENGTH_MAX);
  const unit = value.charCodeAt(BOUND_LENGTH_MAX - 1);
  return value.slice(0, unit >= 0xd800 && unit < 0xdc00 ? BOUND_LENGTH_MAX - 1 : BOUND_LENGTH_MAX);
}

/** The upper bound kept of a value: none when it is long. */
export function upperBound(value: string | Uint8Array | undefined): string | Uint8Array | undefined {
  return value === undefined || value.length > BOUND_LENGTH_MAX ? undefined : value;
}
