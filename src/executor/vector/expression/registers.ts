/** Where expressions put what they compute: buffers of a query, made when an expression is prepared and used again for every batch. */
import type { Kernels } from '../../../kernels/kernels.ts';
import type { QueryMemory } from '../memory.ts';
import { Vector, widthOfType, type VectorType } from '../vector.ts';
import type { Cell } from './ir.ts';

const encoder = new TextEncoder();

export class Registers {
  readonly kernels: Kernels;
  readonly memory: QueryMemory;

  constructor(kernels: Kernels, memory: QueryMemory) {
    this.kernels = kernels;
    this.memory = memory;
  }

  /** A vector with buffers of its own. */
  register(type: VectorType): Register {
    return new Register(type, this.memory.takeValues(type), this.memory.takeBytes());
  }

  /** Room for a mask or null bytes. */
  bytes(): number {
    return this.memory.takeBytes();
  }

  /** The address of a cell that holds a constant (not null). */
  cell(type: VectorType, value: Cell): number {
    return this.cells(type, [value]);
  }

  /** The address of constants side by side. */
  cells(type: VectorType, values: readonly Cell[]): number {
    const width = widthOfType(type);
    const address = this.memory.take(values.length * width + 16);
    for (const [at, value] of values.entries()) this.#write(address + at * width, type, value);
    return address;
  }

  /** The address of a copy of `bytes`. */
  block(bytes: Uint8Array): number {
    const address = this.memory.take(bytes.length);
    this.memory.heap.bytes().set(bytes, address);
    return address;
  }

  /** The address of a reference to a copy of `bytes`. */
  text(bytes: Uint8Array): number {
    const address = this.memory.take(16);
    this.#writeText(address, bytes);
    return address;
  }

  #writeText(address: number, bytes: Uint8Array): void {
    const text = this.block(bytes);
    const words = new Uint32Array(this.memory.heap.memory.buffer, address, 2);
    words[0] = text;
    words[1] = bytes.length;
  }

  #write(address: number, type: VectorType, value: Cell): void {
    const view = new DataView(this.memory.heap.memory.buffer);
    switch (type) {
      case 'bool':
        view.setUint8(address, value === true ? 1 : 0);
        return;
      case 'i32':
        view.setInt32(address, Number(value), true);
        return;
      case 'i64':
        view.setBigInt64(address, BigInt(value as number | bigint), true);
        return;
      case 'f64':
        view.setFloat64(address, Number(value), true);
        return;
      case 'str':
        this.#writeText(address, encoder.encode(String(value)));
    }
  }
}

/** A vector over buffers of its own. */
export class Register extends Vector {
  readonly values: number;
  readonly nullBytes: number;

  constructor(type: VectorType, values: number, nullBytes: number) {
    super(type);
    this.values = values;
    this.nullBytes = nullBytes;
    this.data = values;
  }

  /** Points at its own buffers, with or without nulls. */
  own(hasNulls: boolean): this {
    this.pointAtValues(this.values, hasNulls ? this.nullBytes : 0);
    return this;
  }
}

/** Brings vectors to the plain form of their type: 64 bits for i64, references for strings. */
export class Widener {
  readonly #kernels: Kernels;
  readonly #register: () => Register;
  #made: Register | undefined;

  constructor(registers: Registers, type: VectorType) {
    this.#kernels = registers.kernels;
    this.#register = () => registers.register(type);
  }

  /** The vector itself where it is plain already, else a copy that lasts until the next call. */
  wide(vector: Vector, rows: number): Vector {
    if (vector.isNarrow) {
      const made = (this.#made ??= this.#register());
      this.#kernels.i32ToI64(vector.data, rows, made.values);
      made.pointAtValues(made.values, vector.nulls);
      return made;
    }
    if (vector.dictionary !== 0) {
      const made = (this.#made ??= this.#register());
      this.#kernels.lookup64(vector.data, vector.dictionary, rows, made.values);
      made.pointAtValues(made.values, vector.nulls);
      return made;
    }
    return vector;
  }
}
