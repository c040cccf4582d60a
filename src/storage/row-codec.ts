/**
 * A whole row as bytes, for the log, the memtable and every place outside leaves. Self-describing by column id: a reader needs
 * the schema only to know what it wants.
 *
 *     varint   number of cells
 *     cells    in ascending column id: varint (step << 4 | tag), payload (see `cell-codec.ts`); step = id - previous id,
 *              the one before the first being -1
 *
 * Invariants
 *   R1  decodeRow(schema, encodeRow(schema, row), all) is row, for every schema and row.
 *   R2  A cell of an id that the schema does not know is skipped; a column without a cell reads as its `missing` (T3).
 *   R3  The row id (column 0) comes first and always takes the wide form, so that its slot can be put in place (row-id.ts).
 */
import { assert } from '../base/assert.ts';
import { SqlError } from '../base/sql-error.ts';
import type { Physical, StoredValue } from '../types/type.ts';
import type { Row, Value } from '../types/value.ts';
import { CellWriter, TAG } from './cell-codec.ts';
import { CellReader } from './cell-reader.ts';
import { columnForm } from './column-form.ts';
import { ROW_ID_COLUMN, type TreeSchema } from './tree.ts';

/** The bytes of `row`, which has a value for every column of `schema`. */
export function encodeRow(schema: TreeSchema, row: Row): Uint8Array {
  writer.reset();
  rowEncoderOf(schema).encode(writer, row);
  return writer.take();
}

/** Encodes rows of one schema. */
export class RowEncoder {
  readonly #columns: readonly EncodedColumn[];

  constructor(schema: TreeSchema) {
    const order = schema.columns.map((column, position) => ({ column, position })).sort((a, b) => a.column.id - b.column.id);
    let previous = -1;
    this.#columns = order.map(({ column, position }): EncodedColumn => {
      const step = column.id - previous;
      assert(step > 0, 'T2: a column id occurs once in a schema', { id: column.id });
      previous = column.id;
      const { physical, store } = columnForm(column.type);
      return { position, step, isRowId: column.id === ROW_ID_COLUMN, physical, store };
    });
  }

  /** Appends the bytes of `row`, which has a value for every column. */
  encode(out: CellWriter, row: Row): void {
    const columns = this.#columns;
    assert(row.length === columns.length, 'T3: a row has a value for every column', { values: row.length, columns: columns.length });
    out.varint(columns.length);
    for (let at = 0; at < columns.length; at++) {
      const column = columns[at];
      const value = row[column.position];
      if (column.isRowId && value !== null) out.wideInteger(column.step, BigInt(rowIdValue(value)));
      else out.cell(column.step, column.physical, value === null || column.store === undefined ? value : column.store(value));
    }
  }
}

/** The encoder of a schema, remembered while that lives. */
export function rowEncoderOf(schema: TreeSchema): RowEncoder {
  let encoder = encoders.get(schema);
  if (encoder === undefined) {
    encoder = new RowEncoder(schema);
    encoders.set(schema, encoder);
  }
  return encoder;
}

/** The values at `columns` (positions in the schema), in that order. SQLSTATE XX001 when the bytes are not a row. */
export function decodeRow(schema: TreeSchema, bytes: Uint8Array, columns: readonly number[]): Row {
  return decodeRowAt(decoderOf(schema, columns), bytes, 0, bytes.length);
}

/** `decodeRow` with its plan made beforehand (`decoderOf`), from a place inside a larger array. */
export function decodeRowAt(plan: RowDecoder, bytes: Uint8Array, from: number, to: number): Row {
  const row: Row = plan.template.slice();
  decodeRowInto(plan, bytes, from, to, row);
  return row;
}

/** The same into a row that is there, which must hold the plan's `template`. */
export function decodeRowInto(plan: RowDecoder, bytes: Uint8Array, from: number, to: number, row: Row): void {
  reader.open(bytes, from, to);
  let cells = reader.varint();
  let id = -1;
  let left = plan.wanted;
  for (; cells > 0 && left > 0; cells--) {
    const head = reader.varint();
    id += head >>> 4;
    const place = id < plan.placeOfId.length ? plan.placeOfId[id] : -1;
    if (place < 0) {
      reader.skip(head & 15);
      continue;
    }
    left--;
    const stored = reader.value(head & 15);
    if (stored === null) {
      row[place] = null;
      continue;
    }
    const column = plan.columns[place];
    if (!fits(column.physical, stored)) throw damaged(`column ${id} holds a value of another type`);
    row[place] = column.load === undefined ? stored : column.load(stored);
  }
  reader.finish();
  for (const copy of plan.copies) row[copy.to] = row[copy.from];
}

