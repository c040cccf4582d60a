import type { SqlFunction, SqlOperator } from '../function.ts';
import { OID } from '../oid.ts';
import { arrayOperators } from './array.ts';
import { comparisonOperators } from './comparison.ts';
import { datetimeOperators } from './datetime.ts';
import { enumOperators } from './enum.ts';
import { integerOperators } from './integer.ts';
import { jsonOperators } from './json.ts';
import { realOperators } from './real.ts';
import { textOperators } from './text.ts';

const { anycompatible, anycompatiblearray } = OID;

/** Every operator; `library` holds the functions behind those that are also called by name. */
export function allOperators(library: readonly SqlFunction[]): SqlOperator[] {
  return [
    ...comparisonOperators(),
    ...enumOperators(),
    ...integerOperators(),
    ...realOperators(),
    ...textOperators(),
    ...datetimeOperators(),
    ...arrayOperators(),
    ...jsonOperators(),
    ...borrowed('||', anycompatiblearray, anycompatible, 'array_append', library),
    ...borrowed('||', anycompatible, anycompatiblearray, 'array_prepend', library),
    ...borrowed('||', anycompatiblearray, anycompatiblearray, 'array_cat', library),
  ];
}

function borrowed(
  name: string,
  left: typeof anycompatible | typeof anycompatiblearray,
  right: typeof anycompatible | typeof anycompatiblearray,
  proc: string,
  library: readonly SqlFunction[],
): SqlOperator[] {
  for (const candidate of library) {
    if (candidate.kind === 'scalar' && candidate.name === proc && candidate.arguments[0] === left && candidate.arguments[1] === right)
      return [{ name, left, right, function: candidate }];
  }
  return [];
}
