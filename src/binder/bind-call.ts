/**
 * Function calls. A scalar call stays where it is; an aggregate, a window call or a set-returning call is lifted out to the
 * node that computes it, and a column stands in its place.
 */
import type { FuncCall } from '@pgsql/types';
import { AssertionError, unreachable } from '../base/assert.ts';
import { isSqlError, SqlError } from '../base/sql-error.ts';
import type { ScalarFunction, SetFunction, SqlFunction } from '../types/function.ts';
import { OID } from '../types/oid.ts';
import { resolveFunction, type ResolvedFunction } from '../types/resolve.ts';
import type { SqlType } from '../types/type.ts';
import { typeByName } from '../types/types.ts';
import { bindAggregate } from './bind-aggregate.ts';
import { bindExpression } from './bind-expression.ts';
import { bindWindowCall } from './bind-window.ts';
import { coerce, coerceArgument, settleUnknown } from './coerce.ts';
import type { Expression, SetCall } from './expression.ts';
import { stringList } from './node.ts';
import { specialized } from './operator.ts';
import type { Level } from './scope.ts';
import { arrayType, baseType, RECORD, typeOf } from './typing.ts';

/** A call with its function chosen and its arguments coerced, before it is decided where it goes. */
export interface ResolvedCall {
  readonly name: string;
  readonly function: SqlFunction;
  readonly args: readonly Expression[];
  readonly type: SqlType;
  readonly location: number;
}

export function bindCall(level: Level, node: FuncCall): Expression {
  const { binding } = level;
  const location = node.location ?? 0;
  const special = bindSpecial(node);
  if (special !== undefined) return special;
  const call = resolveCall(level, node);
  if ('kind' in call) return call;
  checkDecorations(level, node, call);
  const chosen = call.function;
  switch (chosen.kind) {
    case 'scalar':
      return binding.locate<Expression>(
        {
          kind: 'call',
          function: specialized(
            chosen,
            call.args.map((arg) => arg.type),
            call.type,
          ),
          args: call.args,
          type: call.type,
        },
        location,
      );
    case 'aggregate':
      return node.over === undefined ? bindAggregate(level, node, call, chosen) : bindWindowCall(level, node, call);
    case 'window':
      if (node.over === undefined)
        throw binding.error('wrong_object_type', `window function ${call.name} requires an OVER clause`, location);
      return bindWindowCall(level, node, call);
    case 'set':
      return liftSet(level, call);
    default:
      return unreachable(chosen);
  }
}

function checkDecorations(level: Level, node: FuncCall, call: ResolvedCall): void {
  const { binding } = level;
  const { kind } = call.function;
  if (kind === 'aggregate') return;
  const refuse = (words: string): never => {
    throw binding.error('wrong_object_type', words, call.location);
  };
  if (node.agg_star === true) refuse(`${call.name}(*) specified, but ${call.name} is not an aggregate function`);
  if (node.agg_distinct === true && kind !== 'window') refuse(`DISTINCT specified, but ${call.name} is not an aggregate function`);
  if (node.agg_within_group === true) refuse(`WITHIN GROUP specified, but ${call.name} is not an aggregate function`);
  if (node.agg_order !== undefined && kind !== 'window') refuse(`ORDER BY specified, but ${call.name} is not an aggregate function`);
  if (node.agg_filter !== undefined && kind !== 'window') refuse(`FILTER specified, but ${call.name} is not an aggregate function`);
  if (node.over !== undefined && kind !== 'window')
    refuse(`OVER specified, but ${call.name} is not a window function nor an aggregate function`);
}

/** Chooses the function for a call's arguments, or answers with an expression when the call is a cast in disguise: `float8(x)`. */
export function resolveCall(level: Level, node: FuncCall): ResolvedCall | Expression {
  const { binding } = level;
  const location = node.location ?? 0;
  const names = stringList(node.funcname);
  const name = names[names.length - 1];
  const nodes = node.args ?? [];
  const written = nodes.map((arg) => bindExpression(level, arg));
  const withinGroup =
    node.agg_within_group === true
      ? (node.agg_order ?? []).flatMap((item) => ('SortBy' in item && item.SortBy.node !== undefined ? [item.SortBy.node] : []))
      : [];
  const args = [...written, ...withinGroup.map((item) => bindExpression(level, item))];
  checkSchema(level, names, location);
  const cast = castCall(level, name, args, node);
  if (cast !== undefined) return cast;
  const types = args.map((arg) => baseType(binding, arg.type));
  if (name === 'unnest' && types.length === 1 && types[0].oid === OID.unknown) throw ambiguousUnnest(binding, location);
  const found = binding.at(location, () =>
    qualifying(names, () => resolveFunction(binding.sources.registry, name, types, { variadic: node.func_variadic === true })),
  );
  const targets = found.argumentTypes;
  const coerced = args.map((arg, index) => settleUnknown(binding, coerceArgument(binding, arg, targets[index])));
  return { name, function: found.function, args: completeArguments(level, found, coerced), type: found.result, location };
}

/** PostgreSQL's errors repeat a function's name as it was written, schema included. */
function qualifying<T>(names: readonly string[], f: () => T): T {
  try {
    return f();
  } catch (error) {
    if (names.length < 2 || !(error instanceof SqlError)) throw error;
    throw new SqlError(error.condition, error.message.replace(/^function /, `function ${names.slice(0, -1).join('.')}.`), {
      hint: error.hint,
    });
  }
}

