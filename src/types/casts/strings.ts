import { SqlError } from '../../base/sql-error.ts';
import { toName, toSingleCharacter } from '../definitions/strings.ts';
import type { SqlCast } from '../function.ts';
import { OID } from '../oid.ts';
import { trimBlankEnd } from '../text/compare.ts';
import { assignment, binary, explicitly, implicit } from './define.ts';

const { bool, int4, text, varchar, bpchar, name, char, pg_node_tree } = OID;

/** Between the string types, from boolean, and integer and "char". */
export function stringCasts(): SqlCast[] {
  const printBool = (value: boolean) => (value ? 'true' : 'false');
  return [
    binary(text, varchar),
    binary(text, bpchar),
    binary(varchar, text),
    binary(varchar, bpchar),
    binary(pg_node_tree, text),
    implicit(bpchar, text, trimBlankEnd),
    implicit(bpchar, varchar, trimBlankEnd),
    implicit(bpchar, name, (value: string) => toName(trimBlankEnd(value))),
    assignment(bpchar, char, toSingleCharacter),
    implicit(text, name, toName),
    implicit(varchar, name, toName),
    assignment(text, char, toSingleCharacter),
    assignment(varchar, char, toSingleCharacter),
    implicit(name, text, (value: string) => value),
    assignment(name, varchar, (value: string) => value),
    assignment(name, bpchar, (value: string) => value),
    implicit(char, text, (value: string) => value),
    assignment(char, varchar, (value: string) => value),
    assignment(char, bpchar, (value: string) => value),
    ...[text, varchar, bpchar].map((target) => assignment(bool, target, printBool)),
    explicitly(char, int4, (value: string) => (value === '' ? 0 : (value.charCodeAt(0) << 24) >> 24)),
    explicitly(int4, char, characterOfInteger),
  ];
}

function characterOfInteger(value: number): string {
  if (value < -128 || value > 127) throw new SqlError('numeric_value_out_of_range', '"char" out of range');
  return value === 0 ? '' : String.fromCharCode(value & 0xff);
}
