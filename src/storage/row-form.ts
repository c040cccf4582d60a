/**
 * Rows of one tree as bytes in which every column has its place, so that a cell is read without looking at those before it.
 *
 *     nulls, a bit each │ slots: bool 1 · int32 4 · int64 8 · float32 4 · float64 8 · numeric 10 · text, bytes 6 │ text and bytes
 *
 *     numeric   i64 coefficient, u16 scale          text, bytes   u32 place of the bytes, u16 length
 *
 * Made in memory from leaves that are read row by row (leaf-rows.ts), never stored.
 */
import { utf8 } from '../base/bytes.ts';
import type { Physical, StoredValue } from '../types/type.ts';
import { Numeric, canonicalInt8, type Row, type Value } from '../types/value.ts';
import { readTextOf } from './cell-reader.ts';
import { columnForm } from './column-form.ts';
import { External, type StoredCell } from './chunk/stored-cell.ts';
import { fits } from './row-codec.ts';
import type { TreeSchema } from './tree.ts';

const SLOT_BYTES: Readonly<Record<Physical, number>> = {
  bool: 1,
  int32: 4,
  int64: 8,
  float32: 4,
  float64: 8,
  numeric: 10,
  text: 6,
  bytes: 6,
};

/** Schemas with more columns have no form: too much would be copied for a row. */
const COLUMNS_MAX = 48;
const LENGTH_MAX = 0xffff;

interface FormColumn {
  readonly id: number;
  readonly physical: Physical;
  readonly slot: number;
  readonly load: ((stored: StoredValue) => Value) | undefined;
  /** What rows hold that were written before the column was. */
  readonly missing: StoredValue | null;
}

/** Where the cells of a tree's rows lie. */
export interface RowForm {
  readonly columns: readonly FormColumn[];
  /** Bytes of nulls and slots. */
  readonly fixedBytes: number;
}

const forms = new WeakMap<TreeSchema, RowForm | null>();

/** The form of a schema's rows; null when they have none. */
export function rowFormOf(schema: TreeSchema): RowForm | null {
  const known = forms.get(schema);
  if (known !== undefined) return known;
  const form = schema.columns.length > COLUMNS_MAX ? null : formOf(schema);
  forms.set(schema, form);
  return form;
}

function formOf(schema: TreeSchema): RowForm {
  let slot = (schema.columns.length + 7) >> 3;
  const columns = schema.columns.map((column): FormColumn => {
    const { physical, store, load } = columnForm(column.type);
    const { missing } = column;
    const placed = { id: column.id, physical, slot, load, missing: missing === null || store === undefined ? missing : store(missing) };
    slot += SLOT_BYTES[physical];
    return placed;
  });
  return { columns, fixedBytes: slot };
}

/** Reads the columns at `positions` of the row at `at`. */
export function readForm(view: DataView, at: number, form: RowForm, positions: readonly number[], into: Row): void {
  for (let place = 0; place < positions.length; place++) {
    const position = positions[place];
    if ((view.getUint8(at + (position >> 3)) & (1 << (position & 7))) !== 0) {
      into[place] = null;
      continue;
    }
    const column = form.columns[position];
    const stored = storedAt(view, at + column.slot, column.physical);
    into[place] = column.load === undefined ? stored : column.load(stored);
  }
}

function storedAt(view: DataView, slot: number, physical: Physical): StoredValue {
  switch (physical) {
    case 'int32':
      return view.getInt32(slot, true);
    case 'text': {
      const from = view.getUint32(slot, true);
      return readTextOf(view, from, from + view.getUint16(slot + 4, true));
    }
    case 'int64':
      return integerAt(view, slot);
    case 'float64':
      return view.getFloat64(slot, true);
    case 'bool':
      return view.getUint8(slot) === 1;
    case 'float32':
      return view.getFloat32(slot, true);
    case 'numeric':
      return new Numeric(integerAt(view, slot), view.getUint16(slot + 8, true));
    case 'bytes': {
      const from = view.getUint32(slot, true);
      return new Uint8Array(view.buffer, from, view.getUint16(slot + 4, true)).slice();
    }
  }
}

