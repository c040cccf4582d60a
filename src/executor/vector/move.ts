/** Rows of a vector picked out by a selection. */
import type { Registers, Register } from './expression/registers.ts';
import type { Vector, VectorType } from './vector.ts';

/** The selected rows of a vector, in a register of its own that lasts until the next call. Narrow integers and codes stay what they are. */
export type RowMover = (vector: Vector, selection: number, count: number) => Vector;

/** A mover for vectors of a type; its buffers are made when it first moves. */
export function moveRows(registers: Registers, type: VectorType): RowMover {
  const { kernels } = registers;
  let register: Register | undefined;
  return (vector, selection, count) => {
    register ??= registers.register(type);
    register.pointAt(vector);
    register.data = register.values;
    if (type === 'bool') kernels.gather8(vector.data, selection, count, register.values);
    else if (type === 'i32' || vector.isNarrow || vector.dictionary !== 0) kernels.gather32(vector.data, selection, count, register.values);
    else kernels.gather64(vector.data, selection, count, register.values);
    if (vector.nulls !== 0) {
      kernels.gather8(vector.nulls, selection, count, register.nullBytes);
      register.nulls = register.nullBytes;
    }
    return register;
  };
}
