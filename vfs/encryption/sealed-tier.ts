import type { Runtime } from '../../src/base/runtime.ts';
import type { BlockCache } from '../tiers/block-cache.ts';
import { openSealed, sealObject, storedSize } from './chunks.ts';
import { newestKey } from './keyring.ts';
import type { KeyringFile } from './keyring-file.ts';

/**
 * A cache tier over one that outlives the process, on a disk, which sees sealed blocks only: sealed as objects are, under a name that no object can
 * have. Whoever has the database's keys finds what another process left. Anything that does not open counts as absent.
 */
export class SealedTier implements BlockCache {
  readonly #inner: BlockCache;
  readonly #keyring: KeyringFile;
  readonly #runtime: Pick<Runtime, 'random' | 'crypto'>;
  /** The end of the queue of blocks to keep. */
  #lastPut: Promise<void> = Promise.resolve();

  constructor(inner: BlockCache, keyring: KeyringFile, runtime: Pick<Runtime, 'random' | 'crypto'>) {
    this.#inner = inner;
    this.#keyring = keyring;
    this.#runtime = runtime;
  }

  async get(object: string, offset: number, length: number): Promise<Uint8Array | undefined> {
    const sealed = await this.#inner.get(object, offset, storedSize(length));
    const keyring = sealed === undefined ? undefined : await this.#keyring.current().catch(() => undefined);
    if (sealed === undefined || keyring === undefined) return undefined;
    return openSealed(nameOf(object, offset), sealed, keyring, this.#runtime.crypto);
  }

  put(object: string, offset: number, bytes: Uint8Array): void {
    this.#lastPut = Promise.all([this.#keyring.current().catch(() => undefined), this.#lastPut]).then(([keyring]) => {
      if (keyring === undefined) return; // without keys nothing is kept
      this.#inner.put(object, offset, sealObject(nameOf(object, offset), bytes, newestKey(keyring), keyring.id, this.#runtime));
    });
  }

  drop(object: string, offset: number, length: number): void {
    this.#inner.drop(object, offset, storedSize(length));
  }

  async close(): Promise<void> {
    await this.#lastPut;
    await this.#inner.close();
  }
}

/** No object's name has a colon. */
function nameOf(object: string, offset: number): string {
  return `block:${offset}:${object}`;
}
