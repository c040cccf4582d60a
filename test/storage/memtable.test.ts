import { describe, expect, it } from 'vitest';
import { compareBytes, hexOf } from '../../src/base/bytes.ts';
import { Memtable } from '../../src/storage/memtable.ts';
import { MemtableScan } from '../../src/storage/memtable-scan.ts';
import { slot, treeId, type Key, type KeyRange, type Slot } from '../../src/storage/tree.ts';
import { Draw, SEED } from './random.ts';

const tree = treeId(20);

function scanned(memtable: Memtable, range: KeyRange, reverse: boolean, at: Slot, floor: Slot): string[] {
  const found: string[] = [];
  const of = memtable.tree(tree);
  if (of === undefined) return found;
  const scan = new MemtableScan(of, range, reverse, at, floor);
  while (scan.advance()) found.push(`${hexOf(scan.key)}=${scan.isTombstone ? 'gone' : hexOf(scan.row)}@${scan.slot}`);
  return found;
}

describe(`the memtable (SEED=${SEED})`, () => {
  it('shows every snapshot what a sorted map replayed to its slot would', () => {
    const draw = new Draw(SEED + 2);
    for (let round = 0; round < 12; round++) {
      const memtable = new Memtable();
      const history: { key: Key; row: Uint8Array | null; slot: Slot }[] = [];
      const clears: Slot[] = [];
      const count = draw.of([10, 300, 3000]);
      const spread = draw.of([50, 5000]);
      let at = 1;
      for (let step = 0; step < count; step++) {
        if (draw.chance(0.3)) {
          at++;
          if (draw.chance(0.01)) {
            memtable.clear(tree, slot(at));
            clears.push(slot(at));
          }
        }
        const number = draw.chance(0.5) ? step : draw.below(spread);
        const key = Uint8Array.from([number >> 8, number & 255, ...(draw.chance(0.1) ? [draw.below(3)] : [])]);
        const row = draw.chance(0.2) ? null : Uint8Array.from([step & 255, step >> 8]);
        memtable.apply(tree, key, row, slot(at));
        history.push({ key, row, slot: slot(at) });
      }
      for (let check = 0; check < 20; check++) {
        const snapshot = slot(draw.below(at + 2));
        const floor = slot(draw.chance(0.5) ? 0 : draw.below(snapshot + 1));
        const cleared = Math.max(0, ...clears.filter((one) => one <= snapshot));
        const model = new Map<string, { key: Key; row: Uint8Array | null; slot: Slot }>();
        for (const one of history) if (one.slot <= snapshot) model.set(hexOf(one.key), one);
        const bound = (): Key | undefined => (draw.chance(0.5) ? undefined : Uint8Array.from([draw.below(20), draw.below(256)]));
        const range = { from: bound(), to: bound() };
        const expected = [...model.values()]
          .filter((one) => one.slot >= cleared && one.slot > floor)
          .filter(
            (one) =>
              (range.from === undefined || compareBytes(one.key, range.from) >= 0) &&
              (range.to === undefined || compareBytes(one.key, range.to) < 0),
          )
          .sort((a, b) => compareBytes(a.key, b.key))
          .map((one) => `${hexOf(one.key)}=${one.row === null ? 'gone' : hexOf(one.row)}@${one.slot}`);
        expect(scanned(memtable, range, false, snapshot, floor)).toEqual(expected);
        expect(scanned(memtable, range, true, snapshot, floor)).toEqual(expected.reverse());
        if (floor > 0) expect(scanned(memtable.trimThrough(floor), range, true, snapshot, floor)).toEqual(expected);
      }
    }
  });

  it('finds single keys, those that are there and those that are not, however often it is asked', () => {
    const draw = new Draw(SEED + 3);
    const memtable = new Memtable();
    const model = new Map<number, number>();
    const keyOf = (number: number): Key => Uint8Array.from([2, number >> 8, number & 255].slice(0, number % 5 === 0 ? 2 : 3));
    for (let step = 0; step < 6000; step++) {
      const number = draw.below(3000) | 1;
      const id = number % 5 === 0 ? (number >> 8) * -1 - 1 : number;
      if (draw.chance(0.4)) {
        memtable.apply(tree, keyOf(number), Uint8Array.from([step & 255, step >> 8]), slot(step + 1));
        model.set(id, step);
      }
      const of = memtable.tree(tree);
      const version = of?.find(keyOf(number), slot(step + 1)) ?? -1;
      const known = model.get(id);
      expect(version < 0 ? undefined : of?.rowOf(version)).toEqual(
        known === undefined ? undefined : Uint8Array.from([known & 255, known >> 8]),
      );
    }
  });

  it('takes many rows in as they lie, and goes on adding beside them', () => {
    const memtable = new Memtable();
    const rows = Uint8Array.from({ length: 200_000 }, (_, at) => (at * 7) & 255);
    const few = Uint8Array.from([9, 8, 7]);
    memtable.apply(tree, Uint8Array.of(1), few, slot(1));
    const [large, small] = [memtable.rowsOf(rows), memtable.rowsOf(few)];
    memtable.treeAt(tree, slot(2)).putRow(Uint8Array.of(2), large, 150_000, 150_010, slot(2));
    memtable.treeAt(tree, slot(2)).putRow(Uint8Array.of(3), small, 1, 3, slot(2));
    memtable.treeAt(tree, slot(2)).putRow(Uint8Array.of(4), null, 0, -1, slot(2));
    memtable.apply(tree, Uint8Array.of(5), few, slot(3));
    for (const one of [memtable, memtable.trimThrough(slot(0))]) {
      expect(scanned(one, { from: undefined, to: undefined }, false, slot(3), slot(0))).toEqual([
        '01=090807@1',
        `02=${hexOf(rows.slice(150_000, 150_010))}@2`,
        '03=0807@2',
        '04=gone@2',
        '05=090807@3',
      ]);
    }
  });

  it('keeps keys that begin each other in order, whichever came first', () => {
    const keys = [[], [1], [1, 0], [1, 0, 0, 0, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0, 0, 0, 0], [1, 2], [2]].map((bytes) =>
      Uint8Array.from(bytes),
    );
    const draw = new Draw(SEED + 3);
    for (let round = 0; round < 200; round++) {
      const memtable = new Memtable();
      const some = keys.filter(() => draw.chance(0.6));
      for (const key of some.toSorted(() => draw.next() - 0.5)) memtable.apply(tree, key, key, slot(1));
      expect(scanned(memtable, { from: undefined, to: undefined }, false, slot(1), slot(0))).toEqual(
        some.map((key) => `${hexOf(key)}=${hexOf(key)}@1`),
      );
      for (const key of keys) expect((memtable.tree(tree)?.find(key, slot(1)) ?? -1) >= 0).toBe(some.includes(key));
    }
  });

  it('lets a scan go on while keys are added around it', () => {
    const memtable = new Memtable();
    const key = (number: number): Key => Uint8Array.from([number >> 8, number & 255]);
    for (let number = 0; number < 2000; number += 2) memtable.apply(tree, key(number), key(number), slot(1));
    const of = memtable.tree(tree);
    if (of === undefined) throw new Error('the tree was written');
    for (const reverse of [false, true]) {
      const scan = new MemtableScan(of, { from: undefined, to: undefined }, reverse, slot(1), slot(0));
      let expected = reverse ? 1998 : 0;
      while (scan.advance()) {
        expect(hexOf(scan.key)).toBe(hexOf(key(expected)));
        memtable.apply(tree, key(((expected * 7 + 1) % 2000) | 1), key(1), slot(2));
        expected += reverse ? -2 : 2;
      }
      expect(expected).toBe(reverse ? -2 : 2000);
    }
  });
});
