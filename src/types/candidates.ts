import type { SqlFunction } from './function.ts';
import { OID, type Oid } from './oid.ts';
import { isPolymorphic } from './polymorphic.ts';
import { elementTypeOf } from './types.ts';

/** A function with one type for each argument of a call. */
export interface Candidate {
  readonly function: SqlFunction;
  readonly types: readonly Oid[];
  readonly expanded: boolean;
  readonly defaulted: number;
}

/** The functions that a call with `count` arguments can mean; `packed` calls give the VARIADIC array itself. */
export function candidatesFor(functions: readonly SqlFunction[], count: number, packed: boolean): Candidate[] {
  const candidates: Candidate[] = [];
  for (const candidate of functions) {
    const made = candidateOf(candidate, count, packed);
    if (made !== undefined) candidates.push(made);
  }
  return candidates.filter(
    (candidate) => !candidates.some((other) => other !== candidate && isSame(other, candidate) && isBetter(other, candidate)),
  );
}

function candidateOf(candidate: SqlFunction, count: number, packed: boolean): Candidate | undefined {
  const declared = candidate.arguments;
  if (candidate.variadic !== undefined && !packed) {
    if (count < declared.length) return undefined;
    const element = expandedType(declared[declared.length - 1], candidate.variadic);
    const tail = Array.from({ length: count - declared.length + 1 }, () => element);
    return { function: candidate, types: [...declared.slice(0, -1), ...tail], expanded: true, defaulted: 0 };
  }
  if (packed && candidate.variadic === undefined) return undefined;
  const defaulted = declared.length - count;
  if (defaulted < 0 || defaulted > (candidate.defaults?.length ?? 0)) return undefined;
  return { function: candidate, types: declared.slice(0, count), expanded: false, defaulted };
}

function expandedType(declared: Oid, variadic: Oid): Oid {
  if (variadic === OID.any || isPolymorphic(variadic)) return variadic;
  const element = elementTypeOf(declared);
  return element === 0 ? variadic : element;
}

function isSame(a: Candidate, b: Candidate): boolean {
  return a.types.length === b.types.length && a.types.every((type, index) => type === b.types[index]);
}

/** Of two with the same types the one that neither expands nor needs defaults. */
function isBetter(a: Candidate, b: Candidate): boolean {
  if (a.expanded !== b.expanded) return !a.expanded;
  return a.defaulted < b.defaulted;
}
