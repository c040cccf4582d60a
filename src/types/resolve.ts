/**
 * Overload resolution: which function or operator a call means, by the rules of PostgreSQL's chapter 10 (parse_func.c,
 * parse_oper.c, parse_coerce.c). Literals come in as type unknown and fit anywhere.
 *
 *     candidates by name and count → an exact match wins → those whose arguments coerce implicitly
 *       → most exact matches → most preferred types → one category for the unknowns (string wins) → all like the known ones
 *
 * User types are known by their OID alone here: no built-in cast leads to them, and anyenum takes them.
 */
import { SqlError } from '../base/sql-error.ts';
import type { FunctionRegistry, SqlCast, SqlFunction, SqlOperator } from './function.ts';
import { OID, type Oid } from './oid.ts';
import { resolvePolymorphic } from './polymorphic.ts';
import type { SqlType, TypeCategory } from './type.ts';
import { findType, formatType } from './types.ts';

/** A function chosen for a call: what each written argument must be coerced to, and what comes out. */
export interface ResolvedFunction {
  readonly function: SqlFunction;
  /** One per written argument; `any` where the function takes anything as it is. */
  readonly argumentTypes: readonly SqlType[];
  readonly result: SqlType;
}

/** An operator chosen for operands: what they must be coerced to, and what comes out. */
export interface ResolvedOperator {
  readonly operator: SqlOperator;
  readonly left: SqlType | undefined;
  readonly right: SqlType;
  readonly result: SqlType;
}

/** SQLSTATE 42883 when no function fits, 42725 when several do equally well. `variadic`: the last argument was written VARIADIC. */
export function resolveFunction(registry: FunctionRegistry, name: string, args: readonly SqlType[], options: { readonly variadic: boolean }): ResolvedFunction {
  const inputs = args.map((arg) => arg.oid);
  const candidates = registry.functions(name).flatMap((candidate): Candidate<SqlFunction>[] => {
    const types = effectiveTypes(candidate, inputs.length, options.variadic);
    return types === undefined ? [] : [{ choice: candidate, types, variadic: candidate.variadic !== undefined && !options.variadic }];
  });
  const found = select(registry, inputs, preferPlain(candidates));
  if (found.kind !== 'one') {
    const written = `${name}(${args.map((arg) => formatType(arg.oid, -1)).join(', ')})`;
    if (found.kind === 'many') {
      throw new SqlError('ambiguous_function', `function ${written} is not unique`, {
        hint: 'Could not choose a best candidate function. You might need to add explicit type casts.',
      });
    }
    throw new SqlError('undefined_function', `function ${written} does not exist`, {
      hint: 'No function matches the given name and argument types. You might need to add explicit type casts.',
    });
  }
  const { types, choice } = found.candidate;
  const resolved = resolvePolymorphic(registry, types, inputs, choice.result);
  return { function: choice, argumentTypes: resolved.types.map(plain), result: plain(resolved.result) };
}

/** SQLSTATE 42883 when no operator fits, 42725 when several do equally well. `left` is undefined for a prefix operator. */
export function resolveOperator(registry: FunctionRegistry, name: string, left: SqlType | undefined, right: SqlType): ResolvedOperator {
  const inputs = left === undefined ? [right.oid] : [left.oid, right.oid];
  const candidates = registry
    .operators(name)
    .filter((operator) => (operator.left === undefined) === (left === undefined))
    .map((operator): Candidate<SqlOperator> => ({ choice: operator, types: operator.left === undefined ? [operator.right] : [operator.left, operator.right], variadic: false }));
  const twin = left === undefined ? undefined : sameOnBothSides(candidates, left.oid, right.oid);
  const found: Selection<SqlOperator> = twin === undefined ? select(registry, inputs, candidates) : { kind: 'one', candidate: twin };
  if (found.kind !== 'one') throw operatorError(found.kind, name, left, right);
  const { types, choice } = found.candidate;
  const resolved = resolvePolymorphic(registry, types, inputs, choice.function.result);
  const [first, second] = resolved.types.map(plain);
  return second === undefined
    ? { operator: choice, left: undefined, right: first, result: plain(resolved.result) }
    : { operator: choice, left: first, right: second, result: plain(resolved.result) };
}

