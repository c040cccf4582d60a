import { describe, expect, it } from 'vitest';
import { Draw, SEED } from '../storage/random.ts';
import { drawColumn, drawType, keyText, putHashes } from './draw-keys.ts';
import { KernelPair, forRows } from './kernel-pair.ts';

function hashes(pair: KernelPair, address: number, n: number): Uint32Array {
  return new Uint32Array(pair.read(address, n * 4).buffer);
}

describe(`hashes and their twins (SEED=${SEED})`, () => {
  it('equal rows have equal hashes, and unequal ones hardly ever', () => {
    let [pairs, collisions] = [0, 0];
    forRows((pair, n, draw) => {
      const columns = Array.from({ length: 1 + draw.below(3) }, () => drawColumn(pair, draw, n, drawType(draw), 1 + draw.below(60)));
      const found = hashes(pair, putHashes(pair, columns, n), n);
      const byKey = new Map<string, number>();
      for (let row = 0; row < n; row++) {
        const key = keyText(columns, row);
        expect(byKey.get(key) ?? found[row]).toBe(found[row]);
        byKey.set(key, found[row]);
      }
      pairs += byKey.size;
      collisions += byKey.size - new Set(byKey.values()).size;
    }, 200);
    expect(pairs).toBeGreaterThan(1000);
    expect(collisions).toBeLessThan(3);
  });

  it('an integer has one hash in every width', () => {
    const pair = new KernelPair();
    pair.reset(new Draw(SEED));
    const numbers = [0, 1, -1, 5, 2147483647, -2147483648];
    const n = numbers.length;
    const [a, b] = [pair.room(n * 4), pair.room(n * 4)];
    const ints = pair.put(Int32Array.from(numbers));
    const longs = pair.put(BigInt64Array.from(numbers, BigInt));
    pair.run((k) => k.hashI32(ints, 0, n, 0, a), { address: a, bytes: n * 4 });
    pair.run((k) => k.hashI64(longs, 0, n, 0, b), { address: b, bytes: n * 4 });
    expect(hashes(pair, a, n)).toEqual(hashes(pair, b, n));
    const bools = pair.put(Uint8Array.of(0, 1));
    pair.run((k) => k.hashBool(bools, 0, 2, 0, b), { address: b, bytes: 8 });
    expect(hashes(pair, b, 2)).toEqual(hashes(pair, a, 2));
  });

  it('every bit of the hash is as good as any other, for runs of integers, floats and texts', () => {
    const pair = new KernelPair();
    const n = 2048;
    for (const type of ['i32', 'i64', 'f64', 'str'] as const) {
      pair.reset(new Draw(SEED));
      const dst = pair.room(n * 4);
      const numbers = Array.from({ length: n }, (_, row) => row);
      const bytes = pair.put(new TextEncoder().encode(numbers.map((row) => `Supplier#${String(row).padStart(9, '0')}`).join('')));
      const src = pair.put(
        {
          i32: () => Int32Array.from(numbers),
          i64: () => BigInt64Array.from(numbers, (row) => BigInt(row) << 31n),
          f64: () => Float64Array.from(numbers, (row) => row * 100),
          str: () => Uint32Array.from({ length: n * 2 }, (_, word) => (word % 2 === 0 ? bytes + (word >> 1) * 18 : 18)),
        }[type](),
      );
      const name = ({ i32: 'hashI32', i64: 'hashI64', f64: 'hashF64', str: 'hashStr' } as const)[type];
      pair.run((k) => k[name](src, 0, n, 0, dst), { address: dst, bytes: n * 4 });
      const found = hashes(pair, dst, n);
      for (let bit = 0; bit < 32; bit++) {
        const ones = found.reduce((sum, hash) => sum + ((hash >>> bit) & 1), 0);
        expect(Math.abs(ones - n / 2), `${type} bit ${bit}`).toBeLessThan(n / 10);
      }
      // Slots and partitions: as many as balls thrown at random would take, which is 1 - 1/e.
      for (const shift of [0, 12, 20]) {
        const taken = new Set(found.map((hash) => (hash >>> shift) & 2047)).size;
        expect(taken, `${type} shift ${shift}`).toBeGreaterThan(n * 0.6);
      }
    }
  });
});
