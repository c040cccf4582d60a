/**
 * Counts what passes, so that promises about round trips are tests and not hopes.
 *
 *     time ──►   GET root ├──────┤                         depth 1
 *                GET leaf        ├─────┤                   depth 2: started after a request of depth 1 had ended
 *                GET log/7       ├───────┤                 depth 2: beside the leaf, not after it
 *
 * The sequential depth of a measurement is the length of its longest chain of requests in which each started after the one
 * before had ended. Requests already under way when a measurement begins are no part of it.
 */
import type {
  CreateOutcome,
  GetOptions,
  GetOutcome,
  ListOptions,
  ListPage,
  ObjectStore,
  ReplaceOutcome,
  Validator,
  WriteOptions,
} from '../object-store.ts';

/** What a measurement saw. `depth` is the number of sequential round trips. */
export interface RequestTally {
  readonly get: number;
  readonly create: number;
  readonly replace: number;
  readonly delete: number;
  readonly list: number;
  readonly requests: number;
  readonly depth: number;
  /** Bodies received and sent; headers are not counted. */
  readonly readBytes: number;
  readonly writtenBytes: number;
}

type RequestKind = 'get' | 'create' | 'replace' | 'delete' | 'list';

/** A measurement under way: `tally` may be asked at any time, `end` stops it and answers the last tally. */
export class Measurement {
  readonly #counts = { get: 0, create: 0, replace: 0, delete: 0, list: 0 };
  readonly #onEnd: (measurement: Measurement) => void;
  #depthStarted = 0;
  #depthEnded = 0;
  #readBytes = 0;
  #writtenBytes = 0;

  constructor(onEnd: (measurement: Measurement) => void) {
    this.#onEnd = onEnd;
  }

  tally(): RequestTally {
    const counts = this.#counts;
    return {
      ...counts,
      requests: counts.get + counts.create + counts.replace + counts.delete + counts.list,
      depth: this.#depthStarted,
      readBytes: this.#readBytes,
      writtenBytes: this.#writtenBytes,
    };
  }

  end(): RequestTally {
    this.#onEnd(this);
    return this.tally();
  }

  /** Notes a request's start; the answer notes its end. For `CountingStore`. */
  started(kind: RequestKind, writtenBytes: number): (readBytes: number) => void {
    const depth = this.#depthEnded + 1;
    this.#depthStarted = Math.max(this.#depthStarted, depth);
    this.#counts[kind]++;
    this.#writtenBytes += writtenBytes;
    return (readBytes) => {
      this.#depthEnded = Math.max(this.#depthEnded, depth);
      this.#readBytes += readBytes;
    };
  }
}

/** An object store that counts the requests made of it, since its construction and over any number of measurements. */
export class CountingStore implements ObjectStore {
  readonly #inner: ObjectStore;
  readonly #measurements = new Set<Measurement>();
  readonly #whole = new Measurement(() => {});

  constructor(inner: ObjectStore) {
    this.#inner = inner;
    this.#measurements.add(this.#whole);
  }

  /** Everything since construction. */
  get total(): RequestTally {
    return this.#whole.tally();
  }

  /** Begins a measurement of the requests that start from now on, whoever makes them. */
  begin(): Measurement {
    const measurement = new Measurement((ended) => this.#measurements.delete(ended));
    this.#measurements.add(measurement);
    return measurement;
  }

  /** What `run` answers, and the requests that started while it ran. */
  async measure<T>(run: () => T | Promise<T>): Promise<{ readonly value: T; readonly tally: RequestTally }> {
    const measurement = this.begin();
    try {
      const value = await run();
      return { value, tally: measurement.end() };
    } finally {
      measurement.end();
    }
  }

  get(name: string, options?: GetOptions): Promise<GetOutcome> {
    return this.#counted(
      'get',
      0,
      () => this.#inner.get(name, options),
      (outcome) => (outcome.kind === 'found' ? outcome.bytes.length : 0),
    );
  }

  createIfAbsent(name: string, bytes: Uint8Array, options?: WriteOptions): Promise<CreateOutcome> {
    return this.#counted('create', bytes.length, () => this.#inner.createIfAbsent(name, bytes, options), nothingRead);
  }

  replaceIfMatch(name: string, bytes: Uint8Array, validator: Validator, options?: WriteOptions): Promise<ReplaceOutcome> {
    return this.#counted('replace', bytes.length, () => this.#inner.replaceIfMatch(name, bytes, validator, options), nothingRead);
  }

  delete(name: string): Promise<void> {
    return this.#counted('delete', 0, () => this.#inner.delete(name), nothingRead);
  }

  list(prefix: string, options?: ListOptions): Promise<ListPage> {
    return this.#counted('list', 0, () => this.#inner.list(prefix, options), nothingRead);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  async #counted<T>(kind: RequestKind, writtenBytes: number, send: () => Promise<T>, readBytes: (outcome: T) => number): Promise<T> {
    const ends = [...this.#measurements].map((measurement) => measurement.started(kind, writtenBytes));
    let bytes = 0;
    try {
      const outcome = await send();
      bytes = readBytes(outcome);
      return outcome;
    } finally {
      for (const end of ends) end(bytes);
    }
  }
}

function nothingRead(): number {
  return 0;
}
