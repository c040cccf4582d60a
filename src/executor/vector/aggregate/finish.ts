/** The value of an aggregate from the state that its rows left. */
import { unreachable } from '../../../base/assert.ts';
import type { Heap } from '../../../kernels/heap.ts';
import { readText } from '../../../storage/cell-reader.ts';
import { divideNumeric } from '../../../types/numeric/division.ts';
import { OID } from '../../../types/oid.ts';
import { canonicalInt8, Numeric, type Value } from '../../../types/value.ts';
import { valueOfCell } from '../expression/cell.ts';
import type { Cell } from '../expression/ir.ts';
import { VectorFallback } from '../vector.ts';
import type { AggregateSpecification } from './specification.ts';

/** Reads the value of the state at an address. */
export type ReadState = (view: DataView, state: number) => Value;

/** How the value of a sum is read that shows as many decimal places as the value of the state `shown` bytes behind it says. */
export function mixedSumReader({ arg }: AggregateSpecification, shown: number): ReadState {
  const scale = arg?.scale ?? 0;
  return (view, state) => {
    if (view.getBigUint64(state + 16, true) === 0n) return null;
    const places = Number(view.getBigInt64(state + shown, true));
    return new Numeric(total(view, state) / 10n ** BigInt(scale - places), places);
  };
}

/** How the value of a call is read from its state. Throws `VectorFallback` where the result is out of its type's range. */
export function stateReader(specification: AggregateSpecification, heap: Heap): ReadState {
  switch (specification.finishing) {
    case 'count':
      return (view, state) => canonicalInt8(view.getBigInt64(state, true));
    case 'sum':
      return specification.state === 'sumF64'
        ? (view, state) => (view.getBigUint64(state + 8, true) === 0n ? null : view.getFloat64(state, true))
        : sumReader(specification);
    case 'average':
      return specification.state === 'sumF64'
        ? (view, state) => {
            const count = view.getBigUint64(state + 8, true);
            return count === 0n ? null : view.getFloat64(state, true) / Number(count);
          }
        : averageReader(specification);
    case 'value':
      return valueReader(specification, heap);
    case 'variance_population':
      return varianceReader(1, 0, false);
    case 'variance_sample':
      return varianceReader(2, 1, false);
    case 'deviation_population':
      return varianceReader(1, 0, true);
    case 'deviation_sample':
      return varianceReader(2, 1, true);
    default:
      return unreachable(specification.finishing);
  }
}

function total(view: DataView, state: number): bigint {
  return (view.getBigInt64(state + 8, true) << 64n) + view.getBigUint64(state, true);
}

function sumReader({ type, arg }: AggregateSpecification): ReadState {
  const scale = arg?.scale ?? 0;
  const isNumeric = type.oid === OID.numeric;
  return (view, state) => {
    if (view.getBigUint64(state + 16, true) === 0n) return null;
    const sum = total(view, state);
    if (isNumeric) return new Numeric(sum, scale);
    if (BigInt.asIntN(64, sum) !== sum) throw new VectorFallback('a sum is out of range');
    return canonicalInt8(sum);
  };
}

function averageReader({ arg }: AggregateSpecification): ReadState {
  const scale = arg?.scale ?? 0;
  return (view, state) => {
    const count = view.getBigUint64(state + 16, true);
    return count === 0n ? null : divideNumeric(new Numeric(total(view, state), scale), new Numeric(count, 0));
  };
}

function valueReader(specification: AggregateSpecification, heap: Heap): ReadState {
  const { form, argType } = specification;
  const type = specification.state === 'logic' ? specification.type : (argType ?? specification.type);
  if (form === undefined) throw new RangeError('an extreme has a form');
  const finish = (cell: Cell): Value => valueOfCell(cell, type, form);
  switch (form.type) {
    case 'bool':
      return (view, state) => (view.getBigUint64(state + 8, true) === 0n ? null : view.getBigUint64(state, true) === 1n);
    case 'f64':
      return (view, state) => (view.getBigUint64(state + 8, true) === 0n ? null : view.getFloat64(state, true));
    case 'str':
      return (view, state) => {
        if (view.getUint32(state + 8, true) === 0) return null;
        const from = view.getUint32(state, true);
        return finish(readText(heap.bytes().slice(from, from + view.getUint32(state + 4, true)), 0, view.getUint32(state + 4, true)));
      };
    default:
      return (view, state) => (view.getBigUint64(state + 8, true) === 0n ? null : finish(canonicalInt8(view.getBigInt64(state, true))));
  }
}

/** Sum of squared deviations over count less `less`; null below `least` rows. */
function varianceReader(least: number, less: number, root: boolean): ReadState {
  return (view, state) => {
    const count = view.getFloat64(state, true);
    if (count < least) return null;
    const variance = view.getFloat64(state + 16, true) / (count - less);
    return root ? Math.sqrt(variance) : variance;
  };
}