function integerAt(view: DataView, slot: number): number | bigint {
  const value = view.getInt32(slot + 4, true) * 0x100000000 + view.getUint32(slot, true);
  return Number.isSafeInteger(value) ? value : canonicalInt8(view.getBigInt64(slot, true));
}

/** Lays rows end to end, `from` being the place of the first. */
export class FormWriter {
  readonly #form: RowForm;
  #bytes: Uint8Array;
  #view: DataView;
  #length: number;

  constructor(form: RowForm, from: number) {
    this.#form = form;
    this.#bytes = new Uint8Array(from + 64 * 1024);
    this.#view = new DataView(this.#bytes.buffer);
    this.#length = from;
  }

  /** Adds a row, whose cells are in the order of the form's columns; answers its place, or -1 when one of them has none in the form. */
  add(cells: readonly StoredCell[]): number {
    const { columns, fixedBytes } = this.#form;
    const at = this.#length;
    this.#reserve(fixedBytes);
    this.#bytes.fill(0, at, at + fixedBytes);
    this.#length += fixedBytes;
    for (let position = 0; position < columns.length; position++) {
      const { physical, slot, missing } = columns[position];
      const given = cells[position];
      const cell = given === undefined ? missing : given;
      if (cell === null) this.#bytes[at + (position >> 3)] |= 1 << (position & 7);
      else if (cell instanceof External || !fits(physical, cell) || !this.#store(at + slot, physical, cell)) {
        this.#length = at;
        return -1;
      }
    }
    return at;
  }

  /** Everything, the room before the first row included. */
  view(): DataView {
    return new DataView(this.#bytes.slice(0, this.#length).buffer);
  }

  #store(slot: number, physical: Physical, value: StoredValue): boolean {
    switch (physical) {
      case 'bool':
        this.#bytes[slot] = value === true ? 1 : 0;
        return true;
      case 'int32':
        this.#view.setInt32(slot, value as number, true);
        return true;
      case 'float32':
        this.#view.setFloat32(slot, value as number, true);
        return true;
      case 'float64':
        this.#view.setFloat64(slot, value as number, true);
        return true;
      case 'int64':
        this.#integer(slot, value as number | bigint);
        return true;
      case 'numeric': {
        const { kind, coefficient, scale } = value as Numeric;
        if (kind !== 'finite' || BigInt.asIntN(64, BigInt(coefficient)) !== BigInt(coefficient)) return false;
        this.#integer(slot, coefficient);
        this.#view.setUint16(slot + 8, scale, true);
        return true;
      }
      case 'text':
        return this.#text(slot, value as string);
      case 'bytes':
        return this.#append(slot, value as Uint8Array);
    }
  }

  #integer(slot: number, value: number | bigint): void {
    if (typeof value === 'bigint') {
      this.#view.setBigInt64(slot, value, true);
      return;
    }
    const high = Math.floor(value / 0x100000000);
    this.#view.setUint32(slot, value - high * 0x100000000, true);
    this.#view.setInt32(slot + 4, high, true);
  }

  #text(slot: number, text: string): boolean {
    const { length } = text;
    this.#reserve(length);
    const from = this.#length;
    for (let at = 0; at < length; at++) {
      const unit = text.charCodeAt(at);
      if (unit >= 0x80) return this.#append(slot, utf8(text));
      this.#bytes[from + at] = unit;
    }
    if (length > LENGTH_MAX) return false;
    this.#view.setUint32(slot, from, true);
    this.#view.setUint16(slot + 4, length, true);
    this.#length = from + length;
    return true;
  }

  #append(slot: number, bytes: Uint8Array): boolean {
    if (bytes.length > LENGTH_MAX) return false;
    this.#reserve(bytes.length);
    this.#view.setUint32(slot, this.#length, true);
    this.#view.setUint16(slot + 4, bytes.length, true);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
    return true;
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + bytes));
    grown.set(this.#bytes);
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}
