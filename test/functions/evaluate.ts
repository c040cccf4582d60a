import { isSqlError } from '../../src/base/sql-error.ts';
import type { AggregateFunction, EvaluationContext, ScalarFunction, SetFunction, SqlFunction } from '../../src/types/function.ts';
import { libraryFunctions } from '../../src/types/functions/library.ts';
import { OID, type Oid } from '../../src/types/oid.ts';
import type { SqlType } from '../../src/types/type.ts';
import { arrayTypeOf, formatType, typeByName, typeDefinition } from '../../src/types/types.ts';
import { SqlArray, SqlRecord, type Row, type Value } from '../../src/types/value.ts';
import type { GoldenCase } from './golden.ts';

const byName = new Map<string, SqlFunction[]>();
for (const candidate of libraryFunctions()) byName.set(candidate.name, [...(byName.get(candidate.name) ?? []), candidate]);

/** The library's answer to a golden case, in the golden file's form. */
export async function answer(wanted: GoldenCase, context: EvaluationContext): Promise<string> {
  try {
    const value = await evaluate(wanted, context);
    return value;
  } catch (error) {
    if (isSqlError(error)) return `! ${error.code} ${error.message}`;
    throw error;
  }
}

interface Argument {
  readonly type: SqlType;
  readonly value: Value;
}

function argumentOf(arg: GoldenCase['args'][number], context: EvaluationContext): Argument {
  const isArray = arg.type.endsWith('[]');
  const element = typeOid(isArray ? arg.type.slice(0, -2) : arg.type);
  const type = isArray ? arrayTypeOf(element) : element;
  return { type: { oid: type, modifier: -1 }, value: arg.text === null ? null : typeDefinition(type).input(arg.text, context, -1) };
}

function typeOid(name: string): Oid {
  const found = typeByName(name);
  if (found === undefined) throw new Error(`no type ${name}`);
  return found.oid;
}

async function evaluate(wanted: GoldenCase, context: EvaluationContext): Promise<string> {
  const args = wanted.args.map((arg) => argumentOf(arg, context));
  if (wanted.kind === 'aggregate') return evaluateAggregate(wanted, args, context);
  const types = args.map((arg) => arg.type);
  const chosen = find(wanted, types, wanted.kind);
  const values = [...args.map((arg) => arg.value), ...missingDefaults(chosen, args.length)];
  if (chosen.kind === 'set') {
    const result = resultType(chosen, types);
    const rows = chosen.strict && values.includes(null) ? [] : Array.from(chosen.generate(context, types, ...values));
    return printRows(chosen, rows, result, context);
  }
  if (chosen.kind !== 'scalar') throw new Error('not callable');
  const result = resultType(chosen, types);
  if (chosen.strict && values.includes(null)) return 'null';
  const run = chosen.specialize === undefined ? chosen.evaluate : chosen.specialize(types, { oid: result, modifier: -1 });
  return print(await run(context, ...values), result, context);
}

function evaluateAggregate(wanted: GoldenCase, args: readonly Argument[], context: EvaluationContext): string {
  const columns = args.map((arg) => ({
    type: { oid: typeDefinition(arg.type.oid).elementOid, modifier: -1 },
    items: (arg.value as SqlArray).items,
  }));
  const direct = wanted.direct.map((arg) => argumentOf(arg, context));
  const types = [...direct.map((arg) => arg.type), ...columns.map((column) => column.type)];
  const chosen = find(wanted, types, 'aggregate') as AggregateFunction;
  const result = resultType(chosen, types);
  const accumulator = chosen.specialize(types, { oid: result, modifier: -1 })();
  const rows: Value[][] = columns.length === 0 ? [[], []] : columns[0].items.map((_, at) => columns.map((column) => column.items[at]));
  const compare = chosen.orderedSet === true ? typeDefinition(columns[0].type.oid).compare : undefined;
  if (compare !== undefined) rows.sort(([a], [b]) => (a === null ? 1 : b === null ? -1 : compare(a, b)));
  for (const row of rows) if (!chosen.strict || !row.includes(null)) accumulator.step(context, ...row);
  return print(
    accumulator.finish(
      context,
      direct.map((arg) => arg.value),
    ),
    result,
    context,
  );
}

