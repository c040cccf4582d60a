import type { TupleLayout } from '../../src/kernels/tuple-layout.ts';
import { layoutOf, putHashes, type DrawnColumn } from './draw-keys.ts';
import type { KernelPair, Written } from './kernel-pair.ts';

const WRITE = { i32: 'writeFieldI32', i64: 'writeField64', f64: 'writeField64', bool: 'writeFieldBool', str: 'writeField64' } as const;

/** Tuples of drawn columns. */
export interface PutTuples {
  readonly columns: readonly DrawnColumn[];
  readonly layout: TupleLayout;
  /** Address of u32[n]: `addresses`. */
  readonly tuples: number;
  readonly addresses: Uint32Array;
  /** All of them. */
  readonly all: Written;
}

/** Tuples of n rows of `columns`, with hashes (see putHashes) and room for a matched flag. */
export function putTuples(pair: KernelPair, columns: readonly DrawnColumn[], n: number, areFew = false): PutTuples {
  const layout = layoutOf(columns, [], true);
  const room = pair.put(new Uint8Array(n * layout.stride));
  const addresses = Uint32Array.from({ length: n }, (_, row) => room + row * layout.stride);
  const tuples = pair.put(addresses);
  const all = { address: room, bytes: n * layout.stride };
  const hashes = putHashes(pair, columns, n, areFew);
  pair.run((k) => k.writeHashes(hashes, n, tuples), all);
  for (const [at, { type, data, nulls }] of columns.entries()) {
    pair.run((k) => k[WRITE[type]](data, nulls, n, tuples, layout.fieldOffset(at), layout.flagOffset(at)), all);
  }
  return { columns, layout, tuples, addresses, all };
}
