import { COMPARE, type CompareKernels, type CompareOp } from '../interface/compare.ts';
import { compareBytes } from '../../base/bytes.ts';
import type { MemoryViews } from './memory-views.ts';

/** The order of the cells at indexes i and j (address / size) of one type. */
type Order = (i: number, j: number) => number;

export function compareTwin(memory: MemoryViews): CompareKernels {
  const ofI32 = (i: number, j: number): number => Math.sign(memory.i32[i] - memory.i32[j]);
  const ofI64 = (i: number, j: number): number => Number(memory.i64[i] > memory.i64[j]) - Number(memory.i64[i] < memory.i64[j]);
  const ofF64 = (i: number, j: number): number => compareFloats(memory.f64[i], memory.f64[j]);
  const ofStr = (i: number, j: number): number => compareBytes(memory.bytesOf(i * 8), memory.bytesOf(j * 8));

  const vectors =
    (order: Order, size: number): CompareKernels['compareI32'] =>
    (op, a, b, n, dst) => {
      const masks = new Uint8Array(n);
      for (let at = 0; at < n; at++) masks[at] = holds(op, order(a / size + at, b / size + at));
      memory.u8.set(masks, dst);
    };
  const constant =
    (order: Order, size: number): CompareKernels['compareConstantI32'] =>
    (op, a, cell, n, dst) => {
      for (let at = 0; at < n; at++) memory.u8[dst + at] = holds(op, order(a / size + at, cell / size));
    };
  const between =
    (order: Order, size: number): CompareKernels['betweenI32'] =>
    (a, low, high, n, dst) => {
      for (let at = 0; at < n; at++) {
        const row = a / size + at;
        memory.u8[dst + at] = Number(order(low / size, row) <= 0 && order(row, high / size) <= 0);
      }
    };
  const inList =
    (order: Order, size: number): CompareKernels['inListI32'] =>
    (a, list, count, n, dst) => {
      for (let at = 0; at < n; at++) {
        let found = 0;
        for (let item = 0; item < count; item++) if (order(a / size + at, list / size + item) === 0) found = 1;
        memory.u8[dst + at] = found;
      }
    };

  return {
    compareI32: vectors(ofI32, 4),
    compareI64: vectors(ofI64, 8),
    compareF64: vectors(ofF64, 8),
    compareStr: vectors(ofStr, 8),
    compareConstantI32: constant(ofI32, 4),
    compareConstantI64: constant(ofI64, 8),
    compareConstantF64: constant(ofF64, 8),
    compareConstantStr: constant(ofStr, 8),
    betweenI32: between(ofI32, 4),
    betweenI64: between(ofI64, 8),
    betweenF64: between(ofF64, 8),
    inListI32: inList(ofI32, 4),
    inListI64: inList(ofI64, 8),
    inListStr: inList(ofStr, 8),
  };
}

/** PostgreSQL's order: NaN is its own equal and above all, -0 equals 0. */
function compareFloats(a: number, b: number): number {
  if (a < b) return -1;
  if (a > b) return 1;
  if (a === b) return 0;
  return Number(a !== a) - Number(b !== b);
}

function holds(op: CompareOp, order: number): 0 | 1 {
  switch (op) {
    case COMPARE.eq:
      return order === 0 ? 1 : 0;
    case COMPARE.ne:
      return order !== 0 ? 1 : 0;
    case COMPARE.lt:
      return order < 0 ? 1 : 0;
    case COMPARE.le:
      return order <= 0 ? 1 : 0;
    case COMPARE.gt:
      return order > 0 ? 1 : 0;
    case COMPARE.ge:
      return order >= 0 ? 1 : 0;
  }
}
