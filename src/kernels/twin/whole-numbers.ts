import type { MemoryViews } from './memory-views.ts';

/** The true result of an operation on whole numbers; undefined where there is none. */
type Operation = (a: bigint, b: bigint) => bigint | undefined;

/** Kernels over I32 or I64, made from operations on numbers without bounds. */
export class WholeNumbers {
  readonly #memory: MemoryViews;
  readonly #bits: 32 | 64;

  constructor(memory: MemoryViews, bits: 32 | 64) {
    this.#memory = memory;
    this.#bits = bits;
  }

  /** A kernel of two vectors. */
  vectors(operation: Operation): (a: number, b: number, nulls: number, n: number, dst: number) => number {
    return (a, b, nulls, n, dst) => this.#each(operation, a, b, 1, nulls, n, dst);
  }

  /** A kernel of a vector and a cell. */
  constant(operation: Operation): (a: number, constant: number, nulls: number, n: number, dst: number) => number {
    return (a, constant, nulls, n, dst) => this.#each(operation, a, constant, 0, nulls, n, dst);
  }

  /** A kernel of one vector. */
  unary(operation: (a: bigint) => bigint): (a: number, nulls: number, n: number, dst: number) => number {
    return (a, nulls, n, dst) => this.#each(operation, a, a, 1, nulls, n, dst);
  }

  #each(operation: Operation, a: number, b: number, step: 0 | 1, nulls: number, n: number, dst: number): number {
    const size = this.#bits / 8;
    let failures = 0;
    for (let at = 0; at < n; at++) {
      const result = operation(this.#read(a / size + at), this.#read(b / size + at * step));
      const kept = BigInt.asIntN(this.#bits, result ?? 0n);
      if (kept !== result && (nulls === 0 || this.#memory.u8[nulls + at] === 0)) failures++;
      if (this.#bits === 32) this.#memory.i32[dst / size + at] = Number(kept);
      else this.#memory.i64[dst / size + at] = kept;
    }
    return failures;
  }

  #read(index: number): bigint {
    return this.#bits === 32 ? BigInt(this.#memory.i32[index]) : this.#memory.i64[index];
  }
}
