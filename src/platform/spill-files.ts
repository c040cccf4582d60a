/** Files for what queries cannot keep in memory: in the machine's temporary folder, without a name as soon as they are open. */
import { randomUUID } from 'node:crypto';
import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqlError } from '../base/sql-error.ts';
import type { SpillFile, SpillPlace } from '../executor/vector/spill/spill-file.ts';

/** The files of a folder. They are written and read at once: the operators that do have nothing else to do meanwhile. */
export function spillFiles(folder: string = tmpdir()): SpillPlace {
  return {
    open(bytesMax) {
      const path = join(folder, `velocidb-spill-${randomUUID()}`);
      try {
        return new LocalFile(path, bytesMax);
      } catch (cause) {
        throw new SqlError('out_of_memory', 'out of memory', { detail: 'No file can be made for what does not fit.', cause });
      }
    },
  };
}

class LocalFile implements SpillFile {
  readonly #descriptor: number;
  readonly #path: string;
  readonly #bytesMax: number;
  #bytes = 0;
  #isNamed = true;
  #isOpen = true;

  constructor(path: string, bytesMax: number) {
    this.#descriptor = openSync(path, 'wx+', 0o600);
    this.#path = path;
    this.#bytesMax = bytesMax;
    this.#unlink(); // a process that is killed leaves nothing; where open files keep their names, `close` does it
  }

  append(bytes: Uint8Array): number {
    const position = this.#bytes;
    if (position + bytes.length > this.#bytesMax)
      throw new SqlError('out_of_memory', 'out of memory', { detail: `The statement needs more than ${this.#bytesMax} bytes on disk.` });
    try {
      for (let done = 0; done < bytes.length;) done += writeSync(this.#descriptor, bytes, done, bytes.length - done, position + done);
    } catch (cause) {
      throw new SqlError('out_of_memory', 'out of memory', { detail: 'The disk takes no more of what does not fit in memory.', cause });
    }
    this.#bytes += bytes.length;
    return position;
  }

  read(position: number, into: Uint8Array): void {
    for (let done = 0; done < into.length;) {
      const count = readSync(this.#descriptor, into, done, into.length - done, position + done);
      if (count === 0) throw new RangeError('a spill file holds what was written to it');
      done += count;
    }
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    closeSync(this.#descriptor);
    if (this.#isNamed) this.#unlink();
  }

  #unlink(): void {
    try {
      unlinkSync(this.#path);
      this.#isNamed = false;
    } catch {
      // Still open, and the system minds.
    }
  }
}
