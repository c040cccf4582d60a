import type { Kernels } from '../../kernels/kernels.ts';
import type { Vector } from './vector.ts';

/** Hashes of a vector's rows into u32s at `into`; with `combine` mixed with what is there. Dictionaries must have been widened. */
export function hashVector(kernels: Kernels, vector: Vector, rows: number, combine: boolean, into: number): void {
  const mixes = combine ? 1 : 0;
  const { data, nulls } = vector;
  if (vector.type === 'str') kernels.hashStr(data, nulls, rows, mixes, into);
  else if (vector.type === 'f64') kernels.hashF64(data, nulls, rows, mixes, into);
  else if (vector.type === 'bool') kernels.hashBool(data, nulls, rows, mixes, into);
  else if (vector.type === 'i32' || vector.isNarrow) kernels.hashI32(data, nulls, rows, mixes, into);
  else kernels.hashI64(data, nulls, rows, mixes, into);
}
