import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AggregateFunction } from '../../src/types/function.ts';
import { libraryFunctions } from '../../src/types/functions/library.ts';
import { OID, type Oid } from '../../src/types/oid.ts';
import { typeDefinition } from '../../src/types/types.ts';
import { canonicalInt8, Numeric, type Value } from '../../src/types/value.ts';
import { testContext } from './context.ts';

const context = testContext();
const library = libraryFunctions();

function aggregateOf(name: string, type: Oid): AggregateFunction {
  const found = library.find((candidate) => candidate.kind === 'aggregate' && candidate.name === name && candidate.arguments[0] === type);
  if (found?.kind !== 'aggregate') throw new Error(`no aggregate ${name}`);
  return found;
}

function accumulator(name: string, type: Oid) {
  const chosen = aggregateOf(name, type);
  return chosen.specialize([{ oid: type, modifier: -1 }], { oid: chosen.result, modifier: -1 })();
}

const int8 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value): Value => canonicalInt8(value));
const numeric = fc
  .tuple(fc.bigInt({ min: -(10n ** 25n), max: 10n ** 25n }), fc.nat(12))
  .map(([coefficient, scale]): Value => new Numeric(coefficient, scale));

describe('accumulators', () => {
  it('sum int8 exactly, whatever the size', () => {
    fc.assert(
      fc.property(fc.array(int8, { minLength: 1 }), (values) => {
        const sum = accumulator('sum', OID.int8);
        for (const value of values) sum.step(context, value);
        const exact = values.reduce((total: bigint, value) => total + BigInt(value as number | bigint), 0n);
        expect(typeDefinition(OID.numeric).output(sum.finish(context, []), context)).toBe(exact.toString());
      }),
    );
  });

  for (const [name, type, values] of [
    ['sum', OID.int8, int8],
    ['avg', OID.int8, int8],
    ['sum', OID.numeric, numeric],
    ['avg', OID.numeric, numeric],
    ['variance', OID.numeric, numeric],
    ['stddev_pop', OID.int8, int8],
    ['bool_and', OID.bool, fc.boolean() as fc.Arbitrary<Value>],
  ] as const) {
    it(`${name}(${typeDefinition(type).displayName}) after retracting the oldest rows is as if they had never been`, () => {
      fc.assert(
        fc.property(fc.array(values, { minLength: 1, maxLength: 30 }), fc.nat(30), (items, cut) => {
          const dropped = Math.min(cut, items.length);
          const moving = accumulator(name, type);
          const fresh = accumulator(name, type);
          for (const item of items) moving.step(context, item);
          for (const item of items.slice(0, dropped)) moving.retract?.(context, item);
          for (const item of items.slice(dropped)) fresh.step(context, item);
          expect(moving.finish(context, [])).toEqual(fresh.finish(context, []));
        }),
      );
    });
  }
});