function operatorError(kind: 'none' | 'many', name: string, left: SqlType | undefined, right: SqlType): SqlError {
  const written = `${left === undefined ? '' : `${formatType(left.oid, -1)} `}${name} ${formatType(right.oid, -1)}`;
  const plural = left === undefined ? 'type. You might need to add an explicit type cast.' : 'types. You might need to add explicit type casts.';
  return kind === 'many'
    ? new SqlError('ambiguous_function', `operator is not unique: ${written}`, { hint: 'Could not choose a best candidate operator. You might need to add explicit type casts.' })
    : new SqlError('undefined_function', `operator does not exist: ${written}`, { hint: `No operator matches the given name and argument ${plural}` });
}

/** The type that UNION, CASE, VALUES and their like give to all of `types`; text when all are unknown; undefined when they have none. */
export function commonType(registry: FunctionRegistry, types: readonly SqlType[]): SqlType | undefined {
  let chosen: Oid = OID.unknown;
  for (const { oid } of types) {
    if (oid === OID.unknown || oid === chosen) continue;
    if (chosen === OID.unknown) {
      chosen = oid;
      continue;
    }
    if (categoryOf(oid) !== categoryOf(chosen)) return undefined;
    const wider = !isPreferred(chosen) && canCoerce(registry, chosen, oid, 'implicit') && !canCoerce(registry, oid, chosen, 'implicit');
    if (wider) chosen = oid;
  }
  return plain(chosen === OID.unknown ? OID.text : chosen);
}

/** Whether a value of one type may stand where the other is wanted, in that context. Polymorphic targets take what their kind allows. */
export function canCoerce(registry: FunctionRegistry, from: Oid, to: Oid, context: SqlCast['context']): boolean {
  if (from === to || from === OID.unknown || to === OID.any) return true;
  switch (to) {
    case OID.anyelement:
    case OID.anycompatible:
      return true;
    case OID.anyarray:
    case OID.anycompatiblearray:
      return isArray(from);
    case OID.anynonarray:
    case OID.anycompatiblenonarray:
      return !isArray(from);
    case OID.anyenum:
      return findType(from) === undefined;
    default: {
      const cast = registry.cast(from, to);
      if (cast === undefined) return false;
      return context === 'explicit' || cast.context === 'implicit' || cast.context === context;
    }
  }
}

interface Candidate<T> {
  readonly choice: T;
  /** One per written argument. */
  readonly types: readonly Oid[];
  readonly variadic: boolean;
}

type Selection<T> = { readonly kind: 'one'; readonly candidate: Candidate<T> } | { readonly kind: 'none' | 'many' };

/** The declared types as they fall on `count` arguments; undefined when that many do not fit. */
function effectiveTypes(candidate: SqlFunction, count: number, variadic: boolean): readonly Oid[] | undefined {
  const declared = candidate.arguments;
  if (candidate.variadic !== undefined && !variadic) {
    if (count < declared.length) return undefined;
    const fixed = declared.slice(0, -1);
    const element = candidate.variadic;
    return [...fixed, ...Array.from({ length: count - fixed.length }, () => element)];
  }
  if (variadic && candidate.variadic === undefined) return undefined;
  const least = declared.length - (candidate.defaults?.length ?? 0);
  return count >= least && count <= declared.length ? declared.slice(0, count) : undefined;
}

/** Of two candidates with the same types, the one without VARIADIC. */
function preferPlain<T>(candidates: readonly Candidate<T>[]): readonly Candidate<T>[] {
  return candidates.filter((candidate) => !candidate.variadic || !candidates.some((other) => !other.variadic && sameTypes(other.types, candidate.types)));
}

/** With one side unknown, PostgreSQL first looks for the operator that takes the known type on both. */
function sameOnBothSides<T>(candidates: readonly Candidate<T>[], left: Oid, right: Oid): Candidate<T> | undefined {
  if ((left === OID.unknown) === (right === OID.unknown)) return undefined;
  const known = left === OID.unknown ? right : left;
  return candidates.find((candidate) => sameTypes(candidate.types, [known, known]));
}

