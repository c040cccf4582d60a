/** A key as somebody else keeps it: which provider encrypted it, with which of its keys, and the outcome. */
export interface WrappedKey {
  /** Of which kind the provider is, e.g. `local`. */
  readonly provider: string;
  /** The key it was wrapped with, as the provider calls it. Never the key itself, nor anything it could be guessed from. */
  readonly keyId: string;
  readonly bytes: Uint8Array;
}

/**
 * Keeps a key-encryption key, and encrypts other keys with it. The key never leaves the provider, whether that is this process's memory or a
 * service on the network.
 *
 * Callers may rely on
 *   - `context` being bound to the wrapped key: it unwraps in no other;
 *   - `unwrap` answering undefined when the key was wrapped with another provider or another key, which may be somebody else's to unwrap;
 *   - an SqlError otherwise: XX001 when it was wrapped with this key and is damaged, 42501 when the provider does not allow it, 58030 when it
 *     cannot be asked.
 */
export interface KeyProvider {
  /** For people: which key this is. */
  readonly label: string;
  wrap(key: Uint8Array, context: string): Promise<WrappedKey>;
  unwrap(wrapped: WrappedKey, context: string): Promise<Uint8Array | undefined>;
}
