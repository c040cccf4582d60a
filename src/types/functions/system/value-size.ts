import { digitCount } from '../../numeric/scale.ts';
import type { TypeContext, TypeDefinition } from '../../type.ts';
import { Numeric, SqlArray, type Value } from '../../value.ts';
import { utf8Length } from '../text/characters.ts';

/** The longest content that PostgreSQL stores behind a one-byte header. */
const SHORT_MAX = 126;

/** The bytes PostgreSQL would need for a value on disk, uncompressed. Exact for fixed-length types, text, bytea and numeric, near for others. */
export function valueBytes(definition: TypeDefinition, value: Exclude<Value, null>, context: TypeContext): number {
  if (definition.length > 0) return definition.length;
  if (value instanceof Uint8Array) return withHeader(value.length);
  if (typeof value === 'string') return withHeader(utf8Length(value));
  if (value instanceof Numeric) return numericBytes(value);
  if (value instanceof SqlArray) return 20 + 8 * value.lengths.length;
  return withHeader(utf8Length(definition.output(value, context)));
}

function withHeader(bytes: number): number {
  return bytes <= SHORT_MAX ? bytes + 1 : bytes + 4;
}

/** A two-byte head and two bytes for every group of four decimal digits, trailing zero groups left out. */
function numericBytes(value: Numeric): number {
  if (value.kind !== 'finite' || value.coefficient === 0) return 3;
  const digits = String(value.coefficient).replace('-', '');
  const padding = (4 - (value.scale % 4)) % 4;
  const padded = digits + '0'.repeat(padding);
  const trailing = Math.floor((/0*$/.exec(padded)?.[0].length ?? 0) / 4);
  const groups = Math.ceil((digitCount(value.coefficient) + padding) / 4) - trailing;
  return withHeader(2 + 2 * groups);
}
