/**
 * Everything the engine cannot compute: time, chance and cryptography. Object storage comes beside it, through `ObjectStore`.
 * The platform layer builds one from its host's globals; the simulator builds one from a seed.
 */
export interface Runtime {
  readonly clock: Clock;
  readonly random: Random;
  readonly crypto: Crypto;
}

export interface Clock {
  /** Milliseconds since 1970 UTC by the host's clock, fractions allowed. May jump: never decide correctness by it. */
  now(): number;
  /** Milliseconds that only grow, from an arbitrary start. For durations. */
  monotonic(): number;
  /** Resolves after `ms` milliseconds, or rejects with the signal's reason when it aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface Random {
  /** `length` unpredictable bytes (predictable from the seed in a simulation). */
  bytes(length: number): Uint8Array;
}

export interface Crypto {
  /** SHA-256, 32 bytes, synchronously. */
  sha256(bytes: Uint8Array): Uint8Array;
  /** HMAC-SHA-256, 32 bytes, synchronously. */
  hmacSha256(key: Uint8Array, bytes: Uint8Array): Uint8Array;
  /** PBKDF2 with HMAC-SHA-256, `length` bytes; asynchronous because it is slow on purpose. */
  pbkdf2Sha256(password: Uint8Array, salt: Uint8Array, iterations: number, length: number): Promise<Uint8Array>;
  /** AES-256-GCM: the ciphertext and its 16-byte tag, synchronously. A key (32 bytes) and nonce (12 bytes) are used for one text only. */
  sealGcm(key: Uint8Array, nonce: Uint8Array, plain: Uint8Array, additional: Uint8Array): Uint8Array;
  /** What `sealGcm` sealed; undefined when any of the four is another. */
  openGcm(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array, additional: Uint8Array): Uint8Array | undefined;
}
