import { describe, expect, it } from 'vitest';
import { CellWriter } from '../../src/storage/cell-codec.ts';
import { decodeRow, encodeRow } from '../../src/storage/row-codec.ts';
import { RowPatch } from '../../src/storage/row-patch.ts';
import { placeholderRowId, resolveKey, resolveRow, rowIdOf } from '../../src/storage/row-id.ts';
import { encodeKey } from '../../src/storage/key-codec.ts';
import { slot } from '../../src/storage/tree.ts';
import { OID } from '../../src/types/oid.ts';
import { Numeric, type Value } from '../../src/types/value.ts';
import { Draw, SEED } from './random.ts';
import { EVERY_TYPE, schemaOf } from './schemas.ts';

const draw = new Draw(SEED + 1);
const schema = schemaOf(EVERY_TYPE, [1]);
const all = EVERY_TYPE.map((_, at) => at);

function randomRow() {
  return [
    draw.nullable(() => draw.chance(0.5)),
    draw.nullable(() => draw.int32()),
    draw.nullable(() => draw.int64()),
    draw.nullable(() => Math.fround(draw.float64())),
    draw.nullable(() => draw.float64()),
    draw.nullable(() => draw.numeric()),
    draw.nullable(() => draw.text() + (draw.chance(0.05) ? 'long'.repeat(100) : '')),
    draw.nullable(() => draw.bytes()),
  ];
}

describe(`the row codec (SEED=${SEED})`, () => {
  it('gives back every row, whole and in part', () => {
    for (let round = 0; round < 2000; round++) {
      const row = randomRow();
      const bytes = encodeRow(schema, row);
      expect(decodeRow(schema, bytes, all)).toEqual(row);
      const some = all.filter(() => draw.chance(0.4)).reverse();
      expect(decodeRow(schema, bytes, some)).toEqual(some.map((at) => row[at]));
    }
  });

  it('changes some columns as if the whole row were written, and reads no more than it is told to', () => {
    const out = new CellWriter();
    for (let round = 0; round < 2000; round++) {
      const [before, after] = [randomRow(), randomRow()];
      const changed = all.filter(() => draw.chance(0.3));
      const read = all.filter(() => draw.chance(0.3)).map((position, place) => ({ position, place }));
      const bytes = encodeRow(schema, before);
      const patch = new RowPatch(schema, changed, read);
      const into: Value[] = [];
      expect(patch.read(new Uint8Array([7, ...bytes, 7]), 1, bytes.length + 1, into)).toBe(true);
      expect(into).toEqual(read.map(({ position }) => before[position]));
      out.reset();
      patch.write(out, after);
      const expected = before.map((value, position) => (changed.includes(position) ? after[position] : value));
      expect(out.take()).toEqual(encodeRow(schema, expected));
    }
  });

  it('does not change a row that was written before a changed column, or one that is read, was there', () => {
    const older = encodeRow(schemaOf([OID.int4], [0]), [1]);
    const newer = schemaOf([OID.int4, OID.text, OID.int4], [0]);
    for (const [changed, read] of [
      [[1], []],
      [[0], [{ position: 2, place: 0 }]],
    ] as const) {
      const patch = new RowPatch(newer, changed, read);
      expect(patch.read(older, 0, older.length, [])).toBe(false);
      expect(patch.isOpen).toBe(false);
    }
    const patch = new RowPatch(newer, [0], []);
    expect(patch.read(older, 0, older.length, [])).toBe(true);
  });

  it('keeps integers at every edge of their encodings', () => {
    const one = schemaOf([OID.int8], [0]);
    for (let power = 0; power < 64; power++) {
      for (const off of [-1n, 0n, 1n]) {
        for (const sign of [1n, -1n]) {
          const wide = BigInt.asIntN(64, sign * (2n ** BigInt(power) + off));
          const value = wide >= -9007199254740991n && wide <= 9007199254740991n ? Number(wide) : wide;
          expect(decodeRow(one, encodeRow(one, [value]), [0])).toEqual([value]);
        }
      }
    }
    const numeric = schemaOf([OID.numeric], [0]);
    for (const coefficient of [2n ** 53n, -(2n ** 53n), 2n ** 200n, 9007199254740991, -9007199254740991]) {
      expect(decodeRow(numeric, encodeRow(numeric, [new Numeric(coefficient, 3)]), [0])).toEqual([new Numeric(coefficient, 3)]);
    }
  });

  it('skips columns the schema forgot and fills in the ones it gained', () => {
    const before = schemaOf([OID.int4, OID.text, OID.numeric], [0]);
    const after = schemaOf([OID.int4, OID.numeric, OID.text], [0], { ids: [1, 3, 9], missing: [null, null, 'none'] });
    const bytes = encodeRow(before, [1, 'dropped', new Numeric(25, 1)]);
    expect(decodeRow(after, bytes, [2, 1, 0, 0])).toEqual(['none', new Numeric(25, 1), 1, 1]);
  });

  it('finds every truncation', () => {
    for (let round = 0; round < 50; round++) {
      const bytes = encodeRow(schema, randomRow());
      for (let length = 0; length < bytes.length; length++) {
        expect(() => decodeRow(schema, bytes.subarray(0, length), all), `${length} of ${bytes.length}`).toThrow(
          expect.objectContaining({ code: 'XX001' }),
        );
      }
    }
  });
});

describe('row ids', () => {
  const keyless = schemaOf([OID.int8, OID.text], [0], { ids: [0, 1], rowId: 0 });

  it('are placeholders until their slot is put in place, in key and row alike', () => {
    for (const at of [slot(1), slot(2 ** 20), slot(2 ** 37)]) {
      for (const ordinal of [0, 1, 2 ** 25 - 1]) {
        const before = [placeholderRowId(ordinal), 'x'];
        const after = [rowIdOf(at, ordinal), 'x'];
        expect(resolveKey(encodeKey(keyless, before), at)).toEqual(encodeKey(keyless, after));
        expect(resolveRow(encodeRow(keyless, before), at)).toEqual(encodeRow(keyless, after));
        expect(resolveRow(encodeRow(keyless, after), at)).toEqual(encodeRow(keyless, after));
      }
    }
  });
});
