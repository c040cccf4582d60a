/**
 * Overload resolution: which function or operator a call means, by the rules of PostgreSQL's documentation, chapter 10
 * (func_get_detail, func_select_candidate, oper and select_common_type).
 *
 *     candidates by name and number of arguments
 *       → one whose types are exactly the arguments'                        done
 *       → those whose types the arguments reach implicitly                  none: 42883    one: done
 *       → most exact matches → most preferred types → category of literals → "like the known ones"
 *                                                                           several: 42725
 *
 * Types are those of expressions: OID.unknown for literals and parameters without a type, base types for domains.
 */
import { SqlError } from '../base/sql-error.ts';
import { candidatesFor, type Candidate } from './candidates.ts';
import type { FunctionRegistry, SqlCast, SqlFunction, SqlOperator } from './function.ts';
import { OID, type Oid } from './oid.ts';
import { concreteType, concreteTypes, isPolymorphic, matchPolymorphic, type PolymorphicTypes } from './polymorphic.ts';
import type { SqlType, TypeCategory } from './type.ts';
import { findType, formatType } from './types.ts';

/** A chosen function. */
export interface ResolvedFunction {
  readonly function: SqlFunction;
  /** What each written argument must become, concrete: for arguments in a VARIADIC tail the element type (`"any"`: its own type). */
  readonly argumentTypes: readonly SqlType[];
  readonly result: SqlType;
  /** Whether arguments from `arguments.length - 1` on are the elements of the VARIADIC parameter's array. */
  readonly expanded: boolean;
  /** How many trailing parameters take their default. */
  readonly defaulted: number;
}

/** A chosen operator; `left` is undefined for a prefix operator. */
export interface ResolvedOperator {
  readonly operator: SqlOperator;
  readonly left: SqlType | undefined;
  readonly right: SqlType;
  readonly result: SqlType;
}

/** How an argument may be converted: see `SqlCast.context`. */
export type CoercionContext = SqlCast['context'];

/**
 * The function that `name` means for these arguments. `variadic`: the call says VARIADIC, so the last argument is the array
 * itself. SQLSTATE 42883 when none fits, 42725 when several do.
 */
export function resolveFunction(
  registry: FunctionRegistry,
  name: string,
  args: readonly SqlType[],
  options: { readonly variadic?: boolean | undefined } = {},
): ResolvedFunction {
  const actual = args.map((arg) => arg.oid);
  const candidates = candidatesFor(registry.functions(name), actual.length, options.variadic === true);
  const chosen = choose(registry, candidates, actual);
  const signature = () => `${name}(${actual.map((type) => formatType(type, -1)).join(', ')})`;
  if (chosen === 'none') {
    throw new SqlError('undefined_function', `function ${signature()} does not exist`, {
      hint: 'No function matches the given name and argument types. You might need to add explicit type casts.',
    });
  }
  if (chosen === 'several') {
    throw new SqlError('ambiguous_function', `function ${signature()} is not unique`, {
      hint: 'Could not choose a best candidate function. You might need to add explicit type casts.',
    });
  }
  const meaning = meaningOf(registry, chosen.types, actual);
  return {
    function: chosen.function,
    argumentTypes: withModifiers(concreteTypes(chosen.types, actual, meaning), args),
    result: plain(concreteType(chosen.function.result, meaning)),
    expanded: chosen.expanded,
    defaulted: chosen.defaulted,
  };
}

/** The operator that `name` means for these operands; `left` undefined for a prefix operator. SQLSTATE 42883 or 42725. */
export function resolveOperator(registry: FunctionRegistry, name: string, left: SqlType | undefined, right: SqlType): ResolvedOperator {
  const args = left === undefined ? [right] : [left, right];
  const operators = registry.operators(name).filter((operator) => (operator.left === undefined) === (left === undefined));
  const operator = exactOperator(operators, left?.oid, right.oid) ?? bestOperator(registry, operators, name, left, right);
  const declared = operator.left === undefined ? [operator.right] : [operator.left, operator.right];
  const actual = args.map((arg) => arg.oid);
  const meaning = meaningOf(registry, declared, actual);
  const types = withModifiers(concreteTypes(declared, actual, meaning), args);
  return {
    operator,
    left: left === undefined ? undefined : types[0],
    right: types[types.length - 1],
    result: plain(concreteType(operator.function.result, meaning)),
  };
}

