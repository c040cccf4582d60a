/** How a field's bytes become values of a batch's column: by kernel for the types whose texts are plain, else value by value. */
import { assert } from '../../base/assert.ts';
import type { LoadingKernels } from '../../kernels/loading.ts';
import type { LoadingMemory } from '../../kernels/loading-memory.ts';
import { NO_SCALE, type BatchColumn } from '../../storage/bulk/batch-column.ts';
import type { ColumnBatch } from '../../storage/bulk/column-batch.ts';
import { EXTERNAL_BYTES } from '../../storage/chunk/stored-cell.ts';
import type { ColumnDescriptor } from '../../catalog/descriptor.ts';
import { numericModifierParts } from '../../types/numeric/rounding.ts';
import { OID } from '../../types/oid.ts';
import type { SqlType } from '../../types/type.ts';
import { textOf } from '../../base/bytes.ts';
import type { RecordBlock } from './record-block.ts';
import type { Parse } from './row-maker.ts';

/** Characters that an unlimited string may have. */
const UNLIMITED = 0xffffffff;

const INT2 = { least: -32_768, most: 32_767 };
const INT4 = { least: -2_147_483_648, most: 2_147_483_647 };

/** Digits that a decimal read by kernel may have. */
const PRECISION_MAX = 18;

/** Reads a field of records [from, from + count) of a block into rows from `row` on of its column. */
export type ReadColumn = (block: RecordBlock, from: number, count: number, batch: ColumnBatch, row: number) => void;

/** The reader of field number `field`, which goes into the column at `position`. `isDomain`: nulls are judged by `parse` too. */
export function quickColumn(
  descriptor: ColumnDescriptor,
  field: number,
  position: number,
  parse: Parse,
  isDomain: boolean,
  memory: LoadingMemory,
): ReadColumn {
  const convert = isDomain ? undefined : converterOf(descriptor.type);
  const { kernels } = memory;
  assert(kernels !== undefined, 'quick columns are read by kernels');
  const mayBeNull = descriptor.notNull ? 0 : 1;
  return (block, from, count, batch, row) => {
    const column = batch.columns[position];
    const nulls = column.nulls + row;
    // Strings are read where they will stay.
    const refs = column.form === 'string' && convert !== undefined ? column.data + row * 8 : block.refs;
    const unusual = block.unusual + from;
    const found = kernels.extractFields(block.state, from, count, field, mayBeNull, refs, nulls, unusual);
    if (found > 0) column.hasNulls = true;
    if (convert === undefined) readPlainly(memory, column, parse, isDomain, refs, unusual, count, row);
    else convert(kernels, { memory, batch, column, refs, nulls, unusual, count, out: column.data + row * column.width });
  };
}

interface Fields {
  readonly memory: LoadingMemory;
  readonly batch: ColumnBatch;
  readonly column: BatchColumn;
  readonly refs: number;
  readonly nulls: number;
  readonly unusual: number;
  readonly count: number;
  readonly out: number;
}

type Convert = (kernels: LoadingKernels, fields: Fields) => void;

