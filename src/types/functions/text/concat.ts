import { present } from '../../../base/assert.ts';
import { SqlError } from '../../../base/sql-error.ts';
import type { EvaluationContext, SqlFunction } from '../../function.ts';
import { OID } from '../../oid.ts';
import type { SqlType, TypeDefinition } from '../../type.ts';
import type { SqlArray, Value } from '../../value.ts';
import { generic, VARIADIC_ANY } from '../define.ts';
import { knownType } from '../known-type.ts';
import { characterCount } from './characters.ts';
import { quoteIdentifier, quoteLiteral } from './quote.ts';

const { text, any, anyarray } = OID;

/** concat, concat_ws, array_to_string and format: text from values of any type, by their output functions. */
export function concatFunctions(): SqlFunction[] {
  return [
    generic(
      'concat',
      [any],
      text,
      outputs((context, values, types) => joined(context, '', values, types)),
      { ...VARIADIC_ANY, volatility: 'stable' },
    ),
    generic(
      'concat_ws',
      [text, any],
      text,
      outputs((context, [separator, ...values], [, ...types]) =>
        separator === null ? null : joined(context, separator as string, values, types),
      ),
      { ...VARIADIC_ANY, volatility: 'stable' },
    ),
    generic(
      'array_to_string',
      [anyarray, text],
      text,
      elements((context, element, array, separator) => arrayText(context, element, array, separator, null)),
      { volatility: 'stable' },
    ),
    generic('array_to_string', [anyarray, text, text], text, elements(arrayText), { volatility: 'stable', strict: false }),
    generic('format', [text], text, outputs(formatted), { strict: false, volatility: 'stable' }),
    generic('format', [text, any], text, outputs(formatted), { ...VARIADIC_ANY, volatility: 'stable' }),
  ];
}

type Outputs = (context: EvaluationContext, values: readonly Value[], types: readonly TypeDefinition[]) => Value;

function outputs(run: Outputs) {
  return (types: readonly SqlType[]) => {
    const definitions = types.map((type) => knownType(type.oid));
    return (context: EvaluationContext, ...values: Value[]): Value => run(context, values, definitions);
  };
}

function joined(context: EvaluationContext, separator: string, values: readonly Value[], types: readonly TypeDefinition[]): string {
  const parts: string[] = [];
  values.forEach((value, at) => {
    if (value !== null) parts.push(types[at].output(value, context));
  });
  return parts.join(separator);
}

function elements(
  run: (
    context: EvaluationContext,
    element: TypeDefinition,
    array: SqlArray | null,
    separator: string | null,
    nullText: string | null,
  ) => Value,
) {
  return ([type]: readonly SqlType[]) => {
    const element = knownType(knownType(type.oid).elementOid);
    return (context: EvaluationContext, array: SqlArray | null, separator: string | null, nullText: string | null): Value =>
      run(context, element, array, separator, nullText);
  };
}

function arrayText(
  context: EvaluationContext,
  element: TypeDefinition,
  array: SqlArray | null,
  separator: string | null,
  nullText: string | null,
): string | null {
  if (array === null || separator === null) return null;
  const parts: string[] = [];
  for (const item of array.items) {
    if (item !== null) parts.push(element.output(item, context));
    else if (nullText !== null) parts.push(nullText);
  }
  return parts.join(separator);
}

/** One conversion of a format string: %[position$][flags][width]type, the width possibly `*` or `*n$`. */
const CONVERSION =
  /%(?:(?<percent>%)|(?:(?<position>\d+)\$)?(?<flags>-*)(?:(?<width>\d+)|(?<star>\*)(?:(?<starPosition>\d+)\$)?)?(?<type>[\s\S])?)/g;

function formatted(context: EvaluationContext, values: readonly Value[], types: readonly TypeDefinition[]): string | null {
  const template = values[0];
  if (template === null) return null;
  let next = 1;
  const take = (position: string | undefined): number => {
    const at = position === undefined ? next : Number(position);
    if (at === 0) throw new SqlError('invalid_parameter_value', 'format specifies argument 0, but arguments are numbered from 1');
    if (at >= values.length) throw new SqlError('invalid_parameter_value', 'too few arguments for format()');
    next = at + 1;
    return at;
  };
  return (template as string).replaceAll(CONVERSION, (...match) => {
    const groups = present(match.at(-1) as Record<string, string | undefined> | undefined, 'the pattern has named groups');
    if (groups['percent'] !== undefined) return '%';
    if (groups['type'] === undefined)
      throw new SqlError('invalid_parameter_value', 'unterminated format() type specifier', { hint: 'For a single "%" use "%%".' });
    let width = groups['width'] === undefined ? 0 : Number(groups['width']);
    let atStart = groups['flags'] === '' || groups['flags'] === undefined;
    if (groups['star'] !== undefined) {
      const chosen = values[take(groups['starPosition'])];
      width = chosen === null ? 0 : Number(chosen);
      if (width < 0) atStart = false;
      width = Math.abs(width);
    }
    if (!/[sIL]/.test(groups['type'])) {
      throw new SqlError('invalid_parameter_value', `unrecognized format() type specifier "${groups['type']}"`, {
        hint: 'For a single "%" use "%%".',
      });
    }
    const at = take(groups['position']);
    const piece = converted(context, groups['type'], values[at], types[at]);
    const fill = ' '.repeat(Math.max(0, width - characterCount(piece)));
    return atStart ? fill + piece : piece + fill;
  });
}

function converted(context: EvaluationContext, type: string, value: Value, definition: TypeDefinition): string {
  if (value === null) {
    if (type === 'I') throw new SqlError('null_value_not_allowed', 'null values cannot be formatted as an SQL identifier');
    return type === 'L' ? 'NULL' : '';
  }
  const output = definition.output(value, context);
  return type === 's' ? output : type === 'I' ? quoteIdentifier(output) : quoteLiteral(output);
}
