/**
 * A syntax node becomes a typed expression: the dispatch over node kinds. Every kind has its own file; this one knows which.
 */
import type { A_Const, Node, ParamRef } from '@pgsql/types';
import { LIMITS } from '../base/limits.ts';
import { OID } from '../types/oid.ts';
import { formatType, isCollatable, typeDefinition } from '../types/types.ts';
import { bindArray } from './bind-array.ts';
import { bindCall } from './bind-call.ts';
import { bindCase, bindCoalesce, bindExtremum } from './bind-case.ts';
import { bindColumn } from './bind-column.ts';
import { bindIndirection } from './bind-indirection.ts';
import { bindOperator } from './bind-operator.ts';
import { bindBooleanTest, bindNullTest } from './bind-test.ts';
import { bindSubquery } from './bind-subquery.ts';
import { bindGrouping } from './bind-grouping-call.ts';
import { bindValueFunction } from './bind-value-function.ts';
import { coerceBoolean, coerceExplicit } from './coerce.ts';
import type { Expression } from './expression.ts';
import { combine, negate } from './logic.ts';
import { kindOf } from './node.ts';
import type { Level } from './scope.ts';
import { bindTypeName, BOOL, elementType, INT4, INT8, RECORD, typeOf, UNKNOWN } from './typing.ts';

/** The bound form of `node` among the names of `level`. Literals and untyped parameters come back as type unknown. */
export function bindExpression(level: Level, node: Node): Expression {
  return level.binding.deeper(() => bindNode(level, node));
}

function bindNode(level: Level, node: Node): Expression {
  const { binding } = level;
  if ('ColumnRef' in node) return bindColumn(level, node.ColumnRef);
  if ('A_Const' in node) return binding.locate(bindConstant(level, node.A_Const), node.A_Const.location ?? 0);
  if ('A_Expr' in node) return bindOperator(level, node.A_Expr);
  if ('BoolExpr' in node)
    return bindLogic(level, node.BoolExpr.boolop ?? 'AND_EXPR', node.BoolExpr.args ?? [], node.BoolExpr.location ?? 0);
  if ('FuncCall' in node) return bindCall(level, node.FuncCall);
  if ('ParamRef' in node) return bindParameter(level, node.ParamRef);
  if ('TypeCast' in node) {
    const { arg, typeName, location } = node.TypeCast;
    if (arg === undefined || typeName === undefined) throw unsupported(level, node);
    const target = bindTypeName(binding, typeName);
    const element = elementType(binding, target);
    const inner = 'A_ArrayExpr' in arg && element !== undefined ? bindArray(level, arg.A_ArrayExpr, element) : bindExpression(level, arg);
    const place = location !== undefined && location < 0 ? binding.locationOf(inner) : (location ?? 0);
    const cast = coerceExplicit(binding, inner, target, place);
    return binding.locate(cast === inner ? { ...cast } : cast, Math.min(place ?? 0, binding.locationOf(inner) ?? place ?? 0));
  }
  if ('SubLink' in node) return bindSubquery(level, node.SubLink);
  if ('NullTest' in node) return bindNullTest(level, node.NullTest);
  if ('BooleanTest' in node) return bindBooleanTest(level, node.BooleanTest);
  if ('CaseExpr' in node) return bindCase(level, node.CaseExpr);
  if ('CoalesceExpr' in node) return bindCoalesce(level, node.CoalesceExpr);
  if ('MinMaxExpr' in node) return bindExtremum(level, node.MinMaxExpr);
  if ('SQLValueFunction' in node) return bindValueFunction(level, node.SQLValueFunction);
  if ('A_ArrayExpr' in node) return bindArray(level, node.A_ArrayExpr, undefined);
  if ('RowExpr' in node) {
    const args = (node.RowExpr.args ?? []).flatMap((arg) => bindRowItem(level, arg));
    return binding.locate({ kind: 'row', args, type: RECORD }, node.RowExpr.location ?? 0);
  }
  if ('A_Indirection' in node) return bindIndirection(level, node.A_Indirection);
  if ('CollateClause' in node) return bindCollate(level, node.CollateClause.arg, node.CollateClause.location ?? 0);
  if ('GroupingFunc' in node) return bindGrouping(level, node.GroupingFunc);
  if ('SetToDefault' in node)
    throw binding.error('syntax_error', 'DEFAULT is not allowed in this context', node.SetToDefault.location ?? 0);
  if ('NamedArgExpr' in node)
    throw binding.error('feature_not_supported', 'named arguments are not supported', node.NamedArgExpr.location ?? 0);
  throw unsupported(level, node);
}

