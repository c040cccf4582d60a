import type { TupleLayout } from '../../kernels/tuple-layout.ts';
import type { Computing } from './computing.ts';
import type { Register } from './expression/registers.ts';
import type { Vector } from './vector.ts';

/** Reads one field of tuples into a vector of its own. */
export class FieldReader {
  readonly #read: (tuples: number, rows: number, field: number, flag: number, dst: number, dstNulls: number) => number;
  readonly #fieldOffset: number;
  readonly #flagOffset: number;
  readonly #register: Register;

  constructor(layout: TupleLayout, field: number, context: Computing) {
    const type = layout.fields[field];
    const { kernels } = context;
    this.#read = type === 'bool' ? kernels.readFieldBool : type === 'i32' ? kernels.readFieldI32 : kernels.readField64;
    this.#fieldOffset = layout.fieldOffset(field);
    this.#flagOffset = layout.flagOffset(field);
    this.#register = context.registers.register(type);
  }

  /** The field of `rows` tuples, whose addresses are u32s at `tuples`; null where the address is 0. */
  read(tuples: number, rows: number): Vector {
    const { values, nullBytes } = this.#register;
    return this.#register.own(this.#read(tuples, rows, this.#fieldOffset, this.#flagOffset, values, nullBytes) !== 0);
  }
}
