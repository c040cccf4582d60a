import { present } from '../../../base/assert.ts';
import { SqlError } from '../../../base/sql-error.ts';
import type { SqlFunction } from '../../function.ts';
import { OID } from '../../oid.ts';
import type { SqlType } from '../../type.ts';
import { enumLabels } from '../../user-types.ts';
import { SqlArray, type Value } from '../../value.ts';
import { generic, NULLS } from '../define.ts';

const { anyarray, anyenum } = OID;

/** The labels of an enum: the first, the last, and those of a range. The type is what counts; the value is usually null. */
export function enumFunctions(): SqlFunction[] {
  const stable = { ...NULLS, volatility: 'stable' } as const;
  return [
    generic('enum_first', [anyenum], anyenum, (types) => () => known(types)[0] ?? noLabels(types), stable),
    generic('enum_last', [anyenum], anyenum, (types) => () => known(types).at(-1) ?? noLabels(types), stable),
    generic('enum_range', [anyenum], anyarray, (types) => () => new SqlArray(known(types)), stable),
    generic(
      'enum_range',
      [anyenum, anyenum],
      anyarray,
      (types) => (_, from: Value, to: Value) => {
        const labels = known(types);
        const end = to === null ? labels.length : labels.indexOf(to as string) + 1;
        return new SqlArray(labels.slice(from === null ? 0 : labels.indexOf(from as string), end));
      },
      stable,
    ),
  ];
}

function known([type]: readonly SqlType[]): readonly string[] {
  return present(enumLabels(type.oid), 'anyenum is an enum');
}

function noLabels([type]: readonly SqlType[]): never {
  throw new SqlError('object_not_in_prerequisite_state', `enum ${type.oid} contains no values`);
}
