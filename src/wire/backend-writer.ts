/** Writes what the server sends into one growing buffer, flushed at Sync or when it grows large. */
import { utf8 } from '../base/bytes.ts';
import type { SqlError } from '../base/sql-error.ts';
import type { Field, Notice } from '../session/session.ts';
import { typeDefinition } from '../types/types.ts';

/** Bytes after which a buffer is sent even in the middle of a result. */
export const FLUSH_BYTES = 64 * 1024;

const INITIAL_BYTES = 4096;
const UTF8_BYTES_PER_UNIT = 3;
const encoder = new TextEncoder();

export class BackendWriter {
  #bytes = new Uint8Array(INITIAL_BYTES);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;
  #messageAt = 0;

  get length(): number {
    return this.#length;
  }

  /** What was written, given away; the writer starts anew. */
  take(): Uint8Array {
    const taken = this.#bytes.subarray(0, this.#length);
    // a long result goes on: what held one piece holds the next
    this.#bytes = new Uint8Array(this.#length >= FLUSH_BYTES ? this.#bytes.length : INITIAL_BYTES);
    this.#view = new DataView(this.#bytes.buffer);
    this.#length = 0;
    return taken;
  }

  /** A single byte outside any message: the answer to SSLRequest. */
  raw(byte: string): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = byte.charCodeAt(0);
  }

  authenticationOk(): void {
    this.#begin('R');
    this.int32(0);
    this.#end();
  }

  authenticationCleartext(): void {
    this.#begin('R');
    this.int32(3);
    this.#end();
  }

  /** AuthenticationSASL (10), SASLContinue (11), SASLFinal (12). */
  authenticationSasl(code: 10 | 11 | 12, data: Uint8Array): void {
    this.#begin('R');
    this.int32(code);
    this.#append(data);
    this.#end();
  }

  negotiateProtocolVersion(minor: number, unknown: readonly string[]): void {
    this.#begin('v');
    this.int32(minor);
    this.int32(unknown.length);
    for (const name of unknown) this.cstring(name);
    this.#end();
  }

  parameterStatus(name: string, value: string): void {
    this.#begin('S');
    this.cstring(name);
    this.cstring(value);
    this.#end();
  }

  backendKeyData(process: number, secret: Uint8Array): void {
    this.#begin('K');
    this.int32(process);
    this.#append(secret);
    this.#end();
  }

  readyForQuery(status: 'idle' | 'transaction' | 'failed'): void {
    this.#begin('Z');
    this.#reserve(1);
    this.#bytes[this.#length++] = { idle: 0x49, transaction: 0x54, failed: 0x45 }[status];
    this.#end();
  }

  /** CopyInResponse 'G' and CopyOutResponse 'H': everything in text. */
  copyResponse(type: 'G' | 'H', columns: number): void {
    this.#begin(type);
    this.#byte(0);
    this.int16(columns);
    for (let at = 0; at < columns; at++) this.int16(0);
    this.#end();
  }

  copyData(bytes: Uint8Array): void {
    this.#begin('d');
    this.#append(bytes);
    this.#end();
  }

  /** A message without a body: ParseComplete '1', BindComplete '2', CloseComplete '3', CopyDone 'c', NoData 'n', EmptyQuery 'I', PortalSuspended 's'. */
  empty(type: '1' | '2' | '3' | 'c' | 'n' | 'I' | 's'): void {
    this.#begin(type);
    this.#end();
  }

  commandComplete(tag: string): void {
    this.#begin('C');
    this.cstring(tag);
    this.#end();
  }

  rowDescription(fields: readonly Field[], formats: readonly number[]): void {
    this.#begin('T');
    this.int16(fields.length);
    fields.forEach((field, at) => {
      this.cstring(field.name);
      this.int32(field.table);
      this.int16(field.attribute);
      this.int32(field.type.oid);
      this.int16(typeDefinition(field.type.oid).length);
      this.int32(field.type.modifier);
      this.int16(formats[at] ?? 0);
    });
    this.#end();
  }

  parameterDescription(types: readonly number[]): void {
    this.#begin('t');
    this.int16(types.length);
    for (const type of types) this.int32(type);
    this.#end();
  }

  /** DataRow, to be followed by its cells and `endRow`. */
  beginRow(cells: number): void {
    this.#begin('D');
    this.int16(cells);
  }

  nullCell(): void {
    this.int32(-1);
  }

  bytesCell(bytes: Uint8Array): void {
    this.int32(bytes.length);
    this.#append(bytes);
  }

  textCell(text: string): void {
    this.#reserve(4 + text.length * UTF8_BYTES_PER_UNIT);
    const lengthAt = this.#length;
    const { written } = encoder.encodeInto(text, this.#bytes.subarray(lengthAt + 4));
    this.#view.setInt32(lengthAt, written);
    this.#length = lengthAt + 4 + written;
  }

  endRow(): void {
    this.#end();
  }

  /** Takes back the message that was begun and not ended. */
  abandon(): void {
    this.#length = this.#messageAt - 1;
  }

  error(error: SqlError, severity: 'ERROR' | 'FATAL'): void {
    this.#begin('E');
    this.#fields(severity, error);
    this.#end();
  }

  notice(notice: Notice): void {
    this.#begin('N');
    this.#field('S', notice.severity);
    this.#field('V', notice.severity);
    this.#field('C', notice.code);
    this.#field('M', notice.message);
    this.#byte(0);
    this.#end();
  }

  int16(value: number): void {
    this.#reserve(2);
    this.#view.setInt16(this.#length, value);
    this.#length += 2;
  }

  int32(value: number): void {
    this.#reserve(4);
    this.#view.setInt32(this.#length, value);
    this.#length += 4;
  }

  cstring(text: string): void {
    this.#append(utf8(text));
    this.#byte(0);
  }

  #fields(severity: string, error: SqlError): void {
    this.#field('S', severity);
    this.#field('V', severity);
    this.#field('C', error.code);
    this.#field('M', error.message);
    this.#field('D', error.detail);
    this.#field('H', error.hint);
    this.#field('P', error.position === undefined ? undefined : String(error.position));
    this.#field('W', error.where);
    this.#field('s', error.schema);
    this.#field('t', error.table);
    this.#field('c', error.column);
    this.#field('d', error.dataType);
    this.#field('n', error.constraint);
    this.#byte(0);
  }

  #field(code: string, text: string | undefined): void {
    if (text === undefined) return;
    this.#byte(code.charCodeAt(0));
    this.cstring(text);
  }

  #byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  #begin(type: string): void {
    this.#byte(type.charCodeAt(0));
    this.#messageAt = this.#length;
    this.int32(0);
  }

  #end(): void {
    this.#view.setInt32(this.#messageAt, this.#length - this.#messageAt);
  }

  #append(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + count));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}
