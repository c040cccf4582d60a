import { SqlError } from '../../../base/sql-error.ts';
import { addIntervals, multiplyInterval, subtractIntervals } from '../../datetime/interval-arithmetic.ts';
import type { Accumulator, EvaluationContext, SqlFunction } from '../../function.ts';
import { OID } from '../../oid.ts';
import { SqlArray, type Interval, type Value } from '../../value.ts';
import { aggregate, ARRAY } from '../define.ts';
import { knownType } from '../known-type.ts';

const { float8, interval, anyelement, anyarray } = OID;

/**
 * percentile_cont, percentile_disc and mode. Steps arrive in the order WITHIN GROUP asks for and carry only the
 * aggregated argument; the direct one comes with `finish`. Nulls are skipped.
 */
export function orderedSetFunctions(): SqlFunction[] {
  const set = { orderedSet: true } as const;
  return [
    aggregate('percentile_cont', [float8, float8], float8, () => () => new Percentile((items, at) => between(items, at, blendFloats)), set),
    aggregate(
      'percentile_cont',
      [float8, interval],
      interval,
      () => () => new Percentile((items, at) => between(items, at, blendIntervals)),
      set,
    ),
    aggregate(
      'percentile_cont',
      [ARRAY.float8, float8],
      ARRAY.float8,
      () => () => new Percentile((items, at) => between(items, at, blendFloats)),
      set,
    ),
    aggregate(
      'percentile_cont',
      [ARRAY.float8, interval],
      ARRAY.interval,
      () => () => new Percentile((items, at) => between(items, at, blendIntervals)),
      set,
    ),
    aggregate('percentile_disc', [float8, anyelement], anyelement, () => () => new Percentile(discrete), set),
    aggregate('percentile_disc', [ARRAY.float8, anyelement], anyarray, () => () => new Percentile(discrete), set),
    aggregate(
      'mode',
      [anyelement],
      anyelement,
      ([type]) => {
        const definition = knownType(type.oid);
        return () => new Mode((value) => definition.hashKey(value));
      },
      set,
    ),
  ];
}

class Percentile implements Accumulator {
  readonly #pick: (items: readonly Value[], fraction: number) => Value;
  readonly #items: Value[] = [];

  constructor(pick: (items: readonly Value[], fraction: number) => Value) {
    this.#pick = pick;
  }

  step(_context: EvaluationContext, value: Value): void {
    if (value !== null) this.#items.push(value);
  }

  finish(_context: EvaluationContext, direct: readonly Value[]): Value {
    const fractions = direct[0];
    if (fractions === null || this.#items.length === 0) return null;
    if (!(fractions instanceof SqlArray)) return this.#at(fractions as number);
    return new SqlArray(
      fractions.items.map((fraction) => (fraction === null ? null : this.#at(fraction as number))),
      fractions.lengths,
      fractions.lowerBounds,
    );
  }

  #at(fraction: number): Value {
    if (!(fraction >= 0 && fraction <= 1))
      throw new SqlError('numeric_value_out_of_range', `percentile value ${fraction} is not between 0 and 1`);
    return this.#pick(this.#items, fraction);
  }
}

function discrete(items: readonly Value[], fraction: number): Value {
  return items[Math.max(1, Math.ceil(fraction * items.length)) - 1];
}

function between(items: readonly Value[], fraction: number, blend: (low: Value, high: Value, share: number) => Value): Value {
  const place = fraction * (items.length - 1);
  const first = Math.floor(place);
  const second = Math.ceil(place);
  return first === second ? items[first] : blend(items[first], items[second], place - first);
}

function blendFloats(low: Value, high: Value, share: number): Value {
  return (low as number) + share * ((high as number) - (low as number));
}

function blendIntervals(low: Value, high: Value, share: number): Value {
  return addIntervals(multiplyInterval(subtractIntervals(high as Interval, low as Interval), share), low as Interval);
}

/** The most frequent value; among equally frequent ones the first in the order of WITHIN GROUP. */
class Mode implements Accumulator {
  readonly #hashKey: (value: Value) => string | number | bigint | boolean;
  readonly #counts = new Map<string | number | bigint | boolean, { value: Value; count: number }>();

  constructor(hashKey: (value: Value) => string | number | bigint | boolean) {
    this.#hashKey = hashKey;
  }

  step(_context: EvaluationContext, value: Value): void {
    if (value === null) return;
    const key = this.#hashKey(value);
    const seen = this.#counts.get(key);
    if (seen === undefined) this.#counts.set(key, { value, count: 1 });
    else seen.count++;
  }

  finish(): Value {
    let best: { value: Value; count: number } | undefined;
    for (const candidate of this.#counts.values()) if (best === undefined || candidate.count > best.count) best = candidate;
    return best === undefined ? null : best.value;
  }
}
