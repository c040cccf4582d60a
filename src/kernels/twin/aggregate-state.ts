import type { MemoryViews } from './memory-views.ts';

/** One aggregate state at an address (tuple-layout.ts), and what a value does to it. */
export class AggregateStates {
  readonly #memory: MemoryViews;

  constructor(memory: MemoryViews) {
    this.#memory = memory;
  }

  /** Whether a row counts: not null, not masked out. */
  counts(nulls: number, mask: number, row: number): boolean {
    const bytes = this.#memory.u8;
    return (nulls === 0 || bytes[nulls + row] === 0) && (mask === 0 || bytes[mask + row] !== 0);
  }

  count(state: number, by = 1n): void {
    this.#memory.i64[state >>> 3] += by;
  }

  /** Adds a sum of up to 128 bits. */
  sumInt(state: number, value: bigint, by = 1n): void {
    const words = this.#memory.i64;
    const word = state >>> 3;
    const sum = (words[word + 1] << 64n) + BigInt.asUintN(64, words[word]) + value;
    words[word] = BigInt.asIntN(64, sum);
    words[word + 1] = BigInt.asIntN(64, sum >> 64n);
    words[word + 2] += by;
  }

  /** A sum of 128 bits. */
  intSumOf(state: number): bigint {
    const words = this.#memory.i64;
    return (words[(state >>> 3) + 1] << 64n) + BigInt.asUintN(64, words[state >>> 3]);
  }

  /** Whether finite numbers made a finite sum overflow. */
  sumF64(state: number, value: number, by = 1n): boolean {
    const word = state >>> 3;
    const before = this.#memory.f64[word];
    const sum = this.#memory.i64[word + 1] === 0n ? value : before + value;
    this.#memory.f64[word] = sum;
    this.#memory.i64[word + 1] += by;
    return Math.abs(sum) === Infinity && Math.abs(before) < Infinity && Math.abs(value) < Infinity;
  }

  keepInt(isMin: boolean, state: number, value: bigint): void {
    const words = this.#memory.i64;
    const word = state >>> 3;
    if (words[word + 1] !== 0n && (isMin ? words[word] < value : words[word] > value)) return;
    words[word] = value;
    words[word + 1] = 1n;
  }

  keepFloat(isMin: boolean, state: number, value: number): void {
    const word = state >>> 3;
    if (this.#memory.i64[word + 1] !== 0n && isKept(isMin, this.#memory.f64[word], value)) return;
    this.#memory.f64[word] = value;
    this.#memory.i64[word + 1] = 1n;
  }

  /** Whether the arena {at, end} had room where room was needed; `ref` is the address of a reference. */
  keepText(isMin: boolean, state: number, ref: number, arena: number): boolean {
    const { u32, u8 } = this.#memory;
    const word = state >>> 2;
    const text = this.#memory.bytesOf(ref);
    if (u32[word + 2] !== 0) {
      const order = compareTexts(text, this.#memory.bytesOf(state));
      if (isMin ? order >= 0 : order <= 0) return true;
    }
    if (u32[word + 2] === 0 || u32[word + 3] < text.length) {
      const room = Math.ceil(text.length / 16) * 16;
      const at = u32[arena >>> 2];
      if (u32[(arena >>> 2) + 1] - at < room) return false;
      u32[arena >>> 2] = at + room;
      u32[word] = at;
      u32[word + 2] = 1;
      u32[word + 3] = room;
    }
    u8.set(text, u32[word]);
    u32[word + 1] = text.length;
    return true;
  }

  and(state: number, value: bigint): void {
    const words = this.#memory.i64;
    const word = state >>> 3;
    words[word] = words[word + 1] === 0n ? value : words[word] & value;
    words[word + 1] = 1n;
  }

  or(state: number, value: bigint): void {
    this.#memory.i64[state >>> 3] |= value;
    this.#memory.i64[(state >>> 3) + 1] = 1n;
  }

  /** PostgreSQL's float8_accum; whether it overflows. */
  deviation(state: number, value: number): boolean {
    const floats = this.#memory.f64;
    const word = state >>> 3;
    const before = floats[word];
    const sumBefore = floats[word + 1];
    const count = before + 1;
    const sum = sumBefore + value;
    floats[word] = count;
    floats[word + 1] = sum;
    if (before === 0) {
      if (!Number.isFinite(value)) floats[word + 2] = Number.NaN;
      return false;
    }
    const deviation = value * count - sum;
    const squares = floats[word + 2] + (deviation * deviation) / (count * before);
    floats[word + 2] = squares;
    if (Math.abs(sum) !== Infinity && Math.abs(squares) !== Infinity) return false;
    if (Math.abs(sumBefore) !== Infinity && Math.abs(value) !== Infinity) return true;
    floats[word + 2] = Number.NaN;
    return false;
  }
}

/** Whether a kept extreme stays against a value: only if it is beyond it, NaN being above everything. */
export function isKept(isMin: boolean, kept: number, value: number): boolean {
  if (Number.isNaN(kept)) return !isMin && !Number.isNaN(value);
  if (Number.isNaN(value)) return isMin;
  return isMin ? kept < value : kept > value;
}

/** The order of two texts: by bytes, then by length. */
export function compareTexts(a: Uint8Array, b: Uint8Array): number {
  const common = Math.min(a.length, b.length);
  for (let at = 0; at < common; at++) if (a[at] !== b[at]) return a[at] - b[at];
  return a.length - b.length;
}
