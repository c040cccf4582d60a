import type { LogicKernels } from '../interface/logic.ts';
import type { MemoryViews } from './memory-views.ts';

export function logicTwin(memory: MemoryViews): LogicKernels {
  const nullAt = (nulls: number, at: number): number => (nulls === 0 ? 0 : memory.u8[nulls + at]);
  const each =
    (op: (a: number, b: number) => number): LogicKernels['maskAnd'] =>
    (a, b, n, dst) => {
      const bytes = memory.u8;
      for (let at = 0; at < n; at++) bytes[dst + at] = op(bytes[a + at], bytes[b + at]);
    };
  /** `decided` is the value of one side that makes the other not matter. */
  const connective =
    (decided: 0 | 1): LogicKernels['andBool'] =>
    (a, aNulls, b, bNulls, n, dst, dstNulls) => {
      const bytes = memory.u8;
      for (let at = 0; at < n; at++) {
        const aNull = nullAt(aNulls, at);
        const bNull = nullAt(bNulls, at);
        const isDecided = (aNull === 0 && bytes[a + at] === decided) || (bNull === 0 && bytes[b + at] === decided);
        const isNull = !isDecided && (aNull | bNull) === 1;
        bytes[dst + at] = isNull ? 0 : isDecided ? decided : 1 - decided;
        if (aNulls !== 0 || bNulls !== 0) bytes[dstNulls + at] = Number(isNull);
      }
    };
  const countMask: LogicKernels['countMask'] = (mask, n) => {
    let count = 0;
    for (let at = 0; at < n; at++) count += memory.u8[mask + at];
    return count;
  };

  return {
    andBool: connective(0),
    orBool: connective(1),
    notBool(a, n, dst) {
      for (let at = 0; at < n; at++) memory.u8[dst + at] = memory.u8[a + at] ^ 1;
    },
    maskAnd: each((a, b) => a & b),
    maskOr: each((a, b) => a | b),
    maskXor: each((a, b) => a ^ b),
    maskAndNot(a, b, n, dst) {
      for (let at = 0; at < n; at++) memory.u8[dst + at] = memory.u8[a + at] & ~nullAt(b, at);
    },
    orNulls(dst, a, b, n) {
      for (let at = 0; at < n; at++) memory.u8[dst + at] = nullAt(a, at) | nullAt(b, at);
    },
    isNull(nulls, n, dst) {
      for (let at = 0; at < n; at++) memory.u8[dst + at] = nullAt(nulls, at);
    },
    isNotNull(nulls, n, dst) {
      for (let at = 0; at < n; at++) memory.u8[dst + at] = nullAt(nulls, at) ^ 1;
    },
    countMask,
    maskAnyAll(mask, n) {
      const count = countMask(mask, n);
      return count === 0 ? 0 : count === n ? 2 : 1;
    },
  };
}
