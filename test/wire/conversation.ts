/** A client that speaks in bytes: frontend messages to send, and what came back as one readable line a message. */
import { CancelKeys } from '../../src/wire/cancel-keys.ts';
import { WireConnection, type WireOptions } from '../../src/wire/connection.ts';
import type { OpenedEngine } from '../../src/platform/open-engine.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export const int16 = (value: number): Uint8Array => Uint8Array.of((value >> 8) & 0xff, value & 0xff);
export const int32 = (value: number): Uint8Array =>
  Uint8Array.of((value >>> 24) & 0xff, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);
export const cstring = (text: string): Uint8Array => concat(encoder.encode(text), Uint8Array.of(0));

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** A message of a type, with its length. */
export function message(type: string, ...parts: readonly Uint8Array[]): Uint8Array {
  const body = concat(...parts);
  return concat(encoder.encode(type), int32(body.length + 4), body);
}

export function startup(settings: Readonly<Record<string, string>> = { user: 'postgres' }, minor = 0): Uint8Array {
  const body = concat(
    int32((3 << 16) | minor),
    ...Object.entries(settings).flatMap(([name, value]) => [cstring(name), cstring(value)]),
    Uint8Array.of(0),
  );
  return concat(int32(body.length + 4), body);
}

export const request = (code: number, ...parts: readonly Uint8Array[]): Uint8Array => {
  const body = concat(int32(code), ...parts);
  return concat(int32(body.length + 4), body);
};

export const query = (text: string): Uint8Array => message('Q', cstring(text));
export const parse = (text: string, name = '', types: readonly number[] = []): Uint8Array =>
  message('P', cstring(name), cstring(text), int16(types.length), ...types.map(int32));
export const describeStatement = (name = ''): Uint8Array => message('D', encoder.encode('S'), cstring(name));
export const describePortal = (name = ''): Uint8Array => message('D', encoder.encode('P'), cstring(name));
export const execute = (limit = 0, portal = ''): Uint8Array => message('E', cstring(portal), int32(limit));
export const closeStatement = (name: string): Uint8Array => message('C', encoder.encode('S'), cstring(name));
export const closePortal = (name: string): Uint8Array => message('C', encoder.encode('P'), cstring(name));
export const sync = message('S');
export const flush = message('H');
export const terminate = message('X');

export interface Binding {
  readonly portal?: string;
  readonly statement?: string;
  readonly values?: readonly (string | Uint8Array | null)[];
  readonly formats?: readonly number[];
  readonly resultFormats?: readonly number[];
}

export function bind({ portal = '', statement = '', values = [], formats = [], resultFormats = [] }: Binding = {}): Uint8Array {
  const cells = values.flatMap((value) => {
    if (value === null) return [int32(-1)];
    const bytes = typeof value === 'string' ? encoder.encode(value) : value;
    return [int32(bytes.length), bytes];
  });
  return message(
    'B',
    cstring(portal),
    cstring(statement),
    int16(formats.length),
    ...formats.map(int16),
    int16(values.length),
    ...cells,
    int16(resultFormats.length),
    ...resultFormats.map(int16),
  );
}

/** A connection to `opened` without a socket. */
export class Conversation {
  readonly connection: WireConnection;
  readonly internalErrors: unknown[] = [];
  closed = false;
  #received: Uint8Array[] = [];

  constructor(opened: OpenedEngine, options: Partial<WireOptions> = {}) {
    this.connection = new WireConnection({
      runtime: opened.runtime,
      session: async (wanted) => opened.engine.session(wanted),
      cancelKeys: new CancelKeys(opened.runtime.random),
      send: (bytes) => void this.#received.push(bytes),
      close: () => {
        this.closed = true;
      },
      onInternalError: (error) => this.internalErrors.push(error),
      ...options,
    });
  }

  /** Sends in one piece, and answers what came back once everything was handled. */
  async say(...parts: readonly Uint8Array[]): Promise<string[]> {
    await this.connection.push(concat(...parts));
    return transcript(this.bytes());
  }

  /** What has come back since one asked last. */
  bytes(): Uint8Array {
    const all = concat(...this.#received);
    this.#received = [];
    return all;
  }

  /** Starts, and forgets the greeting. */
  async begin(settings?: Readonly<Record<string, string>>): Promise<this> {
    await this.say(startup(settings));
    return this;
  }
}

/** One line for each backend message: its type, and what a reader wants of it. */
export function transcript(bytes: Uint8Array): string[] {
  const lines: string[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.length;) {
    const type = String.fromCharCode(bytes[at]);
    if (at === bytes.length - 1) {
      lines.push(type);
      break;
    }
    const length = view.getInt32(at + 1);
    lines.push(line(type, bytes.subarray(at + 5, at + 1 + length)));
    at += 1 + length;
  }
  return lines;
}

function line(type: string, body: Uint8Array): string {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const words = decoder.decode(body).split('\0');
  switch (type) {
    case 'C':
      return `C ${words[0]}`;
    case 'Z':
      return `Z ${String.fromCharCode(body[0])}`;
    case 'S':
      return `S ${words[0]}=${words[1]}`;
    case 'R':
      return `R ${view.getInt32(0)}`;
    case 'E':
    case 'N': {
      const fields = new Map(words.filter((word) => word !== '').map((word) => [word[0], word.slice(1)]));
      return `${type} ${fields.get('S')} ${fields.get('C')} ${fields.get('M')}`;
    }
    case 'D':
      return `D ${cells(view, body).join(' | ')}`;
    case 'T':
      return `T ${columns(view, body).join(', ')}`;
    case 't':
      return `t ${Array.from({ length: view.getInt16(0) }, (_, at) => view.getInt32(2 + 4 * at)).join(', ')}`;
    case 'G':
    case 'H':
      return `${type} ${view.getInt16(1)}`;
    case 'd':
      return `d ${decoder.decode(body).replace(/\n$/, '')}`;
    case 'K':
      return `K ${body.length - 4}`;
    case 'v':
      return `v ${view.getInt32(0)} ${decoder.decode(body.subarray(8)).split('\0').slice(0, -1).join(' ')}`;
    default:
      return type;
  }
}

function cells(view: DataView, body: Uint8Array): string[] {
  const texts: string[] = [];
  for (let at = 2; at < body.length;) {
    const length = view.getInt32(at);
    at += 4;
    if (length < 0) texts.push('NULL');
    else {
      const bytes = body.subarray(at, at + length);
      texts.push(bytes.some((byte) => byte < 32) ? `0x${Buffer.from(bytes).toString('hex')}` : decoder.decode(bytes));
      at += length;
    }
  }
  return texts;
}

function columns(view: DataView, body: Uint8Array): string[] {
  const texts: string[] = [];
  for (let at = 2; at < body.length;) {
    const end = body.indexOf(0, at);
    const name = decoder.decode(body.subarray(at, end));
    const format = view.getInt16(end + 17);
    texts.push(`${name}:${view.getInt32(end + 7)}${format === 0 ? '' : ' binary'}`);
    at = end + 19;
  }
  return texts;
}
