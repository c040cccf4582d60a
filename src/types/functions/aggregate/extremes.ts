import { present } from '../../../base/assert.ts';
import { SqlError } from '../../../base/sql-error.ts';
import type { Accumulator, EvaluationContext, SqlFunction } from '../../function.ts';
import { OID } from '../../oid.ts';
import { findType } from '../../types.ts';
import type { Value } from '../../value.ts';
import { aggregate } from '../define.ts';

const ORDERED = [
  OID.int2,
  OID.int4,
  OID.int8,
  OID.oid,
  OID.float4,
  OID.float8,
  OID.numeric,
  OID.text,
  OID.bpchar,
  OID.date,
  OID.time,
  OID.timetz,
  OID.timestamp,
  OID.timestamptz,
  OID.interval,
  OID.tid,
];

/** min() and max() of every ordered type PostgreSQL has them for, arrays and enums included; null over no rows. Of equal values the last one stays. */
export function extremeFunctions(): SqlFunction[] {
  const types = [...ORDERED, OID.anyarray, OID.anyenum];
  return types.flatMap((type) => [extreme('min', type, -1), extreme('max', type, 1)]);
}

function extreme(name: string, type: (typeof ORDERED)[number] | typeof OID.anyarray | typeof OID.anyenum, sign: 1 | -1): SqlFunction {
  return aggregate(name, [type], type, ([argument]) => {
    const definition = findType(argument.oid);
    if (definition === undefined) throw new SqlError('feature_not_supported', `${name}() of a user-defined type is not supported`);
    const compare = present(definition.compare?.bind(definition), 'min and max are declared for ordered types');
    const numbers = definition.physical === 'int32' && definition.category !== 'E'; // an enum's values are its labels
    return numbers ? () => new NumberExtreme(sign) : () => new Extreme(compare, sign);
  });
}

class NumberExtreme implements Accumulator {
  readonly #sign: number;
  #best: number | null = null;

  constructor(sign: number) {
    this.#sign = sign;
  }

  step(_context: EvaluationContext, value: Value): void {
    const number = value as number;
    if (this.#best === null || (number - this.#best) * this.#sign > 0) this.#best = number;
  }

  finish(): Value {
    return this.#best;
  }
}

class Extreme implements Accumulator {
  readonly #compare: (a: Value, b: Value) => number;
  readonly #sign: number;
  #best: Value = null;

  constructor(compare: (a: Value, b: Value) => number, sign: number) {
    this.#compare = compare;
    this.#sign = sign;
  }

  step(_context: EvaluationContext, value: Value): void {
    if (this.#best === null || this.#compare(value, this.#best) * this.#sign >= 0) this.#best = value;
  }

  finish(): Value {
    return this.#best;
  }
}
