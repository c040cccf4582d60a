/**
 * What a client sends, cut out of a stream of bytes.
 *
 *     offset  size  meaning
 *     0       1     type (absent in the first message)
 *     1       4     length of the message, itself included, the type not
 *     5       n     body
 *
 * Nothing is allocated by a declared length: bytes are kept as they arrive, and a length beyond the limit ends the conversation.
 */
import { SqlError } from '../base/sql-error.ts';

/** One message: its type's character code (0 for startup packets) and its body. */
export interface FrontendMessage {
  readonly type: number;
  readonly body: Uint8Array;
}

/** The types, by name. */
export const FRONTEND = {
  bind: 0x42,
  close: 0x43,
  describe: 0x44,
  execute: 0x45,
  functionCall: 0x46,
  flush: 0x48,
  parse: 0x50,
  query: 0x51,
  sync: 0x53,
  terminate: 0x58,
  copyDone: 0x63,
  copyData: 0x64,
  copyFail: 0x66,
  password: 0x70,
} as const;

const TYPES: ReadonlySet<number> = new Set(Object.values(FRONTEND));

export function isFrontendType(type: number): boolean {
  return TYPES.has(type);
}

/** PostgreSQL's limit for startup packets, and ours for anything before authentication and after. */
const STARTUP_BYTES_MAX = 10_000;
const UNAUTHENTICATED_BYTES_MAX = 64 * 1024;
const MESSAGE_BYTES_MAX = 256 * 1024 * 1024;

export class MessageReader {
  #chunks: Uint8Array[] = [];
  #length = 0;
  /** Whether the next message is a startup packet, without a type. */
  startup = true;
  authenticated = false;

  get buffered(): number {
    return this.#length;
  }

  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#chunks.push(bytes);
    this.#length += bytes.length;
  }

  /** The next whole message, undefined while it has not arrived. SQLSTATE 08P01 for a length that cannot be. */
  next(): FrontendMessage | undefined {
    const header = this.startup ? 4 : 5;
    if (this.#length < header) return undefined;
    const head = this.#peek(header);
    const length = new DataView(head.buffer, head.byteOffset).getInt32(header - 4);
    const max = this.startup ? STARTUP_BYTES_MAX : this.authenticated ? MESSAGE_BYTES_MAX : UNAUTHENTICATED_BYTES_MAX;
    if (length < 4 || length > max)
      throw new SqlError('protocol_violation', this.startup ? 'invalid length of startup packet' : 'invalid message length');
    const total = header - 4 + length;
    if (this.#length < total) return undefined;
    const message = this.#take(total);
    return { type: this.startup ? 0 : message[0], body: message.subarray(header) };
  }

  /** The type of the message behind the one handed out last, once its first byte has arrived. */
  nextType(): number | undefined {
    return this.#length === 0 ? undefined : this.#chunks[0][0];
  }

  #peek(count: number): Uint8Array {
    const [first] = this.#chunks;
    if (first.length >= count) return first.subarray(0, count);
    this.#join();
    return this.#chunks[0].subarray(0, count);
  }

  #take(count: number): Uint8Array {
    if (this.#chunks[0].length < count) this.#join();
    const [first] = this.#chunks;
    const taken = first.subarray(0, count);
    if (first.length === count) this.#chunks.shift();
    else this.#chunks[0] = first.subarray(count);
    this.#length -= count;
    return taken;
  }

  #join(): void {
    const joined = new Uint8Array(this.#length);
    let at = 0;
    for (const chunk of this.#chunks) {
      joined.set(chunk, at);
      at += chunk.length;
    }
    this.#chunks = [joined];
  }
}
