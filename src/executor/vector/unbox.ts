import type { SqlType } from '../../types/type.ts';
import { OID } from '../../types/oid.ts';
import { Numeric, type Value } from '../../types/value.ts';
import { cellOf } from './expression/cell.ts';
import type { Register, Registers } from './expression/registers.ts';
import { VectorFallback, type Form } from './vector.ts';

const encoder = new TextEncoder();

/** Up to this length a text is written unit by unit, which an encoder's answer costs more than. */
const ASCII_LENGTH_MAX = 128;

/** Bytes of text that a batch may hold to begin with. */
const TEXT_BYTES = 64 * 1024;

/** Puts values into a vector, row by row. Texts lie in a buffer of its own until `start` is called again. */
export class Unboxer {
  readonly #registers: Registers;
  readonly #type: SqlType;
  readonly #form: Form;
  readonly #register: Register;
  /** Whether values have to show the form's places: their type does not say. */
  readonly #showsScale: boolean;
  #hasNulls = false;
  #text = 0;
  #textEnd = 0;
  #at = 0;
  #views: { buffer: ArrayBufferLike; bytes: Uint8Array; words: Int32Array; floats: Float64Array } | undefined;

  constructor(registers: Registers, type: SqlType, form: Form) {
    this.#registers = registers;
    this.#type = type;
    this.#form = form;
    this.#register = registers.register(form.type);
    this.#showsScale = type.oid === OID.numeric && type.modifier < 4;
  }

  /** Begins a vector anew. */
  start(): void {
    this.#hasNulls = false;
    this.#at = this.#text;
  }

  /** Sets a row. Throws `VectorFallback` when the form cannot hold the value. */
  set(row: number, value: Value): void {
    const views = this.#current();
    const { values, nullBytes } = this.#register;
    const cell = cellOf(value, this.#type, this.#form);
    if (this.#showsScale && value instanceof Numeric && value.scale !== this.#form.scale)
      throw new VectorFallback('a value shows other decimal places');
    if (cell === undefined) throw new VectorFallback('a value has another form');
    views.bytes[nullBytes + row] = cell === null ? 1 : 0;
    if (cell === null) {
      this.#hasNulls = true;
      this.#clear(row);
      return;
    }
    switch (this.#form.type) {
      case 'bool':
        views.bytes[values + row] = cell === true ? 1 : 0;
        return;
      case 'i32':
        views.words[(values >>> 2) + row] = Number(cell);
        return;
      case 'f64':
        views.floats[(values >>> 3) + row] = Number(cell);
        return;
      case 'i64':
        this.#setInt64(row, cell as number | bigint);
        return;
      case 'str':
        this.#setText(row, String(cell));
    }
  }

  /** The vector of the rows set. */
  finish(): Register {
    return this.#register.own(this.#hasNulls);
  }

  #clear(row: number): void {
    const { values } = this.#register;
    const views = this.#current();
    const { type } = this.#form;
    if (type === 'bool') views.bytes[values + row] = 0;
    else if (type === 'i32') views.words[(values >>> 2) + row] = 0;
    else views.words.fill(0, (values >>> 2) + row * 2, (values >>> 2) + row * 2 + 2);
  }

  #setInt64(row: number, value: number | bigint): void {
    const { words } = this.#current();
    const at = (this.#register.values >>> 2) + row * 2;
    if (typeof value === 'number') {
      words[at] = value | 0;
      if (value > 0x7fffffff || value < -0x80000000) words[at] = Number(BigInt.asIntN(32, BigInt(value)));
      words[at + 1] = Math.floor(value / 0x100000000);
      return;
    }
    words[at] = Number(BigInt.asIntN(32, value));
    words[at + 1] = Number(BigInt.asIntN(32, value >> 32n));
  }

  #setText(row: number, text: string): void {
    const length = this.#writeAscii(text) ? text.length : this.#writeEncoded(text);
    const { words } = this.#current();
    const at = (this.#register.values >>> 2) + row * 2;
    words[at] = this.#at;
    words[at + 1] = length;
    this.#at += length;
  }

  /** Writes a text that is ASCII only, which most are; false when it is not, or too long to try. */
  #writeAscii(text: string): boolean {
    const { length } = text;
    if (length > ASCII_LENGTH_MAX) return false;
    if (this.#at + length > this.#textEnd) this.#moreText(length);
    const { bytes } = this.#current();
    const from = this.#at;
    for (let at = 0; at < length; at++) {
      const unit = text.charCodeAt(at);
      if (unit > 0x7f) return false;
      bytes[from + at] = unit;
    }
    return true;
  }

  #writeEncoded(text: string): number {
    const encoded = encoder.encode(text);
    if (this.#at + encoded.length > this.#textEnd) this.#moreText(encoded.length);
    this.#current().bytes.set(encoded, this.#at);
    return encoded.length;
  }

  /** A fresh buffer: what was written stays where it is. */
  #moreText(bytes: number): void {
    const size = Math.max(TEXT_BYTES, (this.#textEnd - this.#text) * 2, bytes);
    this.#text = this.#registers.memory.take(size);
    this.#textEnd = this.#text + size;
    this.#at = this.#text;
  }

  #current(): { bytes: Uint8Array; words: Int32Array; floats: Float64Array } {
    const { buffer } = this.#registers.memory.heap.memory;
    if (this.#views === undefined || this.#views.buffer !== buffer) {
      this.#views = { buffer, bytes: new Uint8Array(buffer), words: new Int32Array(buffer), floats: new Float64Array(buffer) };
    }
    return this.#views;
  }
}