/**
 * One type for the branches of UNION, CASE, VALUES, ARRAY, GREATEST …: undefined when their categories differ. All unknown is
 * text. That every input reaches the chosen type implicitly is for the caller to check, who can name the offender.
 */
export function commonType(registry: FunctionRegistry, types: readonly SqlType[]): SqlType | undefined {
  const [first] = types;
  if (first === undefined) return undefined;
  if (first.oid !== OID.unknown && types.every((type) => type.oid === first.oid)) {
    return types.every((type) => type.modifier === first.modifier) ? first : plain(first.oid);
  }
  const chosen = commonOid(
    registry,
    types.map((type) => type.oid),
  );
  return chosen === undefined ? undefined : plain(chosen);
}

/** Whether a value of one type becomes another in the context. Literals (unknown) become anything. */
export function canCoerce(registry: FunctionRegistry, from: Oid, to: Oid, context: CoercionContext): boolean {
  if (from === to || to === OID.any || from === OID.unknown) return true;
  const cast = registry.cast(from, to);
  if (cast === undefined) return false;
  return cast.context === 'implicit' || context === 'explicit' || cast.context === context;
}

function commonOid(registry: FunctionRegistry, types: readonly Oid[]): Oid | undefined {
  let chosen: Oid = OID.unknown;
  for (const type of types) {
    if (type === OID.unknown || type === chosen) continue;
    if (chosen === OID.unknown) chosen = type;
    else if (categoryOf(type) !== categoryOf(chosen)) return undefined;
    else if (!isPreferred(chosen) && canCoerce(registry, chosen, type, 'implicit') && !canCoerce(registry, type, chosen, 'implicit'))
      chosen = type;
  }
  return chosen === OID.unknown ? OID.text : chosen;
}

function choose(registry: FunctionRegistry, candidates: readonly Candidate[], actual: readonly Oid[]): Candidate | 'none' | 'several' {
  const exact = candidates.find((candidate) => candidate.types.every((type, index) => type === actual[index]));
  if (exact !== undefined) return exact;
  const fitting = candidates.filter((candidate) => accepts(registry, candidate.types, actual));
  if (fitting.length === 0) return 'none';
  return fitting.length === 1 ? fitting[0] : (selectCandidate(registry, fitting, actual) ?? 'several');
}

function exactOperator(operators: readonly SqlOperator[], left: Oid | undefined, right: Oid): SqlOperator | undefined {
  const wantedLeft = left === OID.unknown ? right : left;
  const wantedRight = right === OID.unknown && left !== undefined ? left : right;
  return operators.find((operator) => operator.left === wantedLeft && operator.right === wantedRight);
}

function bestOperator(
  registry: FunctionRegistry,
  operators: readonly SqlOperator[],
  name: string,
  left: SqlType | undefined,
  right: SqlType,
): SqlOperator {
  const actual = left === undefined ? [right.oid] : [left.oid, right.oid];
  const candidates = operators.map((operator) => ({
    operator,
    types: operator.left === undefined ? [operator.right] : [operator.left, operator.right],
  }));
  const fitting = candidates.filter((candidate) => accepts(registry, candidate.types, actual));
  const chosen = fitting.length === 1 ? fitting[0] : selectCandidate(registry, fitting, actual);
  if (chosen !== undefined) return chosen.operator;
  const signature = `${left === undefined ? '' : `${formatType(left.oid, -1)} `}${name} ${formatType(right.oid, -1)}`;
  if (fitting.length > 1) {
    throw new SqlError('ambiguous_function', `operator is not unique: ${signature}`, {
      hint: `Could not choose a best candidate operator. You might need to add explicit type casts.`,
    });
  }
  throw new SqlError('undefined_function', `operator does not exist: ${signature}`, {
    hint:
      left === undefined
        ? 'No operator matches the given name and argument type. You might need to add an explicit type cast.'
        : 'No operator matches the given name and argument types. You might need to add explicit type casts.',
  });
}

/** Whether every argument reaches its parameter implicitly, polymorphic parameters agreeing. */
function accepts(registry: FunctionRegistry, declared: readonly Oid[], actual: readonly Oid[]): boolean {
  let polymorphic = false;
  for (let index = 0; index < declared.length; index++) {
    if (isPolymorphic(declared[index])) polymorphic = true;
    else if (!canCoerce(registry, actual[index], declared[index], 'implicit')) return false;
  }
  return !polymorphic || matchPolymorphic(declared, actual, (types) => agreed(registry, types)) !== undefined;
}

