import { COMPARE, type CompareOp } from '../../../kernels/interface/compare.ts';
import type { Kernels } from '../../../kernels/kernels.ts';

/** a op b of truth values, false below true, to a mask. */
export function compareBool(kernels: Kernels, op: CompareOp, a: number, b: number, rows: number, into: number): void {
  switch (op) {
    case COMPARE.eq:
    case COMPARE.ne:
      kernels.maskXor(a, b, rows, into);
      break;
    case COMPARE.lt:
    case COMPARE.ge:
      kernels.maskAndNot(b, a, rows, into);
      break;
    default:
      kernels.maskAndNot(a, b, rows, into);
  }
  if (op === COMPARE.eq || op === COMPARE.ge || op === COMPARE.le) kernels.notBool(into, rows, into);
}
