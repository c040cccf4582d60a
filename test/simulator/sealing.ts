/** The simulated bucket sealed: one key for every process, and what the oracles need to look through it. */
import { nodeRuntime } from '../../src/platform/node-runtime.ts';
import { openSealed } from '../../vfs/encryption/chunks.ts';
import { decodeKeyring, KEYRING_NAME, type Keyring } from '../../vfs/encryption/keyring.ts';
import { KeyringFile } from '../../vfs/encryption/keyring-file.ts';
import { LocalKey } from '../../vfs/encryption/local-key.ts';
import { SealedStore } from '../../vfs/encryption/sealed-store.ts';
import type { ObjectStore } from '../../vfs/object-store.ts';
import type { Process } from './process.ts';

const KEY = new Uint8Array(32).fill(42);
const { crypto } = nodeRuntime();

/** A process's view of a bucket that is sealed. */
export function sealedView(store: ObjectStore, { runtime }: Process): SealedStore {
  return new SealedStore(store, new KeyringFile(store, runtime, [new LocalKey(KEY, runtime)]), runtime);
}

/** Follows the keyring as it lands in the bucket, and opens whole objects with it. */
export class Window {
  #keyring: Keyring | undefined;

  /** To be told of everything that lands. The keyring is understood before anything else happens. */
  landed(name: string, bytes: Uint8Array): void {
    if (name !== KEYRING_NAME) return;
    void decodeKeyring(bytes, [new LocalKey(KEY, nodeRuntime())], crypto).then((keyring) => {
      this.#keyring = keyring;
    });
  }

  open(name: string, bytes: Uint8Array): Uint8Array {
    const opened = this.#keyring === undefined ? undefined : openSealed(name, bytes, this.#keyring, crypto);
    if (opened === undefined) throw new Error(`${name} does not open`);
    return opened;
  }
}