function missingDefaults(chosen: SqlFunction, given: number): readonly Value[] {
  if (chosen.variadic !== undefined) return [];
  const missing = chosen.arguments.length - given;
  return missing > 0 ? (chosen.defaults ?? []).slice(-missing) : [];
}

const POLYMORPHIC: ReadonlySet<Oid> = new Set([
  OID.any,
  OID.anyelement,
  OID.anynonarray,
  OID.anycompatible,
  OID.anycompatiblenonarray,
  OID.anyenum,
]);
const POLYMORPHIC_ARRAY: ReadonlySet<Oid> = new Set([OID.anyarray, OID.anycompatiblearray]);

function matches(declared: Oid, given: Oid): boolean {
  if (declared === given || POLYMORPHIC.has(declared)) return true;
  return POLYMORPHIC_ARRAY.has(declared) && typeDefinition(given).elementOid !== 0;
}

function find(wanted: GoldenCase, types: readonly SqlType[], kind: SqlFunction['kind']): ScalarFunction | SetFunction | AggregateFunction {
  const candidates = (byName.get(wanted.name) ?? []).filter((candidate) => candidate.kind === kind && accepts(candidate, types));
  const exact = candidates.find((candidate) => candidate.arguments.every((declared, at) => declared === types[at]?.oid));
  const chosen = exact ?? candidates.find((candidate) => candidate.arguments.includes(OID.anyarray)) ?? candidates[0];
  if (chosen === undefined || chosen.kind === 'window') throw new Error(`no ${kind} function for ${wanted.line}`);
  return chosen;
}

function accepts(candidate: SqlFunction, types: readonly SqlType[]): boolean {
  const declared = candidate.arguments;
  if (candidate.variadic !== undefined) {
    const fixed = declared.slice(0, -1);
    return (
      types.length >= fixed.length &&
      types.every((type, at) => matches(at < fixed.length ? fixed[at] : (candidate.variadic ?? OID.any), type.oid))
    );
  }
  const least = declared.length - (candidate.defaults?.length ?? 0);
  return types.length >= least && types.length <= declared.length && types.every((type, at) => matches(declared[at], type.oid));
}

function resultType(chosen: SqlFunction, types: readonly SqlType[]): Oid {
  if (POLYMORPHIC.has(chosen.result)) {
    const direct = chosen.arguments.findIndex((declared) => POLYMORPHIC.has(declared));
    if (direct >= 0) return types[direct].oid;
    return typeDefinition(types[chosen.arguments.findIndex((declared) => POLYMORPHIC_ARRAY.has(declared))].oid).elementOid;
  }
  if (POLYMORPHIC_ARRAY.has(chosen.result)) {
    const array = chosen.arguments.findIndex((declared) => POLYMORPHIC_ARRAY.has(declared));
    if (array >= 0) return types[array].oid;
    return arrayTypeOf(types[chosen.arguments.findIndex((declared) => POLYMORPHIC.has(declared))].oid);
  }
  return chosen.result;
}

function print(value: Value, type: Oid, context: EvaluationContext): string {
  if (value === null) return 'null';
  const definition = typeDefinition(type);
  if (type === OID.regtype) return `regtype: ${formatType(value as Oid, -1)}`;
  return `${definition.displayName}: ${definition.oid === OID.bool ? String(value) : definition.output(value, context)}`;
}

function printRows(chosen: SetFunction, rows: readonly Row[], result: Oid, context: EvaluationContext): string {
  if (rows.length === 0) return 'null';
  const columns = chosen.columns ?? [{ name: chosen.name, type: result }];
  const texts = rows.map((row) =>
    columns.length === 1
      ? row[0] === null
        ? null
        : typeDefinition(columns[0].type === OID.anyelement ? result : columns[0].type).output(row[0], context)
      : typeDefinition(OID.record).output(
          new SqlRecord(
            row,
            columns.map((column) => column.type),
          ),
          context,
        ),
  );
  return `${typeDefinition(result).displayName}: ${typeDefinition(arrayTypeOf(OID.text)).output(new SqlArray(texts), context)}`;
}
