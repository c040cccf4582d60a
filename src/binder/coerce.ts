/**
 * Coercion: making an expression of one type into one of another where PostgreSQL would (its chapter 10 and coerce_type).
 *
 *     implicit     operands and arguments        assignment   INSERT and UPDATE targets        explicit   CAST and ::
 *
 * Literals start out as type unknown and become constants of whatever type their surroundings want; parameters of unknown
 * type take that type for the whole statement.
 */
import { assert } from '../base/assert.ts';
import { SqlError } from '../base/sql-error.ts';
import type { SqlCast } from '../types/function.ts';
import { OID, type Oid } from '../types/oid.ts';
import { canCoerce, commonType as resolveCommonType } from '../types/resolve.ts';
import type { SqlType } from '../types/type.ts';
import { findType } from '../types/types.ts';
import type { Value } from '../types/value.ts';
import type { Binding } from './binding.ts';
import { domainCheck } from './domain.ts';
import type { Expression, ParameterExpression } from './expression.ts';
import { baseType, BOOL, displayType, elementType, TEXT, typeOf, UNKNOWN } from './typing.ts';
import { enumCast, enumLabel } from './user-type.ts';

export type CoercionContext = 'implicit' | 'assignment' | 'explicit';

/** Literals of these types that mean the same under every session's settings; others may change between executions. */
const FIXED_TIMES: ReadonlyMap<Oid, RegExp> = new Map([
  [OID.date, /^\d{4}-\d\d?-\d\d?$/],
  [OID.time, /^\d\d?:[\d:.]+$/],
  [OID.timetz, /^\d\d?:[\d:.]+(Z|[+-]\d\d(:?\d\d)?)$/],
  [OID.timestamp, /^\d{4}-\d\d?-\d\d?([T ][\d:.]+)?$/],
  [OID.timestamptz, /^\d{4}-\d\d?-\d\d?[T ][\d:.]+ ?(Z|[+-]\d\d(:?\d\d)?)$/],
]);
/** Types whose literals are names in the catalog. */
const CATALOG_DEPENDENT: ReadonlySet<Oid> = new Set([
  OID.regclass,
  OID.regproc,
  OID.regprocedure,
  OID.regtype,
  OID.regoper,
  OID.regrole,
  OID.regnamespace,
]);

/**
 * The expression as `target`, or undefined when the context does not allow it. A literal that does not parse throws the
 * type's own error. `target.modifier` is applied (varchar(3) cuts or refuses by context).
 */
export function coerce(binding: Binding, expression: Expression, target: SqlType, context: CoercionContext): Expression | undefined {
  const base = baseType(binding, target);
  const converted = coerceToBase(binding, expression, base, context);
  if (converted === undefined || base.oid === target.oid || expression.type.oid === target.oid) return converted;
  return binding.locate(domainCheck(binding, converted, target), binding.locationOf(expression));
}

function coerceToBase(binding: Binding, expression: Expression, target: SqlType, context: CoercionContext): Expression | undefined {
  const source = baseType(binding, expression.type);
  if (expression.type.oid === OID.unknown) return coerceUnknown(binding, expression, target, context);
  if (isAnything(target.oid)) return expression;
  if (source.oid === target.oid) return applyModifier(binding, expression, source, target, context);
  const rowed = coerceRow(binding, expression, target);
  if (rowed !== undefined) return rowed;
  const cast = castBetween(binding, source.oid, target.oid, context);
  return (
    cast &&
    binding.locate<Expression>(
      { kind: 'cast', arg: expression, cast, explicit: context === 'explicit', type: target },
      binding.locationOf(expression),
    )
  );
}

/** PostgreSQL's cast between two base types as the context allows, user types included. */
function castBetween(binding: Binding, source: Oid, target: Oid, context: CoercionContext): SqlCast | undefined {
  const cast = enumCast(binding, source, target) ?? binding.sources.registry.cast(source, target);
  if (cast === undefined || !allows(context, cast.context)) return undefined;
  return cast;
}

function allows(context: CoercionContext, needed: SqlCast['context']): boolean {
  if (needed === 'implicit' || context === 'explicit') return true;
  return needed === 'assignment' && context === 'assignment';
}

function applyModifier(binding: Binding, expression: Expression, source: SqlType, target: SqlType, context: CoercionContext): Expression {
  if (target.modifier < 0 || source.modifier === target.modifier) return expression;
  const cast = binding.sources.registry.cast(target.oid, target.oid);
  if (cast === undefined) return { ...expression, type: target };
  return binding.locate<Expression>(
    { kind: 'cast', arg: expression, cast, explicit: context === 'explicit', type: target },
    binding.locationOf(expression),
  );
}

