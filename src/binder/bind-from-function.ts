/** Functions in FROM: one, several zipped by ROWS FROM, WITH ORDINALITY, and column definition lists. */
import type { Node, RangeFunction } from '@pgsql/types';
import { givesRows, resolveCall, setCallOf } from './bind-call.ts';
import { bindExpression } from './bind-expression.ts';
import { scopeItem, type FromItem } from './bind-from.ts';
import { CLAUSE } from './clause.ts';
import { columnName } from './column-name.ts';
import type { ColumnRef, Expression, SetCall } from './expression.ts';
import { listOf, stringList } from './node.ts';
import type { Level, ScopeColumn } from './scope.ts';
import { bindTypeName, INT8, typeOf } from './typing.ts';

interface OneFunction {
  readonly name: string;
  readonly source: SetCall | Expression;
  readonly columns: readonly ScopeColumn[];
  /** Its one column takes the alias's name. */
  readonly scalar: boolean;
}

/** The item; functions see what is to their left without saying LATERAL. */
export function bindFunctionItem(level: Level, node: RangeFunction): FromItem {
  const { binding } = level;
  const entries = (node.functions ?? []).flatMap((entry) =>
    splitUnnest(listOf(entry)[0], node.is_rowsfrom === true ? listOf(entry)[1] : undefined),
  );
  const before = level.setCalls.length;
  const functions = level.in(CLAUSE.functionFrom, () =>
    entries.map((entry) => bindOne(level, entry.call, node.coldeflist ?? entry.definitions)),
  );
  const [first] = functions;
  const only = functions.length === 1;
  const name = node.alias?.aliasname ?? first.name;
  const columns = functions.flatMap((one) =>
    one.scalar && only && node.alias?.aliasname !== undefined ? one.columns.map((column) => ({ ...column, name })) : one.columns,
  );
  const ordinality = node.ordinality === true ? binding.newRef({ name: 'ordinality', relation: name, table: 0, attribute: 0 }) : undefined;
  const all = ordinality === undefined ? columns : [...columns, { name: 'ordinality', ref: ordinality, type: INT8 }];
  const scalar = only && first.columns.length === 1 && first.scalar && ordinality === undefined;
  const item = scopeItem(level, name, all, node.alias, { schema: undefined, table: undefined, scalar });
  const nested = level.setCalls.splice(before);
  if (nested.length > 0)
    throw binding.error(
      'feature_not_supported',
      'set-returning functions must appear at top level of FROM',
      binding.locationOf(nested[0].call),
    );
  return { plan: planOf(functions, ordinality, name), items: [item], lateral: true };
}

function planOf(functions: readonly OneFunction[], ordinality: ColumnRef | undefined, alias: string): FromItem['plan'] {
  const [first] = functions;
  if (
    functions.length === 1 &&
    ordinality === undefined &&
    !('function' in first.source && 'args' in first.source && !('kind' in first.source))
  ) {
    return { kind: 'values', output: first.columns.map((column) => column.ref), rows: [[asExpression(first.source)]] };
  }
  return {
    kind: 'function_scan',
    calls: functions.map((one) => ({ call: asCall(one.source), columns: one.columns.map((column) => column.ref) })),
    ordinality,
    alias,
  };
}

function asExpression(source: SetCall | Expression): Expression {
  return 'kind' in source ? source : { kind: 'constant', value: null, type: source.type };
}

function asCall(source: SetCall | Expression): SetCall {
  if (!('kind' in source)) return source;
  return { function: identityOf(source), args: [source], type: source.type };
}

/** A value in FROM's function list is a function of itself. */
function identityOf(source: Expression): SetCall['function'] {
  return {
    kind: 'scalar',
    name: 'value',
    arguments: [source.type.oid],
    result: source.type.oid,
    strict: false,
    volatility: 'immutable',
    evaluate: (_context, value) => value,
  };
}

/** unnest(a, b) is ROWS FROM (unnest(a), unnest(b)). */
function splitUnnest(
  call: Node,
  definitions: Node | undefined,
): readonly { readonly call: Node; readonly definitions: readonly Node[] | undefined }[] {
  const list = definitions === undefined || !('List' in definitions) ? undefined : definitions.List.items;
  if (!('FuncCall' in call) || (call.FuncCall.args?.length ?? 0) < 2 || stringList(call.FuncCall.funcname).at(-1) !== 'unnest')
    return [{ call, definitions: list }];
  return (call.FuncCall.args ?? []).map((arg) => ({ call: { FuncCall: { ...call.FuncCall, args: [arg] } }, definitions: list }));
}

function bindOne(level: Level, node: Node, definitions: readonly Node[] | undefined): OneFunction {
  const { binding } = level;
  const name = columnName(node);
  const special = !('FuncCall' in node);
  const resolved = special ? bindExpression(level, node) : resolveCall(level, node.FuncCall);
  if ('kind' in resolved) {
    const ref = binding.newRef({ name, relation: name, table: 0, attribute: 0 });
    return { name, source: resolved, columns: [{ name, ref, type: resolved.type }], scalar: true };
  }
  if (!givesRows(resolved.function)) {
    const what = resolved.function.kind === 'aggregate' ? 'aggregate' : 'window';
    throw binding.error(
      what === 'aggregate' ? 'grouping_error' : 'windowing_error',
      `${what} functions are not allowed in functions in FROM`,
      resolved.location,
    );
  }
  const call = setCallOf(resolved);
  const declared = call.function.kind === 'set' ? call.function.columns : undefined;
  const written = (definitions ?? []).flatMap((item) => ('ColumnDef' in item ? [item.ColumnDef] : []));
  const shape =
    written.length > 0
      ? written.map((column) => ({ name: column.colname ?? '', type: bindTypeName(binding, column.typeName ?? {}) }))
      : declared !== undefined
        ? declared.map((column) => ({ name: column.name, type: declared.length === 1 ? resolved.type : typeOf(column.type) }))
        : [{ name, type: resolved.type }];
  const columns = shape.map((column) => ({
    ...column,
    ref: binding.newRef({ name: column.name, relation: name, table: 0, attribute: 0 }),
  }));
  const source = written.length > 0 ? { ...call, definitions: shape } : call;
  return { name, source, columns, scalar: written.length === 0 && declared === undefined };
}
