/** Spill files that hold ciphertext: each under a key of its own, drawn when it is opened and kept nowhere. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { SpillFile, SpillPlace } from '../executor/vector/spill/spill-file.ts';

const CIPHER = 'aes-256-ctr';
const BLOCK_BYTES = 16;

/**
 * The files of `inner`, encrypted by AES-256-CTR with the position as counter: what is appended lies at a position of its own, so that no counter is
 * used twice. Nothing is authenticated: the file has no name as soon as it is open, and who could write to it could write to this process.
 */
export function sealedSpills(inner: SpillPlace): SpillPlace {
  return { open: (bytesMax) => new SealedFile(inner.open(bytesMax)) };
}

class SealedFile implements SpillFile {
  readonly #inner: SpillFile;
  readonly #key = randomBytes(32);
  #bytes = 0;

  constructor(inner: SpillFile) {
    this.#inner = inner;
  }

  append(bytes: Uint8Array): number {
    const cipher = createCipheriv(CIPHER, this.#key, counterAt(this.#bytes));
    cipher.update(new Uint8Array(this.#bytes % BLOCK_BYTES));
    const position = this.#inner.append(cipher.update(bytes));
    this.#bytes += bytes.length;
    return position;
  }

  read(position: number, into: Uint8Array): void {
    this.#inner.read(position, into);
    const decipher = createDecipheriv(CIPHER, this.#key, counterAt(position));
    decipher.update(new Uint8Array(position % BLOCK_BYTES));
    into.set(decipher.update(into));
  }

  close(): void {
    this.#inner.close();
  }
}

/** The counter of the block that a position lies in. */
function counterAt(position: number): Uint8Array {
  const counter = Buffer.alloc(BLOCK_BYTES);
  counter.writeBigUInt64BE(BigInt(Math.floor(position / BLOCK_BYTES)), BLOCK_BYTES - 8);
  return counter;
}
