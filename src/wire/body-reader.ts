/** Reads the fields of one message's body. Running past its end, or text that is not UTF-8, is the client's fault: 08P01, 22021. */
import { SqlError } from '../base/sql-error.ts';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export class BodyReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  byte(): number {
    return this.#bytes[this.#advance(1)];
  }

  int16(): number {
    return this.#view.getInt16(this.#advance(2));
  }

  uint16(): number {
    return this.#view.getUint16(this.#advance(2));
  }

  int32(): number {
    return this.#view.getInt32(this.#advance(4));
  }

  uint32(): number {
    return this.#view.getUint32(this.#advance(4));
  }

  int64(): bigint {
    return this.#view.getBigInt64(this.#advance(8));
  }

  float32(): number {
    return this.#view.getFloat32(this.#advance(4));
  }

  float64(): number {
    return this.#view.getFloat64(this.#advance(8));
  }

  /** Text up to a zero byte. */
  cstring(): string {
    const end = this.#bytes.indexOf(0, this.#at);
    if (end < 0) throw new SqlError('protocol_violation', 'invalid string in message');
    const text = textOfClient(this.#bytes.subarray(this.#at, end));
    this.#at = end + 1;
    return text;
  }

  bytes(length: number): Uint8Array {
    if (length < 0) throw new SqlError('protocol_violation', 'insufficient data left in message');
    const at = this.#advance(length);
    return this.#bytes.subarray(at, at + length);
  }

  rest(): Uint8Array {
    return this.bytes(this.remaining);
  }

  /** 08P01 when something is left. */
  end(): void {
    if (this.remaining > 0) throw new SqlError('protocol_violation', 'invalid message format');
  }

  #advance(length: number): number {
    if (length > this.remaining) throw new SqlError('protocol_violation', 'insufficient data left in message');
    const at = this.#at;
    this.#at += length;
    return at;
  }
}

/** Client text; SQLSTATE 22021 when it is not UTF-8 or holds a zero byte. */
export function textOfClient(bytes: Uint8Array): string {
  try {
    const text = decoder.decode(bytes);
    if (!text.includes('\0')) return text;
  } catch {
    // said below
  }
  throw new SqlError('character_not_in_repertoire', 'invalid byte sequence for encoding "UTF8"');
}
