import { writeKeyColumns, KEY_BYTES, type KeyColumn } from '../../src/kernels/key-descriptor.ts';
import { TupleLayout, type StateKind, type VectorType } from '../../src/kernels/tuple-layout.ts';
import type { Draw } from '../storage/random.ts';
import { drawF64, drawI32, drawI64, drawMask, drawTexts, putTexts } from './draw-vectors.ts';
import type { KernelPair } from './kernel-pair.ts';

/** A column as the test knows it: its vector, and each row's value as text that is the same exactly when the values are equal. */
export interface DrawnColumn {
  readonly type: VectorType;
  readonly data: number;
  readonly nulls: number;
  /** null: the row is null. */
  readonly values: readonly (string | null)[];
}

const TYPES: readonly VectorType[] = ['i32', 'i64', 'f64', 'bool', 'str'];

export function drawType(draw: Draw): VectorType {
  return draw.of([...TYPES]);
}

const decoder = new TextDecoder();

/** Rows of `type`, each one of `distinct` values at most; nulls among the first `nullsBefore` rows only. */
export function drawColumn(pair: KernelPair, draw: Draw, n: number, type: VectorType, distinct: number, nullsBefore = n): DrawnColumn {
  const picks = Array.from({ length: n }, () => draw.below(distinct));
  const nullMask = draw.chance(0.5) ? null : drawMask(draw, n).fill(0, nullsBefore);
  const nulls = nullMask === null ? 0 : pair.put(nullMask);
  const column = (data: number, texts: readonly string[]): DrawnColumn => ({
    type,
    data,
    nulls,
    values: picks.map((pick, row) => (nullMask !== null && nullMask[row] === 1 ? null : texts[pick])),
  });
  switch (type) {
    case 'i32': {
      const values = drawI32(draw, distinct);
      return column(pair.put(Int32Array.from(picks, (pick) => values[pick])), Array.from(values, String));
    }
    case 'i64': {
      const values = drawI64(draw, distinct);
      return column(pair.put(BigInt64Array.from(picks, (pick) => values[pick])), Array.from(values, String));
    }
    case 'f64': {
      const values = drawF64(draw, distinct);
      // String(-0) is '0', as it is equal to 0.
      return column(pair.put(Float64Array.from(picks, (pick) => values[pick])), Array.from(values, String));
    }
    case 'bool':
      return column(
        pair.put(Uint8Array.from(picks, (pick) => pick & 1)),
        Array.from({ length: distinct }, (_, at) => String(at & 1)),
      );
    case 'str': {
      const texts = drawTexts(draw, distinct);
      const refs = putTexts(pair, draw, texts);
      const all = new BigInt64Array(pair.read(refs, distinct * 8).buffer);
      return column(
        pair.put(BigInt64Array.from(picks, (pick) => all[pick])),
        texts.map((text) => decoder.decode(text)),
      );
    }
  }
}

/** What a row's keys are, as text; null as a word of its own. */
export function keyText(columns: readonly DrawnColumn[], row: number): string {
  return JSON.stringify(columns.map((column) => column.values[row]));
}

/** The address of descriptors of `columns` as the first fields of `layout`. */
export function putKeys(pair: KernelPair, layout: TupleLayout, columns: readonly DrawnColumn[], nullsEqual = false): number {
  const words = new Uint32Array((columns.length * KEY_BYTES) / 4);
  writeKeyColumns(
    words,
    0,
    columns.map(({ type, data, nulls }, at): KeyColumn => ({
      type,
      data,
      nulls,
      fieldOffset: layout.fieldOffset(at),
      flagOffset: layout.flagOffset(at),
      nullsEqual,
    })),
  );
  return pair.put(words);
}

export function layoutOf(columns: readonly DrawnColumn[], states: readonly StateKind[] = [], hasMatched = false): TupleLayout {
  return new TupleLayout(
    columns.map((column) => column.type),
    states,
    hasMatched,
  );
}

/** The address of u32[n] hashes of rows of `columns`; `areFew`: four of them, so that only equality can tell keys apart. */
export function putHashes(pair: KernelPair, columns: readonly DrawnColumn[], n: number, areFew = false): number {
  const dst = pair.room(n * 4);
  for (const [at, { type, data, nulls }] of columns.entries()) {
    const name = ({ i32: 'hashI32', i64: 'hashI64', f64: 'hashF64', bool: 'hashBool', str: 'hashStr' } as const)[type];
    pair.run((k) => k[name](data, nulls, n, at === 0 ? 0 : 1, dst), { address: dst, bytes: n * 4 });
  }
  if (areFew)
    pair.write(
      dst,
      new Uint32Array(pair.read(dst, n * 4).buffer).map((hash) => hash & 3),
    );
  return dst;
}
