/**
 * Which running session a CancelRequest means.
 *
 * Protocol 3.0 has room for 32 bits of process number and 32 of secret: both are random, 63 bits to be guessed. From 3.2 on a secret is
 * 32 bytes long.
 */
import type { Random } from '../base/runtime.ts';
import { sameBytes } from './scram.ts';

export interface CancelKey {
  readonly process: number;
  readonly secret: Uint8Array;
  /** From now on the key calls `cancel`. */
  attach(cancel: () => void): void;
  release(): void;
}

interface Entry {
  readonly secret: Uint8Array;
  cancel: (() => void) | undefined;
}

const SHORT_SECRET_BYTES = 4;
const LONG_SECRET_BYTES = 32;
const LONG_SECRETS_SINCE_MINOR = 2;

/** The keys handed out by one server. */
export class CancelKeys {
  readonly #random: Random;
  readonly #entries = new Map<number, Entry>();

  constructor(random: Random) {
    this.#random = random;
  }

  /** A fresh key for a client that speaks protocol 3.`minor`. */
  reserve(minor: number): CancelKey {
    const process = this.#freeProcess();
    const secret = this.#random.bytes(minor >= LONG_SECRETS_SINCE_MINOR ? LONG_SECRET_BYTES : SHORT_SECRET_BYTES);
    const entry: Entry = { secret, cancel: undefined };
    this.#entries.set(process, entry);
    return {
      process,
      secret,
      attach: (cancel) => {
        entry.cancel = cancel;
      },
      release: () => this.#entries.delete(process),
    };
  }

  /** Cancels what the key's owner runs, if the key is right; says nothing either way. */
  cancel(process: number, secret: Uint8Array): void {
    const found = this.#entries.get(process);
    if (found !== undefined && sameBytes(found.secret, secret)) found.cancel?.();
  }

  #freeProcess(): number {
    for (;;) {
      const bytes = this.#random.bytes(4);
      const process = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0) >>> 1;
      if (process !== 0 && !this.#entries.has(process)) return process;
    }
  }
}
