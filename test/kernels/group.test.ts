import { describe, expect, it } from 'vitest';
import { GROUP_TABLE, GROUP_TABLE_BYTES, GROUP_WANTS } from '../../src/kernels/group-table.ts';
import { SEED } from '../storage/random.ts';
import { drawColumn, drawType, keyText, layoutOf, putHashes, putKeys } from './draw-keys.ts';
import { forRows, type Written } from './kernel-pair.ts';

const CAPACITY = 4;

describe(`groups and their twins (SEED=${SEED})`, () => {
  it('rows have the same tuple exactly when their keys are equal, through every kind of growth', () => {
    const wanted = new Map<number, number>();
    forRows((pair, rows, draw) => {
      const n = Math.min(rows, 1100);
      // From here on no row is null, and the vectors say so.
      const plainFrom = draw.below(n + 1);
      const columns = Array.from({ length: draw.of([1, 1, 2, 3]) }, () =>
        drawColumn(pair, draw, n, drawType(draw), 1 + draw.below(40), plainFrom),
      );
      const layout = layoutOf(columns, draw.chance(0.5) ? ['count', 'sumInt'] : []);
      const keys = putKeys(pair, layout, columns);
      const plainKeys = putKeys(
        pair,
        layout,
        columns.map((column) => ({ ...column, nulls: 0 })),
      );
      const hashes = putHashes(pair, columns, n, draw.chance(0.3));
      const header = new Uint32Array(GROUP_TABLE_BYTES / 4);
      const table = pair.room(GROUP_TABLE_BYTES);
      const tuplesMax = 16;
      const stringsMax = 40;
      let entries = pair.room(CAPACITY * 8);
      pair.write(entries, new Uint8Array(CAPACITY * 8));
      const scratch = pair.room(n * 4);
      header[GROUP_TABLE.entries] = entries;
      header[GROUP_TABLE.mask] = CAPACITY - 1;
      header[GROUP_TABLE.limit] = CAPACITY / 2;
      header[GROUP_TABLE.stride] = layout.stride;
      header[GROUP_TABLE.scratch] = scratch;
      pair.write(table, header);
      const dst = pair.room(n * 4);
      const found = new Uint32Array(n);
      const read = (): Uint32Array<ArrayBuffer> => new Uint32Array(pair.read(table, GROUP_TABLE_BYTES).buffer);
      const regions: Written[] = [];
      let [tuples, strings] = [0, 0];
      for (let from = 0; from < n;) {
        const now = read();
        const written: Written[] = [
          { address: table, bytes: GROUP_TABLE_BYTES },
          { address: now[GROUP_TABLE.entries], bytes: (now[GROUP_TABLE.mask] + 1) * 8 },
          ...(tuples === 0 ? [] : [{ address: tuples, bytes: tuplesMax * layout.stride }]),
          ...(strings === 0 ? [] : [{ address: strings, bytes: now[GROUP_TABLE.stringsEnd] - strings }]),
        ];
        const before = from;
        const isPlain = before >= plainFrom;
        const to = isPlain ? n : plainFrom;
        from = pair.run(
          (k) => k.groupFind(table, isPlain ? plainKeys : keys, columns.length, hashes, to, before, dst),
          { address: dst + before * 4, bytes: (n - before) * 4, isScratch: true },
          { address: scratch, bytes: n * 4, isScratch: true },
          ...written,
        );
        expect(from).toBeGreaterThanOrEqual(before);
        found.set(new Uint32Array(pair.read(dst + before * 4, (from - before) * 4).buffer), before);
        const after = read();
        const wants = after[GROUP_TABLE.wants];
        wanted.set(wants, (wanted.get(wants) ?? 0) + 1);
        if (from === to) expect(wants).toBe(GROUP_WANTS.nothing);
        else if (wants === GROUP_WANTS.entries) {
          const capacity = (after[GROUP_TABLE.mask] + 1) * 2;
          entries = pair.room(capacity * 8);
          pair.run(
            (k) => k.groupGrow(table, entries, capacity),
            { address: table, bytes: GROUP_TABLE_BYTES },
            { address: entries, bytes: capacity * 8 },
          );
        } else if (wants === GROUP_WANTS.tuples) {
          tuples = pair.room(tuplesMax * layout.stride);
          regions.push({ address: tuples, bytes: tuplesMax * layout.stride });
          after[GROUP_TABLE.tuples] = tuples;
          after[GROUP_TABLE.tuplesEnd] = tuples + tuplesMax * layout.stride + draw.below(layout.stride);
          pair.write(table, after);
        } else {
          expect(wants).toBe(GROUP_WANTS.strings);
          const bytes = Math.max(stringsMax, after[GROUP_TABLE.wantedBytes]);
          strings = pair.room(bytes);
          after[GROUP_TABLE.strings] = strings;
          after[GROUP_TABLE.stringsEnd] = strings + bytes;
          pair.write(table, after);
        }
      }
      const byKey = new Map<string, number>();
      for (let row = 0; row < n; row++) {
        const key = keyText(columns, row);
        if (!byKey.has(key)) byKey.set(key, found[row]);
        expect(byKey.get(key), key).toBe(found[row]);
      }
      expect(new Set(byKey.values()).size).toBe(byKey.size);
      expect(read()[GROUP_TABLE.count]).toBe(byKey.size);
      // In the order of first rows, chunk after chunk.
      const inOrder = regions.flatMap(({ address }) => Array.from({ length: tuplesMax }, (_, at) => address + at * layout.stride));
      expect([...byKey.values()]).toEqual(inOrder.slice(0, byKey.size));
    }, 100);
    const { range: _, ...ofGroupFind } = GROUP_WANTS;
    for (const wants of Object.values(ofGroupFind)) expect(wanted.get(wants), `wants ${wants}`).toBeGreaterThan(10);
  });
});
