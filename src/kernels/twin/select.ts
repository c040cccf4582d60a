import type { SelectKernels } from '../interface/select.ts';
import type { MemoryViews } from './memory-views.ts';

/** All of memory as rows of one width. */
type RowsOf = () => Uint8Array | Uint32Array | BigInt64Array;

export function selectTwin(memory: MemoryViews): SelectKernels {
  const rows8 = (): Uint8Array => memory.u8;
  const rows32 = (): Uint32Array => memory.u32;
  const rows64 = (): BigInt64Array => memory.i64;

  const gather = (rowsOf: RowsOf, size: number): SelectKernels['gather8'] => {
    return (src, selection, m, dst) => {
      const rows = rowsOf();
      for (let at = 0; at < m; at++) rows[dst / size + at] = rows[src / size + memory.u32[(selection >>> 2) + at]];
    };
  };
  const lookup = (rowsOf: RowsOf, size: number): SelectKernels['lookup8'] => {
    const gathered = gather(rowsOf, size);
    return (codes, table, n, dst) => gathered(table, codes, n, dst);
  };
  const scatter = (rowsOf: RowsOf, size: number): SelectKernels['scatter8'] => {
    return (src, selection, m, dst) => {
      const rows = rowsOf();
      for (let at = 0; at < m; at++) rows[dst / size + memory.u32[(selection >>> 2) + at]] = rows[src / size + at];
    };
  };
  const blend = (rowsOf: RowsOf, size: number): SelectKernels['blend8'] => {
    return (mask, whenTrue, whenFalse, n, dst) => {
      const rows = rowsOf();
      for (let at = 0; at < n; at++) rows[dst / size + at] = rows[(memory.u8[mask + at] === 1 ? whenTrue : whenFalse) / size + at];
    };
  };
  const fill = (rowsOf: RowsOf, size: number): SelectKernels['fill8'] => {
    return (constant, n, dst) => {
      const rows = rowsOf();
      for (let at = 0; at < n; at++) rows[dst / size + at] = rows[constant / size];
    };
  };

  return {
    select(mask, nulls, n, dst) {
      let m = 0;
      for (let at = 0; at < n; at++) {
        if (memory.u8[mask + at] === 1 && (nulls === 0 || memory.u8[nulls + at] === 0)) memory.u32[(dst >>> 2) + m++] = at;
      }
      return m;
    },
    gather8: gather(rows8, 1),
    gather32: gather(rows32, 4),
    gather64: gather(rows64, 8),
    scatter8: scatter(rows8, 1),
    scatter32: scatter(rows32, 4),
    scatter64: scatter(rows64, 8),
    lookup8: lookup(rows8, 1),
    lookup32: lookup(rows32, 4),
    lookup64: lookup(rows64, 8),
    blend8: blend(rows8, 1),
    blend32: blend(rows32, 4),
    blend64: blend(rows64, 8),
    fill8: fill(rows8, 1),
    fill32: fill(rows32, 4),
    fill64: fill(rows64, 8),
    iota(start, n, dst) {
      for (let at = 0; at < n; at++) memory.u32[(dst >>> 2) + at] = start + at;
    },
  };
}
