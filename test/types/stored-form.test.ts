import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareBytes } from '../../src/base/bytes.ts';
import { objectNode } from '../../src/types/json/parse.ts';
import { OID, type Oid } from '../../src/types/oid.ts';
import { arrayTypeOf, allTypes, typeDefinition } from '../../src/types/types.ts';
import { canonicalInt8, Interval, Jsonb, Numeric, SqlArray, SqlRecord, TimeTz, type JsonNode, type Value } from '../../src/types/value.ts';
import { testContext } from '../functions/context.ts';

const SEED = Number(process.env['SEED'] ?? 20_240_301);

const int4 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const int8 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(canonicalInt8);
const smallInt8 = fc.oneof(int8, fc.bigInt({ min: -5n, max: 5n }).map(canonicalInt8));
const float = fc.oneof(fc.double(), fc.constantFrom(0, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY));
const numeric = fc.oneof(
  fc
    .tuple(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.integer({ min: 0, max: 12 }))
    .map(([coefficient, scale]) => new Numeric(coefficient, scale)),
  fc
    .tuple(fc.bigInt({ min: -30n, max: 30n }), fc.integer({ min: 0, max: 3 }))
    .map(([coefficient, scale]) => new Numeric(coefficient, scale)),
  fc.constantFrom(new Numeric(0, 0, 'nan'), new Numeric(0, 0, 'infinity'), new Numeric(0, 0, '-infinity')),
);
const text = fc.oneof(fc.string(), fc.string({ unit: 'binary', maxLength: 6 }), fc.constantFrom('', 'a', 'ab', 'a\u0001'));
const finiteNumeric = numeric.filter((value) => value.kind === 'finite');
const json: fc.Arbitrary<JsonNode> = fc.letrec<{ node: JsonNode }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom<JsonNode>(null, true, false),
    text.map((value): JsonNode => value.replaceAll('\0', '')),
    finiteNumeric.map((value): JsonNode => value),
    fc.array(tie('node'), { maxLength: 3 }).map((items): JsonNode => items),
    fc
      .array(
        fc.tuple(
          text.map((key) => key.replaceAll('\0', '')),
          tie('node'),
        ),
        { maxLength: 3 },
      )
      .map((pairs): JsonNode => objectNode(pairs)),
  ),
})).node;

const VALUES: readonly (readonly [Oid, fc.Arbitrary<Value>])[] = [
  [OID.bool, fc.boolean()],
  [OID.int4, int4],
  [OID.int8, smallInt8],
  [OID.float8, float],
  [OID.float4, float.map(Math.fround)],
  [OID.numeric, numeric],
  [OID.text, text],
  [OID.bytea, fc.uint8Array({ maxLength: 12 })],
  [
    OID.date,
    fc.oneof(fc.integer({ min: -2_000_000, max: 2_000_000 }), fc.constantFrom(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY)),
  ],
  [OID.time, fc.integer({ min: 0, max: 86_400_000_000 })],
  [
    OID.timetz,
    fc
      .tuple(fc.integer({ min: 0, max: 86_400_000_000 }), fc.integer({ min: -57_599, max: 57_599 }))
      .map(([micros, zone]) => new TimeTz(micros, zone)),
  ],
  [
    OID.timestamp,
    fc.oneof(
      fc.bigInt({ min: -211_813_488_000_000_000n, max: 9_223_371_331_199_999_999n }).map(canonicalInt8),
      fc.constantFrom(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
    ),
  ],
  [OID.interval, fc.tuple(int4, int4, smallInt8).map(([months, days, micros]) => new Interval(months, days, micros))],
  [OID.uuid, fc.uuid()],
  [OID.jsonb, json.map((root) => new Jsonb(root))],
];

const NESTED: readonly (readonly [Oid, fc.Arbitrary<Value>])[] = [
  ...VALUES.map(([type, value]): readonly [Oid, fc.Arbitrary<Value>] => [
    arrayTypeOf(type),
    fc.array(fc.oneof(value, fc.constant(null)), { maxLength: 4 }).map((items) => new SqlArray(items)),
  ]),
  [
    OID.record,
    fc.tuple(int4, fc.oneof(text, fc.constant(null))).map(([number, name]) => new SqlRecord([number, name], [OID.int4, OID.text])),
  ],
];

const context = testContext();

for (const [type, value] of [...VALUES, ...NESTED]) {
  const definition = typeDefinition(type);
  const compare = definition.compare ?? (() => 0);
  describe(`${definition.name} (seed ${SEED})`, () => {
    it('comes back from storage equal, to the digit', () => {
      check(
        fc.property(value, (made) => {
          const stored = definition.store === undefined ? (made ?? 0) : definition.store(made);
          const loaded = definition.load === undefined ? stored : definition.load(stored);
          expect(definition.output(loaded, context)).toBe(definition.output(made, context));
          expect(compare(loaded, made)).toBe(0);
        }),
      );
    });

    it('prints text that reads back as the same value', () => {
      if (type === OID.record) return; // anonymous records have no input
      check(
        fc.property(value, (made) => {
          const printed = definition.output(made, context);
          const read = definition.input(printed, context, -1);
          expect(definition.output(read, context)).toBe(printed);
          expect(compare(read, made)).toBe(0);
        }),
      );
    });

    it('orders consistently in compare, hash keys and sort keys', () => {
      check(
        fc.property(value, value, (a, b) => {
          const order = Math.sign(compare(a, b));
          expect(Math.sign(compare(b, a)) + order).toBe(0);
          expect(
            definition.hashKey(a) === definition.hashKey(b) || (Number.isNaN(definition.hashKey(a)) && Number.isNaN(definition.hashKey(b))),
          ).toBe(order === 0);
          if (definition.sortKey !== undefined) expect(Math.sign(compareBytes(definition.sortKey(a), definition.sortKey(b)))).toBe(order);
        }),
      );
    });
  });
}

describe('all types', () => {
  it('have distinct OIDs and names, and array types that point back', () => {
    const types = allTypes();
    expect(new Set(types.map((type) => type.oid)).size).toBe(types.length);
    expect(new Set(types.map((type) => type.name)).size).toBe(types.length);
    for (const type of types) if (type.arrayOid !== 0) expect(typeDefinition(type.arrayOid).elementOid).toBe(type.oid);
  });
});

function check(property: Parameters<typeof fc.assert>[0]): void {
  void fc.assert(property, { seed: SEED, numRuns: 300 });
}