function agreed(registry: FunctionRegistry, types: readonly Oid[]): Oid | undefined {
  const chosen = commonOid(registry, types);
  return chosen !== undefined && types.every((type) => canCoerce(registry, type, chosen, 'implicit')) ? chosen : undefined;
}

function meaningOf(registry: FunctionRegistry, declared: readonly Oid[], actual: readonly Oid[]): PolymorphicTypes {
  const meaning = matchPolymorphic(declared, actual, (types) => agreed(registry, types));
  if (meaning === undefined) throw new SqlError('datatype_mismatch', 'arguments declared "anyelement" are not all alike');
  return meaning;
}

interface Signature {
  readonly types: readonly Oid[];
}

/** func_select_candidate: the best of several that fit; undefined when there is no best. */
function selectCandidate<S extends Signature>(registry: FunctionRegistry, fitting: readonly S[], actual: readonly Oid[]): S | undefined {
  if (fitting.length === 0) return undefined;
  let left = keepMost(fitting, ({ types }) => count(actual, (type, index) => type !== OID.unknown && types[index] === type));
  if (left.length === 1) return left[0];
  left = keepMost(left, ({ types }) =>
    count(actual, (type, index) => type !== OID.unknown && (types[index] === type || isPreferredWithin(types[index], categoryOf(type)))),
  );
  if (left.length === 1) return left[0];
  if (!actual.includes(OID.unknown)) return undefined;
  left = keepLiteralCategories(left, actual);
  if (left.length === 1) return left[0];
  return likeTheKnown(registry, left, actual);
}

/** Literals take the string category when any candidate offers it there, else the one that all agree on. */
function keepLiteralCategories<S extends Signature>(candidates: readonly S[], actual: readonly Oid[]): readonly S[] {
  const wanted: { readonly index: number; readonly category: TypeCategory; readonly preferred: boolean }[] = [];
  for (let index = 0; index < actual.length; index++) {
    if (actual[index] !== OID.unknown) continue;
    const types = candidates.map((candidate) => candidate.types[index]);
    const categories = new Set(types.map(categoryOf));
    if (categories.size > 1 && !categories.has('S')) return candidates;
    const category = categories.has('S') ? 'S' : categoryOf(types[0]);
    wanted.push({ index, category, preferred: types.some((type) => isPreferredWithin(type, category)) });
  }
  const kept = candidates.filter(({ types }) =>
    wanted.every(({ index, category, preferred }) => categoryOf(types[index]) === category && (!preferred || isPreferred(types[index]))),
  );
  return kept.length === 0 ? candidates : kept;
}

/** When all known arguments have one type, literals are taken to have it too. */
function likeTheKnown<S extends Signature>(registry: FunctionRegistry, candidates: readonly S[], actual: readonly Oid[]): S | undefined {
  const known = new Set(actual.filter((type) => type !== OID.unknown));
  if (known.size !== 1) return undefined;
  const [type] = known;
  const assumed = actual.map(() => type);
  const kept = candidates.filter((candidate) => accepts(registry, candidate.types, assumed));
  return kept.length === 1 ? kept[0] : undefined;
}

function keepMost<S>(candidates: readonly S[], score: (candidate: S) => number): readonly S[] {
  const scores = candidates.map(score);
  const best = Math.max(...scores);
  return candidates.filter((_, index) => scores[index] === best);
}

function count(actual: readonly Oid[], test: (type: Oid, index: number) => boolean): number {
  let found = 0;
  for (let index = 0; index < actual.length; index++) if (test(actual[index], index)) found++;
  return found;
}

/** User types that reach this place are enums. */
function categoryOf(type: Oid): TypeCategory {
  return findType(type)?.category ?? 'E';
}

function isPreferred(type: Oid): boolean {
  return findType(type)?.preferred ?? false;
}

function isPreferredWithin(type: Oid, category: TypeCategory): boolean {
  return isPreferred(type) && categoryOf(type) === category;
}

function plain(type: Oid): SqlType {
  return { oid: type, modifier: -1 };
}

/** An argument that already has the type keeps its modifier. */
function withModifiers(types: readonly Oid[], args: readonly SqlType[]): SqlType[] {
  return types.map((type, index) => (args[index].oid === type ? args[index] : plain(type)));
}
