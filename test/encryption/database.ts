import { openEngine, type OpenedEngine, type OpenOptions } from '../../src/platform/open-engine.ts';
import { nodeRuntime } from '../../src/platform/node-runtime.ts';
import { KeyringFile } from '../../vfs/encryption/keyring-file.ts';
import { LocalKey } from '../../vfs/encryption/local-key.ts';
import { SealedStore } from '../../vfs/encryption/sealed-store.ts';
import type { ObjectStore } from '../../vfs/object-store.ts';

export const KEY = new Uint8Array(32).fill(7);
export const OTHER_KEY = new Uint8Array(32).fill(9);

const runtime = nodeRuntime();

/** A process's view of `store`, sealed with keys of which the first wraps what is written. */
export function sealedStore(store: ObjectStore, ...keys: readonly Uint8Array[]): SealedStore {
  const providers = (keys.length === 0 ? [KEY] : keys).map((key) => new LocalKey(key, runtime));
  return new SealedStore(store, new KeyringFile(store, runtime, providers), runtime);
}

/** An engine over `store`, encrypted with KEY unless told otherwise. Checkpoints happen when asked for. */
export function openSealed(store: ObjectStore, options: OpenOptions = {}): Promise<OpenedEngine> {
  return openEngine('memory:', { store, encryption: KEY, checkpoints: 'manual', ...options });
}

/** The rows of a query as text, each a line. */
export async function rowsOf({ engine }: OpenedEngine, sql: string): Promise<string[]> {
  const session = engine.session();
  try {
    const { rows } = await session.query(sql);
    return rows.map((row) => row.map(String).join('|'));
  } finally {
    await session.close();
  }
}

/** Runs statements one after the other. */
export async function run({ engine }: OpenedEngine, ...statements: readonly string[]): Promise<void> {
  const session = engine.session();
  for (const statement of statements) await session.query(statement);
  await session.close();
}
