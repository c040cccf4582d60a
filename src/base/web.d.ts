/**
 * The web globals the engine may use: only those that Workers, Deno, browsers and Node all have. Everything else of the
 * host comes through `Runtime`. Kept by hand, so that reaching for another global is a compile error.
 */
declare class TextEncoder {
  encode(text?: string): Uint8Array<ArrayBuffer>;
  encodeInto(text: string, into: Uint8Array): { read: number; written: number };
}
declare class TextDecoder {
  constructor(label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean });
  decode(bytes?: ArrayBufferView | ArrayBuffer, options?: { stream?: boolean }): string;
}
interface AbortSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  throwIfAborted(): void;
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}
declare class AbortController {
  readonly signal: AbortSignal;
  abort(reason?: unknown): void;
}
declare function structuredClone<T>(value: T): T;
declare function queueMicrotask(run: () => void): void;
declare class URL {
  constructor(text: string, base?: string);
  readonly href: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly host: string;
  readonly port: string;
  readonly pathname: string;
  readonly search: string;
  readonly searchParams: URLSearchParams;
  username: string;
  password: string;
}
declare class URLSearchParams {
  get(name: string): string | null;
  has(name: string): boolean;
  entries(): IterableIterator<[string, string]>;
}
declare class Headers {
  constructor(init?: Record<string, string> | readonly (readonly [string, string])[]);
  get(name: string): string | null;
  set(name: string, value: string): void;
  has(name: string): boolean;
  entries(): IterableIterator<[string, string]>;
}
declare class Request {
  constructor(
    url: string,
    init?: { method?: string; headers?: Record<string, string> | Headers; body?: string | Uint8Array; signal?: AbortSignal },
  );
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
  readonly signal: AbortSignal;
  text(): Promise<string>;
  arrayBuffer(): Promise<ArrayBuffer>;
}
declare class Response {
  constructor(body?: string | Uint8Array | ReadableStream | null, init?: { status?: number; headers?: Record<string, string> | Headers });
  readonly status: number;
  readonly headers: Headers;
  text(): Promise<string>;
  json(): Promise<unknown>;
}
interface ReadableStreamDefaultController {
  enqueue(chunk: Uint8Array): void;
  close(): void;
  error(reason: unknown): void;
}
declare class ReadableStream {
  constructor(source: {
    start?(controller: ReadableStreamDefaultController): void | Promise<void>;
    pull?(controller: ReadableStreamDefaultController): void | Promise<void>;
    cancel?(reason: unknown): void | Promise<void>;
  });
}
