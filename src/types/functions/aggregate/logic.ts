import type { Accumulator, EvaluationContext, SqlFunction } from '../../function.ts';
import { OID, type Oid } from '../../oid.ts';
import { canonicalInt8, type Value } from '../../value.ts';
import { aggregate } from '../define.ts';

const { bool, int2, int4, int8 } = OID;

/** bool_and, bool_or, every, and the bitwise folds of the integers. Null over no rows. */
export function logicFunctions(): SqlFunction[] {
  return [
    aggregate('bool_and', [bool], bool, () => () => new Conjunction()),
    aggregate('every', [bool], bool, () => () => new Conjunction()),
    aggregate('bool_or', [bool], bool, () => () => new Disjunction()),
    ...[int2, int4, int8].flatMap((type) => [
      bitwise(
        'bit_and',
        type,
        (a, b) => a & b,
        (a, b) => a & b,
      ),
      bitwise(
        'bit_or',
        type,
        (a, b) => a | b,
        (a, b) => a | b,
      ),
      bitwise(
        'bit_xor',
        type,
        (a, b) => a ^ b,
        (a, b) => a ^ b,
      ),
    ]),
  ];
}

class Conjunction implements Accumulator {
  #count = 0;
  #falses = 0;

  step(_context: EvaluationContext, value: Value): void {
    this.#count++;
    if (value === false) this.#falses++;
  }

  retract(_context: EvaluationContext, value: Value): void {
    this.#count--;
    if (value === false) this.#falses--;
  }

  finish(): Value {
    return this.#count === 0 ? null : this.#falses === 0;
  }
}

class Disjunction implements Accumulator {
  #count = 0;
  #trues = 0;

  step(_context: EvaluationContext, value: Value): void {
    this.#count++;
    if (value === true) this.#trues++;
  }

  retract(_context: EvaluationContext, value: Value): void {
    this.#count--;
    if (value === true) this.#trues--;
  }

  finish(): Value {
    return this.#count === 0 ? null : this.#trues > 0;
  }
}

function bitwise(name: string, type: Oid, narrow: (a: number, b: number) => number, wide: (a: bigint, b: bigint) => bigint): SqlFunction {
  const fold =
    type === int8
      ? (a: Value, b: Value) => canonicalInt8(wide(BigInt(a as number | bigint), BigInt(b as number | bigint)))
      : (a: Value, b: Value) => narrow(a as number, b as number);
  return aggregate(name, [type], type, () => () => new Fold(fold));
}

class Fold implements Accumulator {
  readonly #fold: (a: Value, b: Value) => Value;
  #state: Value = null;

  constructor(fold: (a: Value, b: Value) => Value) {
    this.#fold = fold;
  }

  step(_context: EvaluationContext, value: Value): void {
    this.#state = this.#state === null ? value : this.#fold(this.#state, value);
  }

  finish(): Value {
    return this.#state;
  }
}