/** A field of ROW(…): `t.*` spreads. */
function bindRowItem(level: Level, node: Node): readonly Expression[] {
  const star = 'ColumnRef' in node ? node.ColumnRef.fields?.at(-1) : undefined;
  if (star === undefined || !('A_Star' in star) || !('ColumnRef' in node)) return [bindExpression(level, node)];
  const fields = node.ColumnRef.fields ?? [];
  const whole = bindColumn(level, { ...node.ColumnRef, fields: fields.slice(0, -1) });
  return whole.kind === 'row' ? whole.args : [whole];
}

function unsupported(level: Level, node: Node): Error {
  return level.binding.error('feature_not_supported', `${kindOf(node)} is not supported`, undefined);
}

/** A literal: integers are int4 or int8 when they fit, other numbers numeric, strings and NULL unknown. */
function bindConstant(level: Level, constant: A_Const): Expression {
  if (constant.isnull === true) return { kind: 'constant', value: null, type: UNKNOWN };
  if (constant.ival !== undefined) return { kind: 'constant', value: constant.ival.ival ?? 0, type: INT4 };
  if (constant.boolval !== undefined) return { kind: 'constant', value: constant.boolval.boolval ?? false, type: BOOL };
  if (constant.sval !== undefined) return { kind: 'constant', value: constant.sval.sval ?? '', type: UNKNOWN };
  if (constant.fval !== undefined) return numberConstant(level, constant.fval.fval ?? '0');
  throw level.binding.error('feature_not_supported', 'bit strings are not supported', constant.location ?? 0);
}

function numberConstant(level: Level, written: string): Expression {
  const text = written.replaceAll('_', '');
  const { settings } = level.binding.sources;
  if (/^[+-]?(\d+|0[xob][\da-f]+)$/i.test(text)) {
    const value = text.startsWith('-') ? -BigInt(text.slice(1)) : BigInt(text);
    const fits = value >= -(2n ** 63n) && value < 2n ** 63n;
    if (fits) return { kind: 'constant', value: typeDefinition(OID.int8).input(value.toString(), settings, -1), type: INT8 };
    return { kind: 'constant', value: typeDefinition(OID.numeric).input(value.toString(), settings, -1), type: typeOf(OID.numeric) };
  }
  return { kind: 'constant', value: typeDefinition(OID.numeric).input(text, settings, -1), type: typeOf(OID.numeric) };
}

function bindParameter(level: Level, node: ParamRef): Expression {
  const { binding } = level;
  const number = node.number ?? 0;
  const location = node.location ?? 0;
  if (number < 1 || number > LIMITS.parametersMax) throw binding.error('undefined_parameter', `there is no parameter $${number}`, location);
  while (binding.parameters.length < number) binding.parameters.push(undefined);
  return binding.locate({ kind: 'parameter', index: number - 1, type: binding.parameters[number - 1] ?? UNKNOWN }, location);
}

function bindLogic(level: Level, operator: string, nodes: readonly Node[], location: number): Expression {
  const { binding } = level;
  const words = operator === 'AND_EXPR' ? 'AND' : operator === 'OR_EXPR' ? 'OR' : 'NOT';
  const args = nodes.map((node) => coerceBoolean(binding, bindExpression(level, node), words));
  const made = words === 'NOT' ? negate(args[0]) : combine(words === 'AND' ? 'and' : 'or', args);
  return binding.locate(made, Math.min(location, ...args.map((arg) => binding.locationOf(arg) ?? location)));
}

/** COLLATE: trees and sorts are in C order; any collation name is accepted on collatable types. */
function bindCollate(level: Level, arg: Node | undefined, location: number): Expression {
  const { binding } = level;
  if (arg === undefined) throw binding.error('syntax_error', 'COLLATE needs an expression', location);
  const inner = bindExpression(level, arg);
  if (inner.type.oid !== OID.unknown && !isCollatable(inner.type.oid))
    throw binding.error('datatype_mismatch', `collations are not supported by type ${formatType(inner.type.oid, -1)}`, location);
  return inner;
}
