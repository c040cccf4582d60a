import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Node, TypeName } from '@pgsql/types';
import { isSqlError, SqlError } from '../../src/base/sql-error.ts';
import { parse } from '../../src/sql/parse.ts';
import { loadParser } from '../../src/sql/parser.ts';
import type { EvaluationContext, ScalarFunction } from '../../src/types/function.ts';
import { buildRegistry } from '../../src/types/registry.ts';
import { commonType, resolveFunction, resolveOperator } from '../../src/types/resolve.ts';
import { OID } from '../../src/types/oid.ts';
import type { SqlType } from '../../src/types/type.ts';
import { arrayTypeOf, formatType, parseTypeModifier, typeByName, typeDefinition } from '../../src/types/types.ts';
import { SqlArray, SqlRecord, type Value } from '../../src/types/value.ts';

interface Evaluated {
  readonly type: SqlType;
  readonly value: Value;
}

await loadParser({ wasmBinary: readFileSync(createRequire(import.meta.url).resolve('libpg-query/wasm/libpg-query.wasm')) });
const registry = buildRegistry();

/** What a constant expression is: `type: text`, `type: null`, or `! SQLSTATE message`. */
export async function answer(text: string, context: EvaluationContext): Promise<string> {
  try {
    const [statement] = parse(`select ${text}`);
    const target = 'SelectStmt' in statement.node ? statement.node.SelectStmt.targetList?.[0] : undefined;
    if (target === undefined || !('ResTarget' in target) || target.ResTarget.val === undefined) throw new Error(`no expression: ${text}`);
    const made = settle(await evaluate(target.ResTarget.val, context), context);
    return `${formatType(made.type.oid, -1)}: ${made.value === null ? 'null' : typeDefinition(made.type.oid).output(made.value, context)}`;
  } catch (error) {
    if (isSqlError(error)) return `! ${error.code} ${error.message}${error.detail === undefined ? '' : ` -- ${error.detail}`}`;
    throw error;
  }
}

async function evaluate(node: Node, context: EvaluationContext): Promise<Evaluated> {
  if ('A_Const' in node) return constant(node.A_Const);
  if ('TypeCast' in node) {
    const { arg, typeName } = node.TypeCast;
    if (arg === undefined || typeName === undefined) throw new Error('a cast has both');
    return coerce(await evaluate(arg, context), typeOf(typeName), context, true);
  }
  if ('A_Expr' in node) {
    const { lexpr, rexpr, name, kind } = node.A_Expr;
    if (rexpr === undefined) throw new Error('an operand is missing');
    if (kind !== 'AEXPR_OP' && kind !== 'AEXPR_LIKE' && kind !== 'AEXPR_ILIKE') throw new Error(`${String(kind)} is not for these tests`);
    return operate(nameOf(name), lexpr === undefined ? undefined : await evaluate(lexpr, context), await evaluate(rexpr, context), context);
  }
  if ('FuncCall' in node) return call(nameOf(node.FuncCall.funcname), await all(node.FuncCall.args ?? [], context), context);
  if ('A_ArrayExpr' in node) return array(await all(node.A_ArrayExpr.elements ?? [], context), context);
  if ('RowExpr' in node) {
    const fields = (await all(node.RowExpr.args ?? [], context)).map((field) => settle(field, context));
    return {
      type: plain(OID.record),
      value: new SqlRecord(
        fields.map((field) => field.value),
        fields.map((field) => field.type.oid),
      ),
    };
  }
  throw new Error(`not for these tests: ${Object.keys(node).join()}`);
}

async function all(nodes: readonly Node[], context: EvaluationContext): Promise<Evaluated[]> {
  const made: Evaluated[] = [];
  for (const node of nodes) made.push(await evaluate(node, context));
  return made;
}

function constant(node: {
  isnull?: boolean;
  ival?: { ival?: number };
  fval?: { fval?: string };
  sval?: { sval?: string };
  boolval?: { boolval?: boolean };
}): Evaluated {
  if (node.isnull === true) return { type: plain(OID.unknown), value: null };
  if (node.ival !== undefined) return { type: plain(OID.int4), value: node.ival.ival ?? 0 };
  if (node.boolval !== undefined) return { type: plain(OID.bool), value: node.boolval.boolval ?? false };
  if (node.sval !== undefined) return { type: plain(OID.unknown), value: node.sval.sval ?? '' };
  const digits = node.fval?.fval ?? '';
  const type = /^\d+$/.test(digits) && BigInt(digits) <= 9223372036854775807n ? OID.int8 : OID.numeric;
  return { type: plain(type), value: typeDefinition(type).input(digits, NEVER, -1) };
}