/** Calls `visit` with every cell of an encoded row, in ascending column id. */
export function visitCells(
  bytes: Uint8Array,
  from: number,
  to: number,
  visit: (id: number, tag: number, value: StoredValue | null) => void,
): void {
  reader.open(bytes, from, to);
  let id = -1;
  for (let cells = reader.varint(); cells > 0; cells--) {
    const head = reader.varint();
    id += head >>> 4;
    visit(id, head & 15, reader.value(head & 15));
  }
  reader.finish();
  if (reader.position !== to) throw damaged('it is longer than its cells');
}

interface EncodedColumn {
  readonly position: number;
  readonly step: number;
  readonly isRowId: boolean;
  readonly physical: Physical;
  readonly store: ((value: Value) => StoredValue) | undefined;
}

/** What decoding needs to know of a schema and a choice of columns. */
export interface RowDecoder {
  /** The row before any cell is read: what is missing. */
  readonly template: Row;
  /** Where a column id goes, -1 for nowhere. */
  readonly placeOfId: Int16Array;
  readonly columns: readonly {
    readonly id: number;
    readonly physical: Physical;
    readonly load: ((stored: StoredValue) => Value) | undefined;
  }[];
  /** How many distinct columns are wanted. */
  readonly wanted: number;
  /** Columns asked for more than once. */
  readonly copies: readonly { readonly from: number; readonly to: number }[];
}

const writer = new CellWriter();
const reader = new CellReader('a row');
const encoders = new WeakMap<TreeSchema, RowEncoder>();
const decoders = new WeakMap<TreeSchema, WeakMap<readonly number[], RowDecoder>>();

/** The plan for `columns` of `schema`; remembered while both arrays live. */
export function decoderOf(schema: TreeSchema, columns: readonly number[]): RowDecoder {
  let perSchema = decoders.get(schema);
  if (perSchema === undefined) {
    perSchema = new WeakMap();
    decoders.set(schema, perSchema);
  }
  const known = perSchema.get(columns);
  if (known !== undefined) return known;
  const decoder = buildDecoder(schema, columns);
  perSchema.set(columns, decoder);
  return decoder;
}

function buildDecoder(schema: TreeSchema, columns: readonly number[]): RowDecoder {
  const chosen = columns.map((position) => {
    const column = schema.columns[position];
    assert(column !== undefined, 'a wanted column is in the schema', { position });
    return column;
  });
  const placeOfId = new Int16Array(chosen.reduce((most, column) => Math.max(most, column.id + 1), 0)).fill(-1);
  const copies: { from: number; to: number }[] = [];
  let wanted = 0;
  for (const [place, column] of chosen.entries()) {
    if (placeOfId[column.id] >= 0) copies.push({ from: placeOfId[column.id], to: place });
    else {
      placeOfId[column.id] = place;
      wanted++;
    }
  }
  return {
    template: chosen.map((column) => column.missing),
    placeOfId,
    columns: chosen.map((column) => {
      const { physical, load } = columnForm(column.type);
      return { id: column.id, physical, load };
    }),
    wanted,
    copies,
  };
}

/** Whether a stored value has the form that `physical` promises. */
export function fits(physical: Physical, stored: StoredValue): boolean {
  switch (physical) {
    case 'bool':
      return typeof stored === 'boolean';
    case 'int32':
    case 'float32':
    case 'float64':
      return typeof stored === 'number';
    case 'int64':
      return typeof stored === 'number' || typeof stored === 'bigint';
    case 'text':
      return typeof stored === 'string';
    case 'bytes':
      return stored instanceof Uint8Array;
    case 'numeric':
      return typeof stored === 'object' && !(stored instanceof Uint8Array);
  }
}

function rowIdValue(value: Value): number | bigint {
  assert(typeof value === 'number' || typeof value === 'bigint', 'R3: a row id is an integer', { value });
  return value;
}

/** The tag tells the physical type of a non-null cell, as far as columns of leaves need it. */
export function physicalOfTag(tag: number): Physical | undefined {
  switch (tag) {
    case TAG.false:
    case TAG.true:
      return 'bool';
    case TAG.int32:
      return 'int32';
    case TAG.integer:
    case TAG.wideInteger:
      return 'int64';
    case TAG.float32:
      return 'float32';
    case TAG.float64:
      return 'float64';
    case TAG.decimal:
    case TAG.wideDecimal:
    case TAG.specialDecimal:
      return 'numeric';
    case TAG.text:
      return 'text';
    case TAG.bytes:
      return 'bytes';
    default:
      return undefined;
  }
}

function damaged(reason: string): SqlError {
  return new SqlError('data_corrupted', `a row is damaged: ${reason}`);
}
