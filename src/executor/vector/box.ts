/** Between vectors and the values of rows. */
import { columnForm } from '../../storage/column-form.ts';
import { readText } from '../../storage/cell-reader.ts';
import { OID } from '../../types/oid.ts';
import type { SqlType } from '../../types/type.ts';
import { canonicalInt8, Numeric, type Row, type Value } from '../../types/value.ts';
import { padded } from './expression/cell.ts';
import type { SlabHeap } from './memory.ts';
import type { Form, Vector } from './vector.ts';

/** Sets `rows[i][place]` to row i of a vector, for each of `count`. */
export type BoxColumn = (vector: Vector, rows: Row[], place: number, count: number) => void;

/** How columns of a type and form become values. */
export function boxColumn(heap: SlabHeap, type: SqlType, form: Form): BoxColumn {
  const box = boxer(heap, type, form);
  return (vector, rows, place, count) => {
    const read = box(vector);
    if (vector.nulls === 0) {
      for (let at = 0; at < count; at++) rows[at][place] = read(at);
      return;
    }
    const nulls = heap.bytes().subarray(vector.nulls, vector.nulls + count);
    for (let at = 0; at < count; at++) rows[at][place] = nulls[at] === 0 ? read(at) : null;
  };
}

/** Reads values of one vector by row. */
type ReadValue = (row: number) => Value;

function boxer(heap: SlabHeap, type: SqlType, form: Form): (vector: Vector) => ReadValue {
  const load = columnForm(type).load;
  switch (form.type) {
    case 'bool':
      return (vector) => {
        const bytes = heap.bytes();
        const { data } = vector;
        return (row) => bytes[data + row] === 1;
      };
    case 'f64':
      return (vector) => {
        const values = new Float64Array(heap.memory.buffer, vector.data);
        return (row) => values[row];
      };
    case 'i32':
      return (vector) => {
        const values = new Int32Array(heap.memory.buffer, vector.data);
        return load === undefined ? (row) => values[row] : (row) => load(values[row]);
      };
    case 'i64': {
      const { scale } = form;
      const finish =
        type.oid === OID.numeric
          ? (integer: number | bigint): Value => new Numeric(integer, scale)
          : (load ?? ((integer): Value => integer));
      return (vector) => {
        if (vector.isNarrow) {
          const values = new Int32Array(heap.memory.buffer, vector.data);
          return (row) => finish(values[row]);
        }
        const words = new Int32Array(heap.memory.buffer, vector.data);
        return (row) => finish(int64At(words, row));
      };
    }
    case 'str':
      return (vector) => textReader(heap, vector, type.oid === OID.bpchar ? (text) => padded(text, type) : undefined);
  }
}

/** The 64-bit integer at a place of words, canonical. */
export function int64At(words: Int32Array, row: number): number | bigint {
  const low = words[row * 2] >>> 0;
  const high = words[row * 2 + 1];
  const value = high * 0x100000000 + low;
  return Number.isSafeInteger(value) ? value : canonicalInt8((BigInt(high) << 32n) | BigInt(low));
}

function textReader(heap: SlabHeap, vector: Vector, finish: ((text: string) => string) | undefined): ReadValue {
  const bytes = heap.bytes();
  const read = (references: Uint32Array, at: number): string => {
    const from = references[at * 2];
    const text = textAt(bytes, from, from + references[at * 2 + 1]);
    return finish === undefined ? text : finish(text);
  };
  if (vector.dictionary === 0) {
    const references = new Uint32Array(heap.memory.buffer, vector.data);
    return (row) => read(references, row);
  }
  const codes = new Uint32Array(heap.memory.buffer, vector.data);
  const references = new Uint32Array(heap.memory.buffer, vector.dictionary);
  const texts: string[] = [];
  return (row) => (texts[codes[row]] ??= read(references, codes[row]));
}

/** Decoders refuse shared memory: longer texts are copied once. */
function textAt(bytes: Uint8Array, from: number, to: number): string {
  return to - from <= 24 ? readText(bytes, from, to) : readText(bytes.slice(from, to), 0, to - from);
}
