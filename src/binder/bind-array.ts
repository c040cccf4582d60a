import type { A_ArrayExpr } from '@pgsql/types';
import type { SqlType } from '../types/type.ts';
import { bindExpression } from './bind-expression.ts';
import { coerceArgument, coerceExplicit, commonTypeOf } from './coerce.ts';
import type { Expression } from './expression.ts';
import type { Level } from './scope.ts';
import { arrayType, displayType, elementType } from './typing.ts';

/** ARRAY[…]. With `element` (an enclosing cast's) every item is cast to it, so that even an empty array has a type. */
export function bindArray(level: Level, node: A_ArrayExpr, element: SqlType | undefined): Expression {
  const { binding } = level;
  const location = node.location ?? 0;
  const elements = node.elements ?? [];
  const args = elements.map((item) => ('A_ArrayExpr' in item ? bindArray(level, item.A_ArrayExpr, element) : bindExpression(level, item)));
  if (args.length === 0 && element === undefined) {
    throw binding.error('indeterminate_datatype', 'cannot determine type of empty array', location, {
      hint: 'Explicitly cast to the desired type, for example ARRAY[]::integer[].',
    });
  }
  const nested = elements.some((item) => 'A_ArrayExpr' in item) || args.some((arg) => elementType(binding, arg.type) !== undefined);
  const wanted = element !== undefined && nested ? arrayType(binding, element) : element;
  const common = wanted ?? commonTypeOf(binding, args, 'ARRAY');
  const items = args.map((arg) =>
    wanted === undefined ? coerceArgument(binding, arg, common) : coerceExplicit(binding, arg, common, binding.locationOf(arg)),
  );
  const type = nested ? common : arrayType(binding, common);
  if (type === undefined)
    throw binding.error('undefined_object', `could not find array type for data type ${displayType(binding, common)}`, location);
  return binding.locate<Expression>({ kind: 'array', args: items, nested, type }, location);
}
