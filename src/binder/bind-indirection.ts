/** What follows an expression in dots and brackets: `(r).field`, `a[1]`, `a[1:2]`, `j['key']`. */
import type { A_Indices, A_Indirection, Node } from '@pgsql/types';
import { OID } from '../types/oid.ts';
import type { Binding } from './binding.ts';
import { bindExpression } from './bind-expression.ts';
import { coerce } from './coerce.ts';
import type { Expression, SubscriptExpression } from './expression.ts';
import { stringOf } from './node.ts';
import type { Level } from './scope.ts';
import { displayType, elementType, INT4, TEXT, typeOf } from './typing.ts';

/** The value selected by a chain of fields and subscripts. */
export function bindIndirection(level: Level, node: A_Indirection): Expression {
  const { binding } = level;
  if (node.arg === undefined) throw binding.error('syntax_error', 'nothing to select from', undefined);
  let value = bindExpression(level, node.arg);
  const location = binding.locationOf(value);
  let indexes: A_Indices[] = [];
  const flush = (): void => {
    if (indexes.length > 0) value = subscript(level, value, indexes, location);
    indexes = [];
  };
  for (const step of node.indirection ?? []) {
    if ('A_Indices' in step) {
      indexes.push(step.A_Indices);
      continue;
    }
    flush();
    if ('A_Star' in step) throw binding.error('feature_not_supported', 'row expansion via "*" is not supported here', location);
    value = selectField(binding, value, stringOf(step), location);
  }
  flush();
  return value;
}

/** Field `name` of a composite. SQLSTATE 42703 or 42809 as PostgreSQL words them. */
export function selectField(binding: Binding, value: Expression, name: string, location: number | undefined): Expression {
  const shape = binding.shapeOf(value);
  const index = shape?.findIndex((field) => field.name === name) ?? -1;
  if (shape !== undefined && index >= 0) {
    const made: Expression = value.kind === 'row' ? value.args[index] : { kind: 'field', arg: value, index, type: shape[index].type };
    return binding.locate(made, location);
  }
  if (value.type.oid === OID.record)
    throw binding.error('undefined_column', `could not identify column "${name}" in record data type`, location);
  throw binding.error(
    'wrong_object_type',
    `column notation .${name} applied to type ${displayType(binding, value.type)}, which is not a composite type`,
    location,
  );
}

function subscript(level: Level, arg: Expression, nodes: readonly A_Indices[], location: number | undefined): Expression {
  const { binding } = level;
  if (arg.type.oid === OID.jsonb) return jsonSubscript(level, arg, nodes, location);
  const element = elementType(binding, arg.type);
  if (element === undefined) {
    throw binding.error(
      'datatype_mismatch',
      `cannot subscript type ${displayType(binding, arg.type)} because it does not support subscripting`,
      location,
    );
  }
  const sliced = nodes.some((node) => node.is_slice === true);
  const indexes = nodes.map((node): SubscriptExpression['indexes'][number] => {
    if (!sliced) return { at: index(level, node.uidx) ?? constantOne() };
    if (node.is_slice === true) return { lower: index(level, node.lidx), upper: index(level, node.uidx) };
    return { lower: constantOne(), upper: index(level, node.uidx) };
  });
  return binding.locate<Expression>({ kind: 'subscript', arg, indexes, type: sliced ? arg.type : element }, location);
}

function jsonSubscript(level: Level, arg: Expression, nodes: readonly A_Indices[], location: number | undefined): Expression {
  const { binding } = level;
  const indexes = nodes.map((node) => {
    if (node.is_slice === true || node.uidx === undefined) {
      throw binding.error('datatype_mismatch', 'jsonb subscript does not support slices', location);
    }
    const bound = bindExpression(level, node.uidx);
    const key = coerce(binding, bound, bound.type.oid === OID.unknown ? TEXT : bound.type, 'implicit') ?? bound;
    return { at: key };
  });
  return binding.locate<Expression>({ kind: 'subscript', arg, indexes, type: typeOf(OID.jsonb) }, location);
}

function index(level: Level, node: Node | undefined): Expression | undefined {
  if (node === undefined) return undefined;
  const { binding } = level;
  const bound = bindExpression(level, node);
  const made = coerce(binding, bound, INT4, 'assignment');
  if (made === undefined) throw binding.error('datatype_mismatch', 'array subscript must have type integer', binding.locationOf(bound));
  return made;
}

function constantOne(): Expression {
  return { kind: 'constant', value: 1, type: INT4 };
}
