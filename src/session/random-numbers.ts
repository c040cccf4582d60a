/** SQL's random(): a session's own generator (xoshiro128**), seeded from the runtime or by setseed(). */
import type { Random } from '../base/runtime.ts';

export class RandomNumbers {
  #state: Uint32Array;

  constructor(random: Random) {
    const bytes = random.bytes(16);
    this.#state = new Uint32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + 16));
    this.#state[0] |= 1; // never all zero
  }

  /** A double in [0, 1) with 53 random bits. */
  next(): number {
    return (this.#bits() * 2 ** 21 + (this.#bits() >>> 11)) / 2 ** 53;
  }

  /** `seed` in [-1, 1]: the same seed gives the same numbers. */
  seed(seed: number): void {
    const view = new DataView(new ArrayBuffer(8));
    view.setFloat64(0, seed);
    this.#state = Uint32Array.of(view.getUint32(0) ^ 0x9e3779b9, view.getUint32(4) ^ 0x243f6a88, 0xb7e15162, 0x85a308d3);
    for (let discarded = 0; discarded < 16; discarded++) this.#bits();
  }

  #bits(): number {
    const s = this.#state;
    const product = Math.imul(s[1], 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
    const shifted = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = (s[3] << 11) | (s[3] >>> 21);
    return result;
  }
}