function coerceUnknown(binding: Binding, expression: Expression, target: SqlType, context: CoercionContext): Expression | undefined {
  const location = binding.locationOf(expression);
  if (target.oid === OID.unknown || isAnything(target.oid)) return expression;
  if (expression.kind === 'parameter') return coerceParameter(binding, expression, target, context);
  if (expression.kind !== 'constant') {
    const viaText = { ...expression, type: TEXT } as Expression;
    return coerceToBase(binding, viaText, target, 'explicit');
  }
  const made = (value: Value, type: SqlType): Expression => binding.locate<Expression>({ kind: 'constant', value, type }, location);
  if (expression.value === null) return made(null, target);
  assert(typeof expression.value === 'string', 'an unknown literal holds its text');
  const text = expression.value;
  if (isCatalogDependent(binding, target) && !/^\d+$/.test(text)) return lateLiteral(binding, text, target, location);
  if (dependsOnSettings(binding, text, target)) binding.markUncacheable();
  const modifier = target.oid === OID.interval ? target.modifier : -1;
  const value = binding.at(location, () => literalValue(binding, text, target.oid, modifier));
  return applyModifier(binding, made(value, typeOf(target.oid)), typeOf(target.oid), target, context);
}

function dependsOnSettings(binding: Binding, text: string, type: SqlType): boolean {
  const element = elementType(binding, type);
  const fixed = FIXED_TIMES.get(element?.oid ?? type.oid);
  return fixed !== undefined && (element !== undefined || !fixed.test(text));
}

function isCatalogDependent(binding: Binding, type: SqlType): boolean {
  return CATALOG_DEPENDENT.has(elementType(binding, type)?.oid ?? type.oid);
}

function literalValue(binding: Binding, text: string, oid: Oid, modifier: number): Value {
  const label = enumLabel(binding, oid, text);
  if (label !== undefined) return label;
  const definition = findType(oid);
  if (definition === undefined)
    throw new SqlError('feature_not_supported', `literals of type ${displayType(binding, typeOf(oid))} are not supported`);
  return definition.input(text, binding.sources.settings, modifier);
}

/** A literal whose meaning is looked up when the statement runs: 'orders'::regclass. */
function lateLiteral(binding: Binding, text: string, target: SqlType, location: number | undefined): Expression | undefined {
  const literal = binding.locate<Expression>({ kind: 'constant', value: text, type: TEXT }, location);
  const cast = binding.sources.registry.cast(OID.text, target.oid);
  return cast && binding.locate<Expression>({ kind: 'cast', arg: literal, cast, explicit: true, type: target }, location);
}

function coerceParameter(
  binding: Binding,
  parameter: ParameterExpression,
  target: SqlType,
  context: CoercionContext,
): Expression | undefined {
  const location = binding.locationOf(parameter);
  const known = binding.parameters[parameter.index];
  if (known === undefined || known.oid === OID.unknown) {
    binding.parameters[parameter.index] = typeOf(target.oid);
  } else if (known.oid !== target.oid) {
    throw binding.error('ambiguous_parameter', `inconsistent types deduced for parameter $${parameter.index + 1}`, location, {
      detail: `${displayType(binding, known)} versus ${displayType(binding, typeOf(target.oid))}`,
    });
  }
  const typed = binding.locate<Expression>({ kind: 'parameter', index: parameter.index, type: typeOf(target.oid) }, location);
  return applyModifier(binding, typed, typeOf(target.oid), target, context);
}

/** ROW(…) becomes a record by any name; records do not turn into anything else. */
function coerceRow(binding: Binding, expression: Expression, target: SqlType): Expression | undefined {
  return target.oid === OID.record && binding.shapeOf(expression) !== undefined ? expression : undefined;
}

function isAnything(oid: Oid): boolean {
  return (
    oid === OID.any || oid === OID.anyelement || oid === OID.anynonarray || oid === OID.anycompatible || oid === OID.anycompatiblenonarray
  );
}

/** `coerce` in implicit context, for a target that type resolution has already found to fit. */
export function coerceArgument(binding: Binding, expression: Expression, target: SqlType): Expression {
  const made = coerce(binding, expression, target, 'implicit');
  if (made === undefined) {
    throw binding.error(
      'cannot_coerce',
      `cannot cast type ${displayType(binding, expression.type)} to ${displayType(binding, target)}`,
      binding.locationOf(expression),
    );
  }
  return made;
}