function select<T>(registry: FunctionRegistry, inputs: readonly Oid[], candidates: readonly Candidate<T>[]): Selection<T> {
  const exact = candidates.find((candidate) => sameTypes(candidate.types, inputs));
  if (exact !== undefined) return { kind: 'one', candidate: exact };
  const fitting = candidates.filter((candidate) => fits(registry, candidate, inputs));
  if (fitting.length === 0) return { kind: 'none' };
  const best = narrow(registry, inputs, fitting);
  return best === undefined ? { kind: 'many' } : { kind: 'one', candidate: best };
}

function fits<T>(registry: FunctionRegistry, candidate: Candidate<T>, inputs: readonly Oid[]): boolean {
  if (!candidate.types.every((type, index) => canCoerce(registry, inputs[index], type, 'implicit'))) return false;
  return resolvePolymorphicQuietly(registry, candidate.types, inputs);
}

function resolvePolymorphicQuietly(registry: FunctionRegistry, types: readonly Oid[], inputs: readonly Oid[]): boolean {
  try {
    resolvePolymorphic(registry, types, inputs, OID.void);
    return true;
  } catch (error) {
    if (error instanceof SqlError) return error.message.includes('unknown');
    throw error;
  }
}

/** func_select_candidate: the one best candidate, or undefined. */
function narrow<T>(registry: FunctionRegistry, inputs: readonly Oid[], fitting: readonly Candidate<T>[]): Candidate<T> | undefined {
  const known = inputs.map((input, index) => ({ input, index })).filter(({ input }) => input !== OID.unknown);
  let left = most(fitting, (candidate) => known.filter(({ input, index }) => candidate.types[index] === input).length);
  if (left.length === 1) return left[0];
  left = most(left, (candidate) => known.filter(({ input, index }) => candidate.types[index] === input || isPreferredIn(candidate.types[index], categoryOf(input))).length);
  if (left.length === 1) return left[0];
  const unknown = inputs.map((_, index) => index).filter((index) => inputs[index] === OID.unknown);
  if (unknown.length === 0) return undefined;
  left = byCategory(left, unknown);
  if (left.length === 1) return left[0];
  const [first] = known;
  if (first === undefined || known.some(({ input }) => input !== first.input)) return undefined;
  const alike = left.filter((candidate) => unknown.every((index) => canCoerce(registry, first.input, candidate.types[index], 'implicit')));
  return alike.length === 1 ? alike[0] : undefined;
}

function most<T>(candidates: readonly Candidate<T>[], score: (candidate: Candidate<T>) => number): readonly Candidate<T>[] {
  const best = Math.max(...candidates.map(score));
  return candidates.filter((candidate) => score(candidate) === best);
}

/** Gives every unknown argument one category, string if any candidate takes one, and keeps the candidates that agree. */
function byCategory<T>(candidates: readonly Candidate<T>[], unknown: readonly number[]): readonly Candidate<T>[] {
  const slots = new Map<number, { category: TypeCategory; preferred: boolean }>();
  for (const index of unknown) {
    let slot: { category: TypeCategory; preferred: boolean } | undefined;
    let conflict = false;
    for (const candidate of candidates) {
      const type = candidate.types[index];
      const category = categoryOf(type);
      if (slot === undefined) slot = { category, preferred: isPreferred(type) };
      else if (slot.category === category) slot.preferred ||= isPreferred(type);
      else if (category === 'S') slot = { category, preferred: isPreferred(type) };
      else conflict = true;
    }
    if (slot === undefined || (conflict && slot.category !== 'S')) return candidates;
    slots.set(index, slot);
  }
  const kept = candidates.filter((candidate) =>
    [...slots].every(([index, slot]) => categoryOf(candidate.types[index]) === slot.category && (!slot.preferred || isPreferred(candidate.types[index]))),
  );
  return kept.length > 0 ? kept : candidates;
}

function sameTypes(a: readonly Oid[], b: readonly Oid[]): boolean {
  return a.length === b.length && a.every((type, index) => type === b[index]);
}

function categoryOf(type: Oid): TypeCategory {
  return findType(type)?.category ?? 'E';
}

function isPreferred(type: Oid): boolean {
  return findType(type)?.preferred ?? false;
}

function isPreferredIn(type: Oid, category: TypeCategory): boolean {
  return isPreferred(type) && categoryOf(type) === category;
}

function isArray(type: Oid): boolean {
  return findType(type)?.category === 'A';
}

function plain(oid: Oid): SqlType {
  return { oid, modifier: -1 };
}