function converterOf({ oid, modifier }: SqlType): Convert | undefined {
  switch (oid) {
    case OID.int2:
    case OID.int4: {
      const { least, most } = oid === OID.int2 ? INT2 : INT4;
      return (kernels, { refs, nulls, unusual, count, out }) => kernels.convertInt32(refs, nulls, unusual, count, out, least, most);
    }
    case OID.int8:
      return (kernels, { refs, nulls, unusual, count, out }) => kernels.convertInt64(refs, nulls, unusual, count, out);
    case OID.float4:
      return (kernels, { refs, nulls, unusual, count, out }) => kernels.convertFloat32(refs, nulls, unusual, count, out);
    case OID.float8:
      return (kernels, { refs, nulls, unusual, count, out }) => kernels.convertFloat64(refs, nulls, unusual, count, out);
    case OID.bool:
      return (kernels, { refs, nulls, unusual, count, out }) => kernels.convertBool(refs, nulls, unusual, count, out);
    case OID.date:
      return (kernels, { refs, nulls, unusual, count, out }) => kernels.convertDate(refs, nulls, unusual, count, out);
    case OID.timestamp:
    case OID.timestamptz:
      if (modifier >= 0 && modifier < 6) return undefined;
      return (kernels, { refs, nulls, unusual, count, out }) =>
        kernels.convertTimestamp(refs, nulls, unusual, count, out, oid === OID.timestamptz ? 1 : 0);
    case OID.numeric:
      return modifier < 4 ? convertAnyDecimal : decimalConverter(modifier);
    case OID.text:
      return stringConverter(UNLIMITED, false);
    case OID.varchar:
      return stringConverter(modifier < 4 ? UNLIMITED : modifier - 4, false);
    case OID.bpchar:
      return modifier < 4 ? stringConverter(UNLIMITED, false) : stringConverter(modifier - 4, true);
    default:
      return undefined;
  }
}

function decimalConverter(modifier: number): Convert | undefined {
  const { precision, scale } = numericModifierParts(modifier);
  if (scale < 0 || scale > PRECISION_MAX) return undefined;
  const digits = Math.min(precision, PRECISION_MAX);
  return (kernels, { refs, nulls, unusual, count, out }) => kernels.convertDecimal(refs, nulls, unusual, count, out, digits, scale, 0);
}

/** numeric without a modifier keeps the scale of each text: those of the first one's scale are read, others are for the plain road. */
function convertAnyDecimal(kernels: LoadingKernels, fields: Fields): void {
  const { memory, column, refs, nulls, unusual, count, out } = fields;
  if (column.scale === NO_SCALE) {
    for (let row = 0; row < count && column.scale === NO_SCALE; row++) {
      if (memory.u8[nulls + row] === 1) continue;
      const at = (refs >>> 2) + 2 * row;
      const point = memory.u8.subarray(memory.u32[at], memory.u32[at] + memory.u32[at + 1]).indexOf(POINT);
      const scale = point < 0 ? 0 : memory.u32[at + 1] - point - 1;
      column.scale = scale > PRECISION_MAX ? 0 : scale;
    }
  }
  kernels.convertDecimal(refs, nulls, unusual, count, out, PRECISION_MAX, Math.max(0, column.scale), 1);
}

const POINT = 46;

function stringConverter(charactersMax: number, pads: boolean): Convert | undefined {
  if (pads && charactersMax > EXTERNAL_BYTES) return undefined;
  const bytesMax = pads ? Math.min(EXTERNAL_BYTES, charactersMax * 4) : 0;
  return (kernels, { batch, refs, nulls, unusual, count }) => {
    const arena = pads ? batch.strings.reserve(count * bytesMax + 64) : 0;
    const end = kernels.fitStrings(refs, nulls, unusual, count, charactersMax, EXTERNAL_BYTES, pads ? 1 : 0, arena);
    if (pads) batch.strings.taken(end);
  };
}

/** Value by value; a field that the type does not take makes its record unusual, so that it is refused in its turn. */
function readPlainly(
  memory: LoadingMemory,
  column: BatchColumn,
  parse: Parse,
  isDomain: boolean,
  refs: number,
  unusual: number,
  count: number,
  row: number,
): void {
  for (let at = 0; at < count; at++) {
    const { u8, u32 } = memory;
    if (u8[unusual + at] === 1) continue;
    const isNull = u8[column.nulls + row + at] === 1;
    const ref = (refs >>> 2) + 2 * at;
    if (isNull && !isDomain) {
      column.set(row + at, null);
      continue;
    }
    try {
      column.set(row + at, parse(isNull ? null : textOf(u8.slice(u32[ref], u32[ref] + u32[ref + 1]))));
    } catch {
      memory.u8[unusual + at] = 1;
    }
  }
}
