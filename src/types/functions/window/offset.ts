import { SqlError } from '../../../base/sql-error.ts';
import type { SqlFunction, WindowFrame } from '../../function.ts';
import { OID } from '../../oid.ts';
import type { Value } from '../../value.ts';
import { windowFunction } from '../define.ts';

const { int4, anyelement, anycompatible } = OID;

/** The window functions that read another row: lag, lead, first_value, last_value, nth_value. */
export function offsetFunctions(): SqlFunction[] {
  return [
    ...shifted('lag', -1),
    ...shifted('lead', 1),
    windowFunction('first_value', [anyelement], anyelement, (frame) => (frame.frameSize > 0 ? frame.argument(0, frame.frameRow(0)) : null)),
    windowFunction('last_value', [anyelement], anyelement, (frame) =>
      frame.frameSize > 0 ? frame.argument(0, frame.frameRow(frame.frameSize - 1)) : null,
    ),
    windowFunction('nth_value', [anyelement, int4], anyelement, nthValue),
  ];
}

function shifted(name: string, direction: 1 | -1): SqlFunction[] {
  const at = (frame: WindowFrame, offset: number): number | undefined => {
    const row = frame.row + direction * offset;
    return row >= 0 && row < frame.rowCount ? row : undefined;
  };
  const read = (frame: WindowFrame, withDefault: boolean): Value => {
    const offset = frame.argument(1, frame.row);
    if (offset === null) return null;
    const row = at(frame, Number(offset));
    if (row !== undefined) return frame.argument(0, row);
    return withDefault ? frame.argument(2, frame.row) : null;
  };
  return [
    windowFunction(name, [anyelement], anyelement, (frame) => {
      const row = at(frame, 1);
      return row === undefined ? null : frame.argument(0, row);
    }),
    windowFunction(name, [anyelement, int4], anyelement, (frame) => read(frame, false)),
    windowFunction(name, [anycompatible, int4, anycompatible], anycompatible, (frame) => read(frame, true)),
  ];
}

function nthValue(frame: WindowFrame): Value {
  const nth = frame.argument(1, frame.row);
  if (nth === null) return null;
  const position = Number(nth);
  if (position <= 0) throw new SqlError('invalid_argument_for_nth_value_function', 'argument of nth_value must be greater than zero');
  return position <= frame.frameSize ? frame.argument(0, frame.frameRow(position - 1)) : null;
}
