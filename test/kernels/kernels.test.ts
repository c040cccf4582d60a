import { describe, expect, it } from 'vitest';
import { packBits, unpackBits } from '../../src/kernels/bit-packing.ts';
import { loadKernels } from '../../src/kernels/kernels.ts';
import { compressBlock, decompressBlock } from '../../src/kernels/lz4.ts';
import { Draw, SEED } from '../storage/random.ts';

describe(`kernels and their twins (SEED=${SEED})`, () => {
  for (const isShared of [false, true]) {
    const memory = new WebAssembly.Memory({ initial: 64, maximum: 64, shared: isShared });
    const kernels = loadKernels(memory, isShared);
    if (kernels === undefined) throw new Error('this host compiles WebAssembly');
    const bytes = new Uint8Array(memory.buffer);
    const [RAW, OUT, TABLE] = [0, 1 << 20, 2 << 20];

    it(`${isShared ? 'shared' : 'private'}: compress to the same bytes and back`, () => {
      const draw = new Draw(SEED + 40);
      for (let round = 0; round < 100; round++) {
        const raw = Uint8Array.from({ length: draw.of([0, 5, 13, 14, 100, 5000, 80_000]) }, (_, at) =>
          draw.chance(0.5) ? at >> 3 : draw.below(4),
        );
        const outMax = draw.of([raw.length, raw.length >> 1, (raw.length * 7) >> 3]);
        bytes.set(raw, RAW);
        const length = kernels.compress(RAW, raw.length, OUT, outMax, TABLE);
        const twin = compressBlock(raw, outMax);
        expect(length).toBe(twin === null ? -1 : twin.length);
        if (twin === null) continue;
        expect(Buffer.compare(bytes.slice(OUT, OUT + length), twin)).toBe(0);
        bytes.fill(0xee, RAW, RAW + raw.length + 16);
        expect(kernels.decompress(OUT, length, RAW, raw.length)).toBe(1);
        expect(Buffer.compare(bytes.slice(RAW, RAW + raw.length), raw)).toBe(0);
      }
    });

    it(`${isShared ? 'shared' : 'private'}: judge damaged blocks alike and write nothing outside`, () => {
      const draw = new Draw(SEED + 41);
      for (let round = 0; round < 1000; round++) {
        const raw = Uint8Array.from({ length: 400 }, (_, at) => (at >> draw.below(6)) & 15);
        const block = compressBlock(raw, 400);
        if (block === null) continue;
        for (let flips = draw.below(4); flips >= 0; flips--) block[draw.below(block.length)] = draw.below(256);
        const cut = block.subarray(0, draw.chance(0.8) ? block.length : draw.below(block.length));
        bytes.set(cut, OUT);
        bytes.fill(0xee, RAW, RAW + 1000);
        const judged = kernels.decompress(OUT, cut.length, RAW + 100, 400);
        const twin = decompressBlock(cut, 400);
        expect(judged).toBe(twin === null ? 0 : 1);
        if (twin !== null) expect(Buffer.compare(bytes.slice(RAW + 100, RAW + 500), twin)).toBe(0);
        expect(
          bytes.subarray(RAW, RAW + 100).every((byte) => byte === 0xee) &&
            bytes.subarray(RAW + 500, RAW + 600).every((byte) => byte === 0xee),
        ).toBe(true);
      }
    });

    it(`${isShared ? 'shared' : 'private'}: unpack the same codes at every width`, () => {
      const draw = new Draw(SEED + 42);
      for (let width = 0; width <= 32; width++) {
        const count = 1 + draw.below(500);
        const values = Uint32Array.from({ length: count }, () => draw.below(2 ** width));
        const packed = packBits(values, count, width);
        bytes.set(packed, RAW);
        const from = draw.below(count);
        kernels.unpack(RAW, from, count - from, width, OUT);
        const twin = new Uint32Array(count);
        unpackBits(new Uint32Array(packed.buffer), from, count, width, twin);
        expect(
          Buffer.compare(Buffer.from(memory.buffer.slice(OUT, OUT + (count - from) * 4)), Buffer.from(twin.buffer, 0, (count - from) * 4)),
        ).toBe(0);
      }
    });
  }
});
