/** Brings states together that other threads counted. */
import { unreachable } from '../../../base/assert.ts';
import type { Computing } from '../computing.ts';
import { orFallBack } from '../vector.ts';
import type { AggregateSpecification } from './specification.ts';
import { TextRoom } from './text-room.ts';

/** Adds the states of `rows` tuples to those of others; both are addresses of u32s. */
export type Merge = (into: number, from: number, rows: number) => void;

/** How states of a specification at an offset are added up. */
export function prepareMerge(
  specification: AggregateSpecification,
  offset: number,
  context: Computing,
  room = new TextRoom(context.memory),
): Merge {
  const { kernels } = context;
  switch (specification.state) {
    case 'count':
      return (into, from, rows) => kernels.mergeCount(into, from, offset, rows);
    case 'sumInt':
      return (into, from, rows) => kernels.mergeSumInt(into, from, offset, rows);
    case 'sumF64':
      return (into, from, rows) => orFallBack(kernels.mergeSumF64(into, from, offset, rows));
    case 'variance':
      return (into, from, rows) => orFallBack(kernels.mergeVarF64(into, from, offset, rows));
    case 'logic': {
      const run = specification.folding === 'and' ? kernels.mergeAnd : kernels.mergeOr;
      return (into, from, rows) => run(into, from, offset, rows);
    }
    case 'extreme':
      return mergeExtreme(specification, offset, context, room);
    default:
      return unreachable(specification.state);
  }
}

function mergeExtreme({ arg, folding }: AggregateSpecification, offset: number, context: Computing, room: TextRoom): Merge {
  const { kernels } = context;
  const isMin = folding === 'min';
  if (arg?.type === 'str') return mergeText(isMin ? kernels.mergeMinStr : kernels.mergeMaxStr, offset, context, room);
  const ofFloats = isMin ? kernels.mergeMinF64 : kernels.mergeMaxF64;
  const ofIntegers = isMin ? kernels.mergeMinInt : kernels.mergeMaxInt;
  const run = arg?.type === 'f64' ? ofFloats : ofIntegers;
  return (into, from, rows) => run(into, from, offset, rows);
}

type MergeText = (into: number, from: number, offset: number, rows: number, start: number, arena: number) => number;

function mergeText(run: MergeText, offset: number, context: Computing, room: TextRoom): Merge {
  const { heap } = context.host;
  return (into, from, rows) => {
    for (let done = 0; done < rows;) {
      done = run(into, from, offset, rows, done, room.address);
      if (done === rows) return;
      const words = new Uint32Array(heap.memory.buffer);
      const state = words[(from >>> 2) + done] + offset;
      room.growFor(heap, words[(state >>> 2) + 1]);
    }
  };
}
