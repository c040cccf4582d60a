import { SqlError } from '../base/sql-error.ts';
import type { Row } from '../types/value.ts';

const MEMORY_BYTES_MAX_DEFAULT = 4 * 1024 * 1024 * 1024;

/** Counts the bytes of rows that an execution's operators hold, and refuses more than its limit by SQLSTATE 53200. */
export class MemoryAccount {
  readonly #bytesMax: number;
  #bytes = 0;

  constructor(bytesMax: number = MEMORY_BYTES_MAX_DEFAULT) {
    this.#bytesMax = bytesMax;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Adds a batch that is kept; answers its bytes, to be given back by `release`. */
  keep(rows: readonly Row[]): number {
    const bytes = bytesOf(rows);
    this.reserve(bytes);
    return bytes;
  }

  /** Adds bytes that are about to be used. */
  reserve(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > this.#bytesMax) {
      throw new SqlError('out_of_memory', 'out of memory', {
        detail: `The statement needs more than ${this.#bytesMax} bytes.`,
        hint: 'Raise work memory, or add a LIMIT or a more selective condition.',
      });
    }
  }

  release(bytes: number): void {
    this.#bytes -= bytes;
  }
}

/** An estimate: the array, its slots, and the long values of the batch's first row standing for the others. */
function bytesOf(rows: readonly Row[]): number {
  if (rows.length === 0) return 0;
  let each = 32;
  for (const value of rows[0])
    each += 8 + (typeof value === 'string' ? 16 + value.length : typeof value === 'object' && value !== null ? 48 : 0);
  return each * rows.length;
}
