/** What drivers that speak HTTP have in common. */
import { SqlError } from '../../src/base/sql-error.ts';
import type { StoreTimeMs } from '../object-store.ts';

const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

/** Whether the operating system's code says that a request never left this machine: nothing can have landed. */
export function neverSent(systemCode: string): boolean {
  return NEVER_SENT.has(systemCode);
}

/** The operating system's code of an error, '' where it has none. */
export function systemCodeOf(error: unknown): string {
  const code: unknown = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
}

/** An HTTP date in milliseconds, undefined where there is none. */
export function httpDateMs(text: string | undefined): StoreTimeMs {
  const parsed = Date.parse(text ?? '');
  return Number.isNaN(parsed) ? undefined : parsed;
}

/**
 * The headers of a read that caches on the way must not answer by themselves (O6): nothing in a bucket says how long it is fresh, and HTTP lets
 * them guess. Writes bear none of it: stores keep that header with the object.
 */
export function headersPastCaches(method: string | undefined): Readonly<Record<string, string>> {
  return method === 'GET' || method === 'HEAD' ? { 'cache-control': 'no-cache' } : {};
}

/** Aborts when `signal` does, or after `timeoutMs`: the answer of a request is not waited for forever. */
export function limited(signal: AbortSignal | undefined, timeoutMs: number): globalThis.AbortSignal {
  const timeout = AbortSignal.timeout(timeoutMs);
  return signal === undefined ? timeout : AbortSignal.any([signal as globalThis.AbortSignal, timeout]);
}

/** The same bytes without Buffer's differing methods. */
export function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** HTTP refuses views of shared memory, where the engine's heap lies: a copy then, else the bytes themselves. */
export function unshared(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes);
}

/** The peer that a scheme needs, loaded now; SQLSTATE 0A000 says what to install where it is missing. */
export async function loadPeer<T>(scheme: string, name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    const code = systemCodeOf(cause);
    if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') throw cause;
    throw new SqlError('feature_not_supported', `${scheme} URLs need the package ${name}`, { hint: `npm install ${name}`, cause });
  }
}