/** Defaults appended, and a VARIADIC tail of one type packed into its array. */
function completeArguments(level: Level, found: ResolvedFunction, args: readonly Expression[]): readonly Expression[] {
  const chosen = found.function;
  if (found.expanded && chosen.variadic !== OID.any) {
    const fixed = chosen.arguments.length - 1;
    const type = arrayType(level.binding, found.argumentTypes[fixed]);
    if (type === undefined) throw new AssertionError('a VARIADIC element has an array type', { name: chosen.name });
    return [...args.slice(0, fixed), { kind: 'array', args: args.slice(fixed), nested: false, type: typeOf(type.oid) }];
  }
  if (found.defaulted === 0) return args;
  const values = (chosen.defaults ?? []).slice(-found.defaulted);
  return [
    ...args,
    ...values.map((value, index): Expression => ({ kind: 'constant', value, type: typeOf(chosen.arguments[args.length + index]) })),
  ];
}

/** PostgreSQL also unnests text search vectors and multiranges, so that an unknown argument does not tell which is meant. */
function ambiguousUnnest(binding: Level['binding'], location: number): SqlError {
  return binding.error('ambiguous_function', 'function unnest(unknown) is not unique', location, {
    hint: 'Could not choose a best candidate function. You might need to add explicit type casts.',
  });
}

function checkSchema(level: Level, names: readonly string[], location: number): void {
  const schema = names.length > 1 ? names[names.length - 2] : undefined;
  if (schema === undefined || schema === 'pg_catalog') return;
  if (level.binding.sources.catalog.findSchema(schema) === undefined) {
    throw level.binding.error('invalid_schema_name', `schema "${schema}" does not exist`, location);
  }
}

/** `type(x)` is a cast when no function has that very signature. */
function castCall(level: Level, name: string, args: readonly Expression[], node: FuncCall): Expression | undefined {
  const { binding } = level;
  if (args.length !== 1 || node.over !== undefined || node.agg_star === true || node.agg_distinct === true) return undefined;
  const target = typeByName(name);
  if (target === undefined) return undefined;
  const [arg] = args;
  const exact = binding.sources.registry
    .functions(name)
    .some((candidate) => candidate.arguments.length === 1 && candidate.arguments[0] === arg.type.oid);
  if (exact) return undefined;
  try {
    resolveFunction(binding.sources.registry, name, [arg.type], { variadic: false });
    if (arg.type.oid !== OID.unknown) return undefined;
  } catch (error) {
    if (!isSqlError(error)) throw error;
  }
  const made = coerce(binding, arg, typeOf(target.oid), 'explicit');
  return made && binding.locate(made === arg ? { ...made } : made, node.location ?? 0);
}

/** A set-returning call in an expression: a ProjectSet node below makes its column. */
function liftSet(level: Level, call: ResolvedCall): Expression {
  const { binding } = level;
  const { location } = call;
  if (!level.clause.sets)
    throw binding.error('feature_not_supported', `set-returning functions are not allowed in ${level.clause.words}`, location);
  if (level.setsRefusedBy !== undefined) {
    throw binding.error('feature_not_supported', `set-returning functions are not allowed in ${level.setsRefusedBy}`, location, {
      hint: 'You might be able to move the set-returning function into a LATERAL FROM item.',
    });
  }
  const made = setCallOf(call);
  const ref = binding.newRef({ name: call.name, relation: undefined, table: 0, attribute: 0 });
  level.setCalls.push({ ref, call: binding.locate(made, location) });
  const chosen = made.function;
  if (chosen.kind === 'set' && chosen.columns !== undefined && chosen.columns.length > 1) {
    binding.setShape(
      ref,
      chosen.columns.map((column) => ({ name: column.name, type: typeOf(column.type) })),
    );
  }
  return binding.locate<Expression>({ kind: 'column', ref, type: made.type }, location);
}

/** The call as FROM and ProjectSet run it; several columns make a record. */
export function setCallOf(call: ResolvedCall): SetCall {
  const chosen = call.function;
  if (chosen.kind === 'set') {
    const columns = chosen.columns?.map((column) => (column.type === OID.anyelement ? { ...column, type: call.type.oid } : column));
    return { function: { ...chosen, columns }, args: call.args, type: (columns?.length ?? 0) > 1 ? RECORD : call.type };
  }
  if (chosen.kind === 'scalar')
    return {
      function: specialized(
        chosen,
        call.args.map((arg) => arg.type),
        call.type,
      ),
      args: call.args,
      type: call.type,
    };
  throw new AssertionError('only scalar and set-returning functions give rows', { name: call.name });
}

/** Whether the call's function may stand in FROM. */
export function givesRows(chosen: SqlFunction): chosen is ScalarFunction | SetFunction {
  return chosen.kind === 'set' || chosen.kind === 'scalar';
}

/** Calls whose arguments are not ordinary values. None of them is a function of its own in pg_proc. */
function bindSpecial(node: FuncCall): Expression | undefined {
  const names = stringList(node.funcname);
  if (names.length === 2 && names[0] === 'pg_catalog' && names[1] === 'pg_collation_for') {
    return { kind: 'constant', value: '"default"', type: typeOf(OID.text) };
  }
  return undefined;
}
