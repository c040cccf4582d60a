import { compareBytes } from '../../base/bytes.ts';
import type { Physical, StoredValue } from '../../types/type.ts';
import { Numeric } from '../../types/value.ts';
import type { PageReference } from '../page-reference.ts';

/** A value of more than EXTERNAL_BYTES bytes that lies in an overflow page of its own. */
export class External {
  readonly physical: 'text' | 'bytes';
  readonly page: PageReference;
  /** Bytes of the value (UTF-8 for text). */
  readonly bytes: number;

  constructor(physical: 'text' | 'bytes', page: PageReference, bytes: number) {
    this.physical = physical;
    this.page = page;
    this.bytes = bytes;
  }
}

/** Text and bytes longer than this are stored out of line. */
export const EXTERNAL_BYTES = 2048;

/** What a leaf holds at one row and column. `undefined`: the row was written before the column existed. */
export type StoredCell = StoredValue | null | undefined | External;

/** The order of two stored values of one physical form, natural to it: numbers, code points, bytes; NaN last. */
export function compareStored(physical: Physical, a: StoredValue, b: StoredValue): number {
  switch (physical) {
    case 'text':
      return compareText(a as string, b as string);
    case 'bytes':
      return compareBytes(a as Uint8Array, b as Uint8Array);
    case 'numeric':
      return compareNumeric(a as Numeric, b as Numeric);
    default: {
      const left = a as number;
      const right = b as number;
      if (left < right) return -1;
      if (left > right) return 1;
      if (left === right) return 0;
      return Number(left !== left) - Number(right !== right);
    }
  }
}

/** Code point order, which is the order of the UTF-8 bytes. */
function compareText(a: string, b: string): number {
  const common = Math.min(a.length, b.length);
  for (let at = 0; at < common; at++) {
    let left = a.charCodeAt(at);
    let right = b.charCodeAt(at);
    if (left === right) continue;
    if (left >= 0xd800 && right >= 0xd800) {
      // Surrogates stand for code points above all other units.
      left = left >= 0xe000 ? left - 0x800 : left + 0x2000;
      right = right >= 0xe000 ? right - 0x800 : right + 0x2000;
    }
    return left - right;
  }
  return a.length - b.length;
}

function compareNumeric(a: Numeric, b: Numeric): number {
  if (a.kind !== 'finite' || b.kind !== 'finite') return RANK[a.kind] - RANK[b.kind];
  if (a.scale === b.scale) return a.coefficient < b.coefficient ? -1 : a.coefficient > b.coefficient ? 1 : 0;
  const left = BigInt(a.coefficient) * 10n ** BigInt(b.scale);
  const right = BigInt(b.coefficient) * 10n ** BigInt(a.scale);
  return left < right ? -1 : left > right ? 1 : 0;
}

const RANK = { '-infinity': 0, finite: 1, infinity: 2, nan: 3 } as const;