/** `coerce` for CAST; SQLSTATE 42846 when there is no such cast. */
export function coerceExplicit(binding: Binding, expression: Expression, target: SqlType, location: number | undefined): Expression {
  const made = coerce(binding, expression, target, 'explicit');
  if (made === undefined) {
    throw binding.error(
      'cannot_coerce',
      `cannot cast type ${displayType(binding, expression.type)} to ${displayType(binding, target)}`,
      location,
    );
  }
  return made;
}

/** `coerce` for a boolean position: WHERE, ON, WHEN, AND … `words` names it in the error (42804). */
export function coerceBoolean(binding: Binding, expression: Expression, words: string): Expression {
  const made = coerce(binding, expression, BOOL, 'assignment');
  if (made === undefined) {
    throw binding.error(
      'datatype_mismatch',
      `argument of ${words} must be type boolean, not type ${displayType(binding, expression.type)}`,
      binding.locationOf(expression),
    );
  }
  return made;
}

/** `coerce` to a type named in the message, for LIMIT and its like. */
export function coerceTo(binding: Binding, expression: Expression, target: SqlType, words: string): Expression {
  const made = coerce(binding, expression, target, 'assignment');
  if (made === undefined) {
    throw binding.error(
      'datatype_mismatch',
      `argument of ${words} must be type ${displayType(binding, target)}, not type ${displayType(binding, expression.type)}`,
      binding.locationOf(expression),
    );
  }
  return made;
}

/** The value for a table column, by the rules of assignment; SQLSTATE 42804 naming the column. */
export function coerceAssignment(binding: Binding, expression: Expression, target: SqlType, column: string): Expression {
  const made = coerce(binding, expression, target, 'assignment');
  if (made === undefined) {
    throw binding.error(
      'datatype_mismatch',
      `column "${column}" is of type ${displayType(binding, target)} but expression is of type ${displayType(binding, expression.type)}`,
      binding.locationOf(expression),
      { hint: 'You will need to rewrite or cast the expression.' },
    );
  }
  return made;
}

/**
 * One type for all (UNION, CASE, COALESCE, VALUES, ARRAY …); text when all are unknown. `words` begins the error: "CASE types
 * integer and text cannot be matched".
 */
export function commonTypeOf(binding: Binding, expressions: readonly Expression[], words: string): SqlType {
  const found = commonTypeIfAny(binding, expressions);
  if (found !== undefined) return found;
  let first = expressions[0];
  for (const expression of expressions.slice(1)) {
    if (commonTypeIfAny(binding, [first, expression]) === undefined) {
      throw binding.error(
        'datatype_mismatch',
        `${words} types ${displayType(binding, first.type)} and ${displayType(binding, expression.type)} cannot be matched`,
        binding.locationOf(expression),
      );
    }
    if (first.type.oid === OID.unknown) first = expression;
  }
  const last = expressions[expressions.length - 1];
  throw binding.error(
    'cannot_coerce',
    `${words} could not convert type ${displayType(binding, last.type)} to ${displayType(binding, first.type)}`,
    binding.locationOf(last),
  );
}

/** As `commonTypeOf`, undefined where that throws. */
export function commonTypeIfAny(binding: Binding, expressions: readonly Expression[]): SqlType | undefined {
  const types = expressions.map((expression) => (expression.type.oid === OID.unknown ? UNKNOWN : expression.type));
  const [head] = types;
  if (head !== undefined && head.oid !== OID.unknown && types.every((type) => type.oid === head.oid)) {
    return types.every((type) => type.modifier === head.modifier) ? head : typeOf(head.oid);
  }
  const chosen = resolveCommonType(
    binding.sources.registry,
    types.map((type) => baseType(binding, type)),
  );
  if (chosen === undefined) return undefined;
  const fits = types.every(
    (type) => type.oid === OID.unknown || canCoerce(binding.sources.registry, baseType(binding, type).oid, chosen.oid, 'implicit'),
  );
  return fits ? typeOf(chosen.oid) : undefined;
}

/** A literal or parameter nobody gave a type becomes text, as in a select list. */
export function settleUnknown(binding: Binding, expression: Expression): Expression {
  return expression.type.oid === OID.unknown ? coerceArgument(binding, expression, TEXT) : expression;
}
