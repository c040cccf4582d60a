/** Where a value lies among those of a column: parts of all its rows, nulls counted as such. */
import { typeDefinition } from '../../types/types.ts';
import type { Oid } from '../../types/oid.ts';
import type { Value } from '../../types/value.ts';
import { distinctOf, type ColumnFacts } from './facts.ts';
import { placeOf, sameDomain } from './scale.ts';

/** A value to compare with: known, or only about where it lies. */
export type Point =
  | { readonly kind: 'value'; readonly value: Value; readonly type: Oid }
  /** A place on the line of the type's values (scale.ts). */
  | { readonly kind: 'place'; readonly place: number };

/** The part of the rows with values below `point`, or equal to it where `inclusive`; undefined when nothing is known. */
export function fractionBelow(facts: ColumnFacts, point: Point, inclusive: boolean): number | undefined {
  const place = point.kind === 'place' ? point.place : placeOf(point.value, point.type);
  if (facts.bell !== undefined && place !== undefined) return bellBelow(place, facts.bell);
  if (facts.common.length === 0 && facts.bounds.length === 0) return undefined;
  const order = orderTo(facts, point, place);
  if (order === undefined) return undefined;
  let below = 0;
  let rest = 1 - facts.nullFraction;
  for (const { value, fraction } of facts.common) {
    const sign = order(value);
    if (sign < 0 || (inclusive && sign === 0)) below += fraction;
    rest -= fraction;
  }
  if (facts.bounds.length < 2 || rest <= 0) return below;
  return below + rest * histogramBelow(facts, order, place ?? textOf(point));
}

/** The place of the value that has so large a part of the rows below it; undefined for texts, and where nothing is known. */
export function placeAt({ bounds, type }: ColumnFacts, fraction: number): number | undefined {
  if (bounds.length < 2) return undefined;
  const at = Math.min(bounds.length - 1, Math.max(0, fraction * (bounds.length - 1)));
  const low = placeOf(bounds[Math.floor(at)], type);
  const high = placeOf(bounds[Math.ceil(at)], type);
  return low === undefined || high === undefined ? undefined : low + (high - low) * (at - Math.floor(at));
}

/** The part of the rows that equal the value. */
export function fractionEqual(facts: ColumnFacts, value: Value, type: Oid): number {
  if (value === null) return 0;
  const rest = 1 - facts.nullFraction - facts.common.reduce((sum, { fraction }) => sum + fraction, 0);
  const found = facts.common.find((item) => isEqual(item.value, facts.type, value, type));
  if (found !== undefined) return found.fraction;
  const others = distinctOf(facts) - facts.common.length;
  const least = facts.common.at(-1)?.fraction ?? 1;
  // With every value among the common ones, this one is none of the column's.
  return others < 1 ? Math.min(least, 1 / facts.relation.rows) : Math.min(least, Math.max(0, rest) / others);
}

/** The part of the rows that equal some value nobody knows. */
export function fractionOfAnyOne(facts: ColumnFacts): number {
  return Math.min(1, (1 - facts.nullFraction) / distinctOf(facts));
}

function isEqual(a: Value, typeA: Oid, b: Value, typeB: Oid): boolean {
  if (!sameDomain(typeA, typeB)) return false;
  const [placeA, placeB] = [placeOf(a, typeA), placeOf(b, typeB)];
  if (placeA !== undefined || placeB !== undefined) return placeA === placeB;
  if (a === null || b === null) return false;
  if (typeof a === 'string' && typeof b === 'string') return a.trimEnd() === b.trimEnd();
  const definition = typeDefinition(typeA);
  return typeA === typeB && definition.hashKey(a) === definition.hashKey(b);
}

/** How values of the column compare with the point: negative below it. */
function orderTo(facts: ColumnFacts, point: Point, place: number | undefined): ((value: Value) => number) | undefined {
  if (place !== undefined) return (value) => (placeOf(value, facts.type) ?? 0) - place;
  if (point.kind === 'place' || point.value === null || !sameDomain(facts.type, point.type)) return undefined;
  const { compare } = typeDefinition(facts.type);
  const { value: other } = point;
  return compare === undefined ? undefined : (value) => compare(value, other);
}

/** The part of the histogram's rows below the point. */
function histogramBelow({ bounds, type }: ColumnFacts, order: (value: Value) => number, at: number | string | undefined): number {
  const parts = bounds.length - 1;
  const above = bounds.findIndex((bound) => order(bound) >= 0);
  if (above === 0) return 0;
  if (above < 0) return 1;
  const [low, high] = [bounds[above - 1], bounds[above]];
  const within =
    typeof at === 'number'
      ? share(at, placeOf(low, type), placeOf(high, type))
      : typeof at === 'string' && typeof low === 'string' && typeof high === 'string'
        ? textShare(at, low, high)
        : 0.5;
  return (above - 1 + within) / parts;
}

function textOf(point: Point): string | undefined {
  return point.kind === 'value' && typeof point.value === 'string' ? point.value : undefined;
}

/** How far between two places a third one is. */
function share(at: number, low: number | undefined, high: number | undefined): number {
  if (low === undefined || high === undefined || high <= low) return 0.5;
  return Math.min(1, Math.max(0, (at - low) / (high - low)));
}

/** The same for texts: by the few characters after those that the bounds share, as digits of a fraction. */
function textShare(at: string, low: string, high: string): number {
  let common = 0;
  while (common < low.length && low[common] === high[common]) common++;
  return share(digits(at, common), digits(low, common), digits(high, common));
}

const TEXT_DIGITS = 5;
/** Letters and signs lie below; what lies above is all the same. */
const TEXT_BASE = 128;

function digits(text: string, from: number): number {
  let fraction = 0;
  for (let at = from; at < from + TEXT_DIGITS; at++)
    fraction = fraction * TEXT_BASE + (at < text.length ? Math.min(TEXT_BASE - 1, text.charCodeAt(at)) : 0);
  return fraction;
}

function bellBelow(place: number, { mean, deviation }: { readonly mean: number; readonly deviation: number }): number {
  if (deviation <= 0) return place < mean ? 0 : place > mean ? 1 : 0.5;
  return normalBelow((place - mean) / deviation);
}

/** The standard normal distribution (Abramowitz and Stegun 26.2.17), its tails not thinner than real ones are. */
function normalBelow(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const density = 0.3989422804014327 * Math.exp((-z * z) / 2);
  const tail = density * t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const bounded = Math.max(tail, TAIL_MIN);
  return z > 0 ? 1 - bounded : bounded;
}

const TAIL_MIN = 1e-5;
