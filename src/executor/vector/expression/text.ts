/** Functions of strings and dates over vectors. */
import { COMPARE } from '../../../kernels/interface/compare.ts';
import type { LikePattern } from '../../../kernels/like-pattern.ts';
import { orFallBack } from '../vector.ts';
import type { EvaluateVector } from './evaluate.ts';
import type { DateField } from './ir.ts';
import type { Registers } from './registers.ts';

/** A kernel over references: `rows` results at `into`. */
export type TextKernel = (references: number, rows: number, into: number) => void;

/** LIKE a pattern that was compiled. */
export function likeTest(pattern: LikePattern, registers: Registers): TextKernel {
  const { kernels } = registers;
  switch (pattern.kind) {
    case 'all':
      return (_references, rows, into) => kernels.isNotNull(0, rows, into);
    case 'general': {
      const address = registers.block(pattern.bytes);
      return (references, rows, into) => kernels.likeStr(references, address, rows, into);
    }
    default: {
      const constant = registers.text(pattern.bytes);
      const { kind } = pattern;
      if (kind === 'equals') return (references, rows, into) => kernels.compareConstantStr(COMPARE.eq, references, constant, rows, into);
      const run = kind === 'prefix' ? kernels.prefixStr : kind === 'suffix' ? kernels.suffixStr : kernels.containsStr;
      return (references, rows, into) => run(references, constant, rows, into);
    }
  }
}

/** Characters from `from` (1 is the first) on, `count` of them or all; the references point into the same bytes. */
export function substring(from: number, count: number | undefined, registers: Registers): TextKernel {
  const { kernels } = registers;
  return (references, rows, into) => kernels.substringStr(references, from, count ?? -1, rows, into);
}

/** Characters of strings, as i32. */
export function stringLength(registers: Registers): TextKernel {
  const { kernels } = registers;
  return (references, rows, into) => kernels.lengthStr(references, rows, into);
}

/** A field of dates, as i32. */
export function dateField(field: DateField, arg: EvaluateVector, registers: Registers): EvaluateVector {
  const { kernels } = registers;
  const register = registers.register('i32');
  const run = { year: kernels.dateYear, month: kernels.dateMonth, day: kernels.dateDay, quarter: kernels.dateQuarter }[field];
  return (batch) => {
    const a = arg(batch);
    orFallBack(run(a.data, a.nulls, batch.rows, register.values));
    register.pointAtValues(register.values, a.nulls);
    return register;
  };
}
