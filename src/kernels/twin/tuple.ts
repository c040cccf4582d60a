import type { TupleKernels } from '../interface/tuple.ts';
import type { MemoryViews } from './memory-views.ts';

export function tupleTwin(memory: MemoryViews): TupleKernels {
  const tupleOf = (tuples: number, row: number): number => memory.u32[(tuples >>> 2) + row];
  const isNull = (nulls: number, row: number): boolean => nulls !== 0 && memory.u8[nulls + row] !== 0;
  const writing =
    (valueAt: (src: number, row: number) => bigint): TupleKernels['writeField64'] =>
    (src, nulls, n, tuples, fieldOffset, flagOffset) => {
      for (let row = 0; row < n; row++) {
        const tuple = tupleOf(tuples, row);
        memory.u8[tuple + flagOffset] = Number(isNull(nulls, row));
        memory.i64[(tuple + fieldOffset) >>> 3] = isNull(nulls, row) ? 0n : valueAt(src, row);
      }
    };
  const reading =
    (
      store: (value: bigint, dst: number, row: number) => void,
      isNullOf: (tuple: number, at: number) => boolean,
    ): TupleKernels['readField64'] =>
    (tuples, n, valueOffset, nullOffset, dst, dstNulls) => {
      let any = 0;
      for (let row = 0; row < n; row++) {
        const tuple = tupleOf(tuples, row);
        const absent = tuple === 0 || isNullOf(tuple, nullOffset);
        if (absent) any = 1;
        memory.u8[dstNulls + row] = Number(absent);
        store(absent ? 0n : memory.i64[(tuple + valueOffset) >>> 3], dst, row);
      }
      return any;
    };
  const flagged = (tuple: number, offset: number): boolean => memory.u8[tuple + offset] !== 0;
  const uncounted = (tuple: number, offset: number): boolean => memory.i64[(tuple + offset) >>> 3] === 0n;
  const store64 = (value: bigint, dst: number, row: number): void => {
    memory.i64[(dst >>> 3) + row] = value;
  };
  const storeI32 = (value: bigint, dst: number, row: number): void => {
    memory.i32[(dst >>> 2) + row] = Number(BigInt.asIntN(32, value));
  };
  const storeBool = (value: bigint, dst: number, row: number): void => {
    memory.u8[dst + row] = Number(value & 0xffn);
  };
  const stringBytes: TupleKernels['stringBytes'] = (refs, nulls, n) => Math.min(textBytes(refs, nulls, n), 0x7fffffff);
  const textBytes = (refs: number, nulls: number, n: number): number => {
    let bytes = 0;
    for (let row = 0; row < n; row++) if (!isNull(nulls, row)) bytes += memory.u32[(refs >>> 2) + row * 2 + 1];
    return bytes;
  };

  return {
    tupleAddresses(first, stride, n, dst) {
      for (let row = 0; row < n; row++) memory.u32[(dst >>> 2) + row] = first + row * stride;
    },
    writeHashes(hashes, n, tuples) {
      for (let row = 0; row < n; row++) {
        const word = tupleOf(tuples, row) >>> 2;
        memory.u32[word] = memory.u32[(hashes >>> 2) + row];
        memory.u32[word + 1] = 0;
      }
    },
    readHashes(tuples, n, dst) {
      for (let row = 0; row < n; row++) memory.u32[(dst >>> 2) + row] = memory.u32[tupleOf(tuples, row) >>> 2];
    },
    writeFieldI32: writing((src, row) => BigInt(memory.i32[(src >>> 2) + row])),
    writeField64: writing((src, row) => memory.i64[(src >>> 3) + row]),
    writeFieldBool: writing((src, row) => BigInt(memory.u8[src + row])),
    readFieldI32: reading(storeI32, flagged),
    readField64: reading(store64, flagged),
    readFieldBool: reading(storeBool, flagged),
    readState64: reading(store64, uncounted),
    readStateI32: reading(storeI32, uncounted),
    readStateBool: reading(storeBool, uncounted),
    readSumInt(tuples, n, offset, dst, dstNulls) {
      let failed = 0;
      for (let row = 0; row < n; row++) {
        const tuple = tupleOf(tuples, row);
        const word = (tuple + offset) >>> 3;
        const absent = tuple === 0 || memory.i64[word + 2] === 0n;
        memory.u8[dstNulls + row] = Number(absent);
        memory.i64[(dst >>> 3) + row] = absent ? 0n : memory.i64[word];
        if (!absent && memory.i64[word + 1] !== memory.i64[word] >> 63n) failed++;
      }
      return failed;
    },
    stringBytes,
    copyStrings(refs, nulls, n, arena, arenaEnd, dst) {
      if (textBytes(refs, nulls, n) > arenaEnd - arena) return -1;
      let to = arena;
      for (let row = 0; row < n; row++) {
        const word = (dst >>> 2) + row * 2;
        const text = memory.bytesOf(refs + row * 8);
        if (isNull(nulls, row)) {
          memory.u32[word] = 0;
          memory.u32[word + 1] = 0;
        } else {
          memory.u8.set(text, to);
          memory.u32[word] = to;
          memory.u32[word + 1] = text.length;
          to += text.length;
        }
      }
      return to - arena;
    },
  };
}
