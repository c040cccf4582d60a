import { describe, expect, it } from 'vitest';
import { compareBytes, hexOf } from '../../src/base/bytes.ts';
import { afterKey, encodeKey, encodeKeyPrefix, prefixRange } from '../../src/storage/key-codec.ts';
import { OID, type Oid } from '../../src/types/oid.ts';
import { Numeric, type Value } from '../../src/types/value.ts';
import { Draw, SEED } from './random.ts';
import { schemaOf } from './schemas.ts';

const draw = new Draw(SEED);

/** The order storage promises, written down a second time without any encoding. */
function compareValues(a: Value, b: Value): number {
  if (a instanceof Numeric && b instanceof Numeric) return compareNumerics(a, b);
  if (a instanceof Uint8Array && b instanceof Uint8Array) return compareBytes(a, b);
  if (typeof a === 'string' && typeof b === 'string') return compareBytes(Buffer.from(a), Buffer.from(b));
  if (typeof a === 'number' && typeof b === 'number' && (Number.isNaN(a) || Number.isNaN(b)))
    return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return (a as number) < (b as number) ? -1 : (a as number) > (b as number) ? 1 : 0;
}

function compareNumerics(a: Numeric, b: Numeric): number {
  const rank = { '-infinity': 0, finite: 1, infinity: 2, nan: 3 };
  if (a.kind !== 'finite' || b.kind !== 'finite') return rank[a.kind] - rank[b.kind];
  const left = BigInt(a.coefficient) * 10n ** BigInt(b.scale);
  const right = BigInt(b.coefficient) * 10n ** BigInt(a.scale);
  return left < right ? -1 : left > right ? 1 : 0;
}

const types: readonly (readonly [string, Oid, () => Value])[] = [
  ['bool', OID.bool, () => draw.chance(0.5)],
  ['int4', OID.int4, () => draw.int32()],
  ['int8', OID.int8, () => draw.int64()],
  ['float4', OID.float4, () => Math.fround(draw.float64())],
  ['float8', OID.float8, () => draw.float64()],
  ['numeric', OID.numeric, () => draw.numeric()],
  ['text', OID.text, () => draw.text()],
  ['bytea', OID.bytea, () => draw.bytes()],
];

describe(`keys order as values do (SEED=${SEED})`, () => {
  for (const [name, oid, make] of types) {
    it(`${name}, both directions, nulls at both ends`, () => {
      for (const descending of [false, true]) {
        for (const nullsFirst of [false, true]) {
          const schema = schemaOf([oid, OID.int4], [{ column: 0, descending, nullsFirst }, 1]);
          for (let round = 0; round < 400; round++) {
            const a = [draw.nullable(make), draw.below(3)];
            const b = [draw.nullable(make), draw.below(3)];
            let expected: number;
            if (a[0] === null || b[0] === null) expected = a[0] === b[0] ? 0 : (a[0] === null) === nullsFirst ? -1 : 1;
            else expected = compareValues(a[0], b[0]) * (descending ? -1 : 1);
            if (expected === 0) expected = Number(a[1]) - Number(b[1]);
            const ordered = compareBytes(encodeKey(schema, a), encodeKey(schema, b));
            expect(Math.sign(ordered)).toBe(Math.sign(expected));
          }
        }
      }
    });
  }

  it('numerics far from one', () => {
    const schema = schemaOf([OID.numeric], [0]);
    const values = [
      new Numeric(-1n * 10n ** 300n, 0),
      new Numeric(-1, 0),
      new Numeric(-1, 16_000),
      new Numeric(0, 5),
      new Numeric(1, 16_000),
      new Numeric(1, 300),
      new Numeric(12, 1),
      new Numeric(10n ** 300n, 0),
    ];
    const keys = values.map((value) => encodeKey(schema, [value]));
    for (let at = 1; at < keys.length; at++) expect(compareBytes(keys[at - 1], keys[at])).toBeLessThan(0);
  });
});

describe('keys', () => {
  it('are the documented bytes', () => {
    const schema = schemaOf([OID.int4, OID.text], [0, { column: 1, descending: true, nullsFirst: true }]);
    expect(hexOf(encodeKey(schema, [7, 'ab']))).toBe('0280000007029e9dff');
    expect(hexOf(encodeKey(schema, [7, null]))).toBe('028000000701');
  });

  it('ignore display scale, the sign of zero, and trailing blanks of bpchar', () => {
    const numeric = schemaOf([OID.numeric], [0]);
    expect(encodeKey(numeric, [new Numeric(10, 1)])).toEqual(encodeKey(numeric, [new Numeric(1, 0)]));
    const float = schemaOf([OID.float8], [0]);
    expect(encodeKey(float, [-0])).toEqual(encodeKey(float, [0]));
    const blank = schemaOf([OID.bpchar], [0]);
    expect(encodeKey(blank, ['ab  '])).toEqual(encodeKey(blank, ['ab']));
  });

  it('of a unique tree stop after the unique parts unless one is null', () => {
    const schema = schemaOf([OID.int4, OID.int4, OID.int8], [0, 1, 2], { uniqueParts: 2 });
    expect(encodeKey(schema, [1, 2, 3])).toEqual(encodeKey(schema, [1, 2, 4]));
    expect(encodeKey(schema, [1, null, 3])).not.toEqual(encodeKey(schema, [1, null, 4]));
  });

  it('with a common prefix are the prefix range', () => {
    const schema = schemaOf([OID.int4, OID.text], [0, 1]);
    const range = prefixRange(encodeKeyPrefix(schema, [5]));
    const inside = (row: Value[]): boolean => {
      const key = encodeKey(schema, row);
      return (
        (range.from === undefined || compareBytes(key, range.from) >= 0) && (range.to === undefined || compareBytes(key, range.to) < 0)
      );
    };
    expect(inside([5, ''])).toBe(true);
    expect(inside([5, '\uffff'])).toBe(true);
    expect(inside([5, null])).toBe(true);
    expect(inside([4, '\uffff'])).toBe(false);
    expect(inside([6, ''])).toBe(false);
  });

  it('have a next key right after them', () => {
    const schema = schemaOf([OID.int4], [0]);
    const key = encodeKey(schema, [1]);
    expect(compareBytes(key, afterKey(key))).toBeLessThan(0);
    expect(compareBytes(afterKey(key), encodeKey(schema, [2]))).toBeLessThan(0);
  });

  it('past the limit are refused', () => {
    expect(() => encodeKey(schemaOf([OID.text], [0]), ['x'.repeat(9000)])).toThrow(expect.objectContaining({ code: '54000' }));
  });
});
