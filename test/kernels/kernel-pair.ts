import fc from 'fast-check';
import { expect } from 'vitest';
import { loadKernels, twinKernels, type Kernels } from '../../src/kernels/kernels.ts';
import { Draw, SEED } from '../storage/random.ts';

const MEMORY_BYTES = 256 * 1024;

/**
 * What a kernel may write: `bytes` at `address`, and the padding after them. `isFloat`: NaNs are compared as one. `isScratch`: what it
 * leaves there is its own.
 */
export interface Written {
  readonly address: number;
  readonly bytes: number;
  readonly isFloat?: boolean;
  readonly isScratch?: boolean;
}

/** The compiled kernels and their twins, each over a memory of its own; both memories always hold the same. */
export class KernelPair {
  readonly #compiled: Kernels;
  readonly #twins: Kernels;
  readonly #memories: readonly [Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>];
  readonly #before = new Uint8Array(MEMORY_BYTES);
  #used = 0;
  #end = MEMORY_BYTES;

  constructor() {
    const memory = new WebAssembly.Memory({ initial: MEMORY_BYTES / 65536, maximum: MEMORY_BYTES / 65536 });
    const compiled = loadKernels(memory, false);
    if (compiled === undefined) throw new Error('this host compiles WebAssembly');
    const twin = { buffer: new ArrayBuffer(MEMORY_BYTES) };
    this.#compiled = compiled;
    this.#twins = twinKernels(twin);
    this.#memories = [new Uint8Array(memory.buffer as ArrayBuffer), new Uint8Array(twin.buffer)];
  }

  /** Forgets all allocations, and fills memory with what no kernel may rely on. */
  reset(draw: Draw): void {
    this.#used = 64;
    this.#end = MEMORY_BYTES;
    const fill = draw.below(256);
    for (const memory of this.#memories) memory.fill(fill);
  }

  /** Room for `bytes` at a multiple of 16, with the padding that kernels may write. */
  room(bytes: number): number {
    const address = this.#used;
    this.#used += ((bytes + 15) & ~15) + 32;
    if (this.#used > this.#end) throw new Error('the test needs more memory');
    return address;
  }

  /** Room that holds `data`. */
  put(data: ArrayBufferView): number {
    const address = this.room(data.byteLength);
    this.write(address, data);
    return address;
  }

  /** Room at the end of memory that holds `data`: a read past it would trap. Once more: below the last. */
  putLast(data: ArrayBufferView): number {
    this.#end -= data.byteLength;
    if (this.#end < this.#used) throw new Error('the test needs more memory');
    this.write(this.#end, data);
    return this.#end;
  }

  /** Gives back what `putLast` gave. */
  freeLast(): void {
    this.#end = MEMORY_BYTES;
  }

  write(address: number, data: ArrayBufferView): void {
    for (const memory of this.#memories) memory.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), address);
  }

  /** Bytes as the compiled kernels left them. */
  read(address: number, bytes: number): Uint8Array<ArrayBuffer> {
    return this.#memories[0].slice(address, address + bytes);
  }

  /** Runs a kernel both ways: the same answer and bytes, and nothing changed but what `written` allows. The answer. */
  run<Answer>(call: (kernels: Kernels) => Answer, ...written: Written[]): Answer {
    return this.#both(call, () => ({ same: written.filter(({ isScratch }) => isScratch !== true), free: written.map(withPadding) }));
  }

  /** The same for a kernel that answers how many bytes of an arena it used, or less than 0 when it left all of them arbitrary. */
  attempt(call: (kernels: Kernels) => number, arena: Written, ...written: Written[]): number {
    return this.#both(call, (used) => ({
      same: used < 0 ? [] : [{ ...arena, bytes: used }, ...written],
      free: [arena, ...written.map(withPadding)],
    }));
  }

  /** `same`: what both must have written. `free`: what each may have written. */
  #both<Answer>(call: (kernels: Kernels) => Answer, ranges: (answer: Answer) => { same: Written[]; free: Written[] }): Answer {
    const before = this.#before;
    const [compiled, twin] = this.#memories;
    before.set(compiled);
    const answer = call(this.#compiled);
    expect(call(this.#twins)).toBe(answer);
    const { same, free } = ranges(answer);
    for (const { address, bytes, isFloat } of same) {
      if (isFloat === true) for (const memory of this.#memories) canonicalNaNs(memory, address, bytes);
      expect(firstDifference(compiled, twin, address, address + bytes), 'the twins write the same').toBe(-1);
    }
    for (const { address, bytes } of free) {
      const settled = compiled.subarray(address, address + bytes);
      twin.set(settled, address);
      before.set(settled, address);
    }
    expect(firstDifference(compiled, before, 0, MEMORY_BYTES), 'the kernel writes in its bounds').toBe(-1);
    expect(firstDifference(twin, before, 0, MEMORY_BYTES), 'the twin writes in its bounds').toBe(-1);
    return answer;
  }
}

function withPadding({ address, bytes }: Written): Written {
  return { address, bytes: ((address + bytes + 15) & ~15) + 16 - address };
}

function canonicalNaNs(memory: Uint8Array<ArrayBuffer>, address: number, bytes: number): void {
  const floats = new Float64Array(memory.buffer, address, bytes / 8);
  for (let at = 0; at < floats.length; at++) if (Number.isNaN(floats[at])) floats[at] = Number.NaN;
}

function firstDifference(a: Uint8Array, b: Uint8Array, from: number, to: number): number {
  if (Buffer.compare(a.subarray(from, to), b.subarray(from, to)) === 0) return -1;
  let at = from;
  while (a[at] === b[at]) at++;
  return at;
}

const rowCounts = fc.oneof(fc.constantFrom(1, 2, 15, 16, 17, 31, 32, 33, 2047, 2048), fc.integer({ min: 1, max: 120 }));

/** Checks a property of a pair for many row counts and draws; a failure prints both, shrunk. */
export function forRows(property: (pair: KernelPair, n: number, draw: Draw) => void, runs = 60): void {
  const pair = new KernelPair();
  fc.assert(
    fc.property(rowCounts, fc.integer({ min: 0, max: 2 ** 31 }), (n, seed) => {
      const draw = new Draw(seed);
      pair.reset(draw);
      property(pair, n, draw);
    }),
    { seed: SEED, numRuns: runs },
  );
}
