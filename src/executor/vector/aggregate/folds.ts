/** Fills aggregate states from batches: by tuple, or one state for all rows. */
import { unreachable } from '../../../base/assert.ts';
import type { Kernels } from '../../../kernels/kernels.ts';
import type { Computing, Preparing } from '../computing.ts';
import { Widener } from '../expression/registers.ts';
import { orFallBack, type Batch, type Vector } from '../vector.ts';
import type { AggregateSpecification, Folding } from './specification.ts';
import { TextRoom } from './text-room.ts';

/** Adds a batch to the states at `offset` of its rows' tuples (u32s at `tuples`); `tuples` 0: to the one state at `offset`. */
export type Fold = (batch: Batch, tuples: number, offset: number) => void;

/** How batches of the scope's columns are added to a state; texts that states keep go to `room`. */
export function prepareFold(
  specification: AggregateSpecification,
  context: Computing,
  scope: Preparing,
  room = new TextRoom(context.memory),
): Fold {
  const { arg, filter } = specification;
  const mask = filter === undefined ? undefined : scope.prepareMask(filter);
  if (arg === undefined) return countRows(context.kernels, mask);
  const evaluate = scope.prepare(arg);
  const add = addVector(specification.folding, context, room);
  return (batch, tuples, offset) => add(evaluate(batch), mask === undefined ? (batch.mask ?? 0) : mask(batch), batch.rows, tuples, offset);
}

function countRows(kernels: Kernels, mask: ((batch: Batch) => number) | undefined): Fold {
  return (batch, tuples, offset) => {
    const rows = mask === undefined ? (batch.mask ?? 0) : mask(batch);
    if (tuples === 0) kernels.totalCount(offset, 0, rows, batch.rows);
    else kernels.groupCount(tuples, offset, 0, rows, batch.rows);
  };
}

/** Adds a vector's rows where the mask (0: none) lets them. */
export type AddVector = (vector: Vector, mask: number, rows: number, tuples: number, offset: number) => void;

/** The kernel of a folding, by the vector that comes. */
export function addVector(folding: Folding, context: Computing, room = new TextRoom(context.memory)): AddVector {
  const { kernels } = context;
  switch (folding) {
    case 'count':
      return ({ nulls }, mask, rows, tuples, offset) =>
        tuples === 0 ? kernels.totalCount(offset, nulls, mask, rows) : kernels.groupCount(tuples, offset, nulls, mask, rows);
    case 'sum':
      return (vector, mask, rows, tuples, offset) => {
        const { data, nulls } = vector;
        if (vector.type === 'f64') {
          orFallBack(
            tuples === 0
              ? kernels.totalSumF64(offset, data, nulls, mask, rows)
              : kernels.groupSumF64(tuples, offset, data, nulls, mask, rows),
          );
        } else if (vector.type === 'i32' || vector.isNarrow) {
          if (tuples === 0) kernels.totalSumI32(offset, data, nulls, mask, rows);
          else kernels.groupSumI32(tuples, offset, data, nulls, mask, rows);
        } else if (tuples === 0) kernels.totalSumI64(offset, data, nulls, mask, rows);
        else kernels.groupSumI64(tuples, offset, data, nulls, mask, rows);
      };
    case 'min':
    case 'max':
      return extreme(folding, context, room);
    case 'and':
      return ({ data, nulls }, mask, rows, tuples, offset) =>
        tuples === 0 ? kernels.totalAnd(offset, data, nulls, mask, rows) : kernels.groupAnd(tuples, offset, data, nulls, mask, rows);
    case 'or':
      return ({ data, nulls }, mask, rows, tuples, offset) =>
        tuples === 0 ? kernels.totalOr(offset, data, nulls, mask, rows) : kernels.groupOr(tuples, offset, data, nulls, mask, rows);
    case 'variance':
      return ({ data, nulls }, mask, rows, tuples, offset) =>
        orFallBack(
          tuples === 0
            ? kernels.totalVarF64(offset, data, nulls, mask, rows)
            : kernels.groupVarF64(tuples, offset, data, nulls, mask, rows),
        );
    default:
      return unreachable(folding);
  }
}

function extreme(folding: 'min' | 'max', context: Computing, room: TextRoom): AddVector {
  const { kernels } = context;
  const isMin = folding === 'min';
  const widener = new Widener(context.registers, 'str');
  return (source, mask, rows, tuples, offset) => {
    const vector = source.dictionary === 0 ? source : widener.wide(source, rows);
    const { data, nulls, type } = vector;
    if (type === 'str') {
      for (let done = 0; done < rows;) {
        if (tuples === 0) {
          const run = isMin ? kernels.totalMinStr : kernels.totalMaxStr;
          done = run(offset, data, nulls, mask, rows, done, room.address);
        } else {
          const run = isMin ? kernels.groupMinStr : kernels.groupMaxStr;
          done = run(tuples, offset, data, nulls, mask, rows, done, room.address);
        }
        if (done < rows) room.grow(context.memory.heap, data, done);
      }
      return;
    }
    const isNarrow = type === 'i32' || vector.isNarrow;
    if (tuples === 0) {
      const run =
        type === 'f64'
          ? isMin
            ? kernels.totalMinF64
            : kernels.totalMaxF64
          : isNarrow
            ? isMin
              ? kernels.totalMinI32
              : kernels.totalMaxI32
            : isMin
              ? kernels.totalMinI64
              : kernels.totalMaxI64;
      run(offset, data, nulls, mask, rows);
      return;
    }
    const run =
      type === 'f64'
        ? isMin
          ? kernels.groupMinF64
          : kernels.groupMaxF64
        : isNarrow
          ? isMin
            ? kernels.groupMinI32
            : kernels.groupMaxI32
          : isMin
            ? kernels.groupMinI64
            : kernels.groupMaxI64;
    run(tuples, offset, data, nulls, mask, rows);
  };
}