function coerce(from: Evaluated, target: SqlType, context: EvaluationContext, explicit: boolean): Evaluated {
  if (from.type.oid === OID.unknown) {
    if (target.oid === OID.any || target.oid === OID.unknown) return from;
    const value =
      from.value === null
        ? null
        : typeDefinition(target.oid).input(literalText(from.value), context, target.oid === OID.interval ? target.modifier : -1);
    return fit({ type: plain(target.oid), value }, target, context, explicit);
  }
  if (from.type.oid === target.oid || target.oid === OID.any) return fit(from, target, context, explicit);
  const cast = registry.cast(from.type.oid, target.oid);
  if (cast === undefined || (cast.context !== 'implicit' && !explicit)) {
    throw new SqlError('cannot_coerce', `cannot cast type ${formatType(from.type.oid, -1)} to ${formatType(target.oid, -1)}`);
  }
  return { type: target, value: from.value === null ? null : cast.convert(from.value, context, target.modifier, explicit) };
}

function literalText(value: Value): string {
  if (typeof value !== 'string') throw new Error('a literal holds its text');
  return value;
}

function fit(from: Evaluated, target: SqlType, context: EvaluationContext, explicit: boolean): Evaluated {
  const cast = target.modifier < 0 ? undefined : registry.cast(target.oid, target.oid);
  if (cast === undefined || from.value === null) return { type: target, value: from.value };
  return { type: target, value: cast.convert(from.value, context, target.modifier, explicit) };
}

async function operate(name: string, left: Evaluated | undefined, right: Evaluated, context: EvaluationContext): Promise<Evaluated> {
  const found = resolveOperator(registry, name, left?.type, right.type);
  const args =
    left === undefined
      ? [coerce(right, found.right, context, false)]
      : [coerce(left, found.left ?? left.type, context, false), coerce(right, found.right, context, false)];
  return { type: found.result, value: await run(found.operator.function, args, found.result, context) };
}

async function call(name: string, args: readonly Evaluated[], context: EvaluationContext): Promise<Evaluated> {
  const found = resolveFunction(
    registry,
    name,
    args.map((arg) => arg.type),
  );
  if (found.function.kind !== 'scalar') throw new Error('only scalar functions here');
  const coerced = args.map((arg, index) =>
    found.argumentTypes[index].oid === OID.any ? settle(arg, context) : coerce(arg, found.argumentTypes[index], context, false),
  );
  const fixed = found.function.arguments.length;
  const defaults = (found.function.defaults ?? [])
    .slice((found.function.defaults?.length ?? 0) - found.defaulted)
    .map((value, index): Evaluated => ({ type: plain(found.function.arguments[fixed - found.defaulted + index]), value }));
  return { type: found.result, value: await run(found.function, [...coerced, ...defaults], found.result, context) };
}

function run(made: ScalarFunction, args: readonly Evaluated[], result: SqlType, context: EvaluationContext): Value | Promise<Value> {
  if (made.strict && args.some((arg) => arg.value === null)) return null;
  const evaluateIt =
    made.specialize === undefined
      ? made.evaluate
      : made.specialize(
          args.map((arg) => arg.type),
          result,
        );
  return evaluateIt(context, ...args.map((arg) => arg.value));
}

function array(elements: readonly Evaluated[], context: EvaluationContext): Evaluated {
  const common = commonType(
    registry,
    elements.map((element) => element.type),
  );
  if (common === undefined)
    throw new SqlError(
      'datatype_mismatch',
      `ARRAY types ${elements
        .map((element) => formatType(element.type.oid, -1))
        .slice(0, 2)
        .join(' and ')} cannot be matched`,
    );
  const items = elements.map((element) => coerce(element, common, context, false).value);
  if (!items.some((item) => item instanceof SqlArray)) return { type: plain(arrayTypeOf(common.oid)), value: new SqlArray(items) };
  const inner = items.map((item) => item as SqlArray);
  return {
    type: common,
    value: new SqlArray(
      inner.flatMap((item) => item.items),
      [inner.length, ...inner[0].lengths],
    ),
  };
}

function settle(made: Evaluated, context: EvaluationContext): Evaluated {
  return made.type.oid === OID.unknown ? coerce(made, plain(OID.text), context, false) : made;
}

function typeOf(name: TypeName): SqlType {
  const found = typeByName(nameOf(name.names));
  if (found === undefined) throw new SqlError('undefined_object', `type "${nameOf(name.names)}" does not exist`);
  const args = (name.typmods ?? []).map((arg) => ('A_Const' in arg ? (arg.A_Const.ival?.ival ?? 0) : negated(arg)));
  const modifier = args.length === 0 ? -1 : parseTypeModifier(found.oid, args);
  return { oid: (name.arrayBounds?.length ?? 0) === 0 ? found.oid : arrayTypeOf(found.oid), modifier };
}

function negated(node: Node): number {
  const inner = 'A_Expr' in node ? node.A_Expr.rexpr : undefined;
  return inner !== undefined && 'A_Const' in inner ? -(inner.A_Const.ival?.ival ?? 0) : 0;
}

function nameOf(parts: readonly Node[] | undefined): string {
  const last = parts?.[parts.length - 1];
  return last !== undefined && 'String' in last ? (last.String.sval ?? '') : '';
}

function plain(type: SqlType['oid']): SqlType {
  return { oid: type, modifier: -1 };
}

const NEVER = {
  timeZone: 'UTC',
  dateStyle: { format: 'ISO', order: 'MDY' },
  intervalStyle: 'postgres',
  byteaOutput: 'hex',
  extraFloatDigits: 1,
} as const;
