/**
 * Integers: constant, packed against a base (frame of reference), runs, or plain; whichever is smallest, ties to the left.
 *
 *     packed   value = base + code, codes of `width` bits (kernels/bit-packing.ts); null rows hold code 0
 *     runs     u32 count, u16 ends[count] (exclusive, padded to 8), then the values plain
 *     plain    int32: 4 bytes each; int64: 8
 */
import { packBits, packedBytes, widthOf } from '../../kernels/bit-packing.ts';
import { CellWriter } from '../cell-codec.ts';
import { ENCODING, type Encoding } from './chunk-entry.ts';
import type { EncodedData } from './encoded-chunk.ts';

/** Encodes `count` integers; null and undefined count as absent. At least one is present. */
export function encodeIntegers(
  physical: 'int32' | 'int64',
  values: readonly (number | bigint | null | undefined)[],
  count: number,
): EncodedData {
  let min: number | bigint | undefined;
  let max: number | bigint | undefined;
  let runs = 0;
  let previous: number | bigint | undefined;
  for (let at = 0; at < count; at++) {
    const value = values[at];
    if (value === null || value === undefined) continue;
    if (min === undefined || max === undefined) {
      min = value;
      max = value;
    } else if (value < min) min = value;
    else if (value > max) max = value;
    if (value !== previous) {
      runs++;
      previous = value;
    }
  }
  if (min === undefined || max === undefined) throw new RangeError('at least one integer is present');
  const { encoding, width } = chooseIntegerEncoding(physical, count, min, max, runs);
  const sections =
    encoding === ENCODING.constant
      ? [constantCell(physical, min)]
      : encoding === ENCODING.runs
        ? encodeRuns(physical, values, count)
        : encoding === ENCODING.packed
          ? [packed(values, count, min, width)]
          : [plainIntegers(physical, values, count)];
  return { encoding, flags: 0, width, base: encoding === ENCODING.packed ? BigInt(min) : 0n, scale: 0, sections, min, max };
}

/** The encoding of `count` integers between `min` and `max` that change their value `runs` times, the first counted; with a packed code's width. */
export function chooseIntegerEncoding(
  physical: 'int32' | 'int64',
  count: number,
  min: number | bigint,
  max: number | bigint,
  runs: number,
): { readonly encoding: Encoding; readonly width: number } {
  if (min === max) return { encoding: ENCODING.constant, width: 0 };
  const range = typeof min === 'number' && typeof max === 'number' ? max - min : Number(BigInt(max) - BigInt(min));
  const plainBytes = (physical === 'int32' ? 4 : 8) * count;
  const width = range < 0x100000000 ? widthOf(range) : 0;
  const packedSize = range < 0x100000000 ? packedBytes(count, width) : Number.POSITIVE_INFINITY;
  const runsSize = count <= 0xffff ? 8 + runs * (physical === 'int32' ? 6 : 10) : Number.POSITIVE_INFINITY;
  if (runsSize * 2 < Math.min(packedSize, plainBytes)) return { encoding: ENCODING.runs, width: 0 };
  return packedSize < plainBytes ? { encoding: ENCODING.packed, width } : { encoding: ENCODING.plain, width: 0 };
}

function packed(values: readonly (number | bigint | null | undefined)[], count: number, min: number | bigint, width: number): Uint8Array {
  const codes = new Uint32Array(count);
  for (let at = 0; at < count; at++) {
    const value = values[at];
    if (value === null || value === undefined) continue;
    codes[at] = typeof value === 'number' && typeof min === 'number' ? value - min : Number(BigInt(value) - BigInt(min));
  }
  return packBits(codes, count, width);
}

function encodeRuns(physical: 'int32' | 'int64', values: readonly (number | bigint | null | undefined)[], count: number): Uint8Array[] {
  const ends: number[] = [];
  const runValues: (number | bigint)[] = [];
  for (let at = 0; at < count; at++) {
    const value = values[at];
    const last = runValues.length - 1;
    if (value === null || value === undefined) {
      // A null extends the run it lies in; before the first run it opens one that the first value takes over.
      if (last >= 0) ends[last] = at + 1;
      continue;
    }
    if (last >= 0 && runValues[last] === value) ends[last] = at + 1;
    else {
      runValues.push(value);
      ends.push(at + 1);
    }
  }
  const head = new Uint8Array(padded(4 + ends.length * 2));
  const view = new DataView(head.buffer);
  view.setUint32(0, ends.length, true);
  for (const [at, end] of ends.entries()) view.setUint16(4 + at * 2, end, true);
  return [head, plainIntegers(physical, runValues, runValues.length)];
}

function plainIntegers(physical: 'int32' | 'int64', values: readonly (number | bigint | null | undefined)[], count: number): Uint8Array {
  const bytes = new Uint8Array((physical === 'int32' ? 4 : 8) * count);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < count; at++) {
    const value = values[at];
    if (value === null || value === undefined) continue;
    if (physical === 'int32') view.setInt32(at * 4, Number(value), true);
    else if (typeof value === 'bigint') view.setBigInt64(at * 8, value, true);
    else {
      const high = Math.floor(value / 0x100000000);
      view.setUint32(at * 8, value - high * 0x100000000, true);
      view.setInt32(at * 8 + 4, high, true);
    }
  }
  return bytes;
}

const cells = new CellWriter();

/** The cell of a constant chunk. */
export function constantCell(physical: 'int32' | 'int64', value: number | bigint): Uint8Array {
  cells.reset();
  cells.cell(0, physical, value);
  return cells.take();
}

export function padded(bytes: number): number {
  return (bytes + 7) & ~7;
}
