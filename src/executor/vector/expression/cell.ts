import { columnForm } from '../../../storage/column-form.ts';
import { OID } from '../../../types/oid.ts';
import type { SqlType } from '../../../types/type.ts';
import { canonicalInt8, Numeric, type Value } from '../../../types/value.ts';
import type { Form } from '../vector.ts';
import type { Cell } from './ir.ts';

/** A value as vectors of a form hold it; undefined when they cannot (more decimal places, more than 64 bits). */
export function cellOf(value: Value, type: SqlType, form: Form): Cell | undefined {
  if (value === null) return null;
  if (value instanceof Numeric) {
    if (value.kind !== 'finite' || form.type !== 'i64') return undefined;
    return scaledTo(value, form.scale);
  }
  const { store } = columnForm(type);
  const stored = store === undefined ? value : store(value);
  switch (form.type) {
    case 'str':
      if (typeof stored !== 'string') return undefined;
      return type.oid === OID.bpchar ? stored.replace(/ +$/, '') : stored;
    case 'bool':
      return typeof stored === 'boolean' ? stored : undefined;
    case 'f64':
      return typeof stored === 'number' ? stored : undefined;
    default:
      return typeof stored === 'number' || typeof stored === 'bigint' ? stored : undefined;
  }
}

/** The coefficient of a numeric at a scale; undefined when digits would be lost or 64 bits left. */
export function scaledTo(value: Numeric, scale: number): number | bigint | undefined {
  if (value.scale === scale && typeof value.coefficient === 'number') return value.coefficient;
  let coefficient = BigInt(value.coefficient);
  if (value.scale > scale) {
    const factor = 10n ** BigInt(value.scale - scale);
    if (coefficient % factor !== 0n) return undefined;
    coefficient /= factor;
  } else coefficient *= 10n ** BigInt(scale - value.scale);
  return BigInt.asIntN(64, coefficient) === coefficient ? canonicalInt8(coefficient) : undefined;
}

/** The form that a constant of a type has by itself. */
export function formOfConstant(value: Value, type: SqlType, form: Form | undefined): Form | undefined {
  if (form !== undefined) return form;
  if (type.oid === OID.numeric && value instanceof Numeric && value.kind === 'finite') return { type: 'i64', scale: value.scale };
  return undefined;
}

/** The value that a cell stands for. */
export function valueOfCell(cell: Cell, type: SqlType, form: Form): Value {
  if (cell === null) return null;
  if (type.oid === OID.numeric) return new Numeric(cell as number | bigint, form.scale);
  if (type.oid === OID.bpchar && typeof cell === 'string') return padded(cell, type);
  const { load } = columnForm(type);
  return load === undefined ? cell : load(cell);
}

/** A character(n) with its blanks: `n` counts characters. */
export function padded(text: string, type: SqlType): string {
  const length = type.modifier - 4;
  if (text.length >= length) return text;
  let characters = 0;
  for (const _ of text) characters++;
  return text + ' '.repeat(Math.max(0, length - characters));
}
