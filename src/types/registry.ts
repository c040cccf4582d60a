/** Everything callable, gathered once per process: the function library, the operators with their functions, and casts. */
import { derivedCast } from './casts/derived.ts';
import { listedCasts } from './casts/listed.ts';
import type { FunctionRegistry, SqlCast, SqlFunction, SqlOperator } from './function.ts';
import { libraryFunctions } from './functions/library.ts';
import type { Oid } from './oid.ts';
import { allOperators } from './operators/list.ts';

let built: FunctionRegistry | undefined;

/** The registry; the same one on every call. */
export function buildRegistry(): FunctionRegistry {
  built ??= new Registry();
  return built;
}

class Registry implements FunctionRegistry {
  readonly #functions: ReadonlyMap<string, readonly SqlFunction[]>;
  readonly #operators: ReadonlyMap<string, readonly SqlOperator[]>;
  readonly #listed: readonly SqlCast[];
  /** Per source, per target: listed casts, and derived ones once asked for (null: there is none). */
  readonly #casts = new Map<Oid, Map<Oid, SqlCast | null>>();

  constructor() {
    const library = libraryFunctions();
    const operators = allOperators(library);
    this.#operators = byName(operators);
    this.#functions = byName([...library, ...functionsBehind(operators, library)]);
    this.#listed = listedCasts();
    for (const cast of this.#listed) this.#castsFrom(cast.source).set(cast.target, cast);
  }

  functions(name: string): readonly SqlFunction[] {
    return this.#functions.get(name) ?? NONE;
  }

  operators(name: string): readonly SqlOperator[] {
    return this.#operators.get(name) ?? NO_OPERATORS;
  }

  cast(source: Oid, target: Oid): SqlCast | undefined {
    const casts = this.#castsFrom(source);
    let cast = casts.get(target);
    if (cast === undefined) {
      cast = derivedCast(source, target, (from, to) => this.cast(from, to)) ?? null;
      casts.set(target, cast);
    }
    return cast ?? undefined;
  }

  casts(): Iterable<SqlCast> {
    return this.#listed;
  }

  *allFunctions(): Iterable<SqlFunction> {
    for (const functions of this.#functions.values()) yield* functions;
  }

  *allOperators(): Iterable<SqlOperator> {
    for (const operators of this.#operators.values()) yield* operators;
  }

  #castsFrom(source: Oid): Map<Oid, SqlCast | null> {
    let casts = this.#casts.get(source);
    if (casts === undefined) {
      casts = new Map();
      this.#casts.set(source, casts);
    }
    return casts;
  }
}

const NONE: readonly SqlFunction[] = [];
const NO_OPERATORS: readonly SqlOperator[] = [];

/** The functions of operators that the library does not have under the same name and arguments. */
function functionsBehind(operators: readonly SqlOperator[], library: readonly SqlFunction[]): SqlFunction[] {
  const known = new Set(library.map(signature));
  const added: SqlFunction[] = [];
  for (const operator of operators) {
    const key = signature(operator.function);
    if (known.has(key)) continue;
    known.add(key);
    added.push(operator.function);
  }
  return added;
}

function signature(made: SqlFunction): string {
  return `${made.name}(${made.arguments.join()})`;
}

function byName<T extends { readonly name: string }>(items: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(item.name);
    if (group === undefined) groups.set(item.name, [item]);
    else group.push(item);
  }
  return groups;
}
