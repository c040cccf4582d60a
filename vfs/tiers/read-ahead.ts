/**
 * Notices sequential reading of an object and fetches what will be asked for next, in ranges that double.
 *
 *     asked:    [a)[b)[c)[d)...
 *     fetched:  [a)[b────)[c────────)[d────────────────)      the next range is under way while the last is handed out
 *
 * Keeps raw ranges, a few streams of two ranges each; verifying blocks and keeping them is the reader's business.
 */
import type { ObjectStore } from '../object-store.ts';
import { StoreError } from '../object-store.ts';
import { MissingObjectError } from './block-reader.ts';

export interface ReadAheadOptions {
  /** The first range fetched ahead, and the longest. */
  readonly firstBytes: number;
  readonly bytesMax: number;
  /** Objects read sequentially at one time; a stream costs at most twice `bytesMax`. */
  readonly streamsMax: number;
}

export const READ_AHEAD: ReadAheadOptions = { firstBytes: 256 * 1024, bytesMax: 4 * 1024 * 1024, streamsMax: 8 };

interface FetchedRange {
  readonly offset: number;
  readonly end: number;
  readonly bytes: Promise<Uint8Array>;
}

interface Stream {
  /** Where the next read begins if reading is sequential. */
  nextOffset: number;
  windowBytes: number;
  /** The whole object's length, once an answer told it. */
  size: number;
  ranges: FetchedRange[];
}

/** Fetches ranges of objects, ahead of sequential readers; see the file's header. */
export class ReadAhead {
  readonly #store: Pick<ObjectStore, 'get'>;
  readonly #options: ReadAheadOptions;
  /** The stream used last comes last. */
  readonly #streams = new Map<string, Stream>();

  constructor(store: Pick<ObjectStore, 'get'>, options: ReadAheadOptions = READ_AHEAD) {
    this.#store = store;
    this.#options = options;
  }

  /** Exactly `length` bytes at `offset`: a StoreError of kind `damaged` when the object ends before, MissingObjectError when it is absent. */
  async bytesAt(object: string, offset: number, length: number): Promise<Uint8Array> {
    const stream = this.#streamOf(object);
    const isSequential = stream.nextOffset === offset;
    const end = offset + length;
    stream.nextOffset = end;
    if (!isSequential) stream.windowBytes = 0;
    let range = stream.ranges.find((fetched) => fetched.offset <= offset && end <= fetched.end);
    if (range === undefined) {
      if (isSequential) this.#grow(stream);
      range = this.#request(object, stream, offset, Math.max(length, Math.min(stream.windowBytes, stream.size - offset)));
    }
    const furthest = stream.ranges.reduce((most, fetched) => Math.max(most, fetched.end), 0);
    if (isSequential && furthest - end < stream.windowBytes / 2 && furthest < stream.size && stream.size !== Infinity) {
      this.#grow(stream);
      this.#request(object, stream, furthest, Math.min(stream.windowBytes, stream.size - furthest));
    }
    const bytes = await range.bytes;
    if (bytes.length < end - range.offset)
      throw new StoreError('damaged', object, `it ends at byte ${range.offset + bytes.length}, before byte ${end}`);
    return bytes.length === length ? bytes : bytes.slice(offset - range.offset, end - range.offset);
  }

  /** Lets go of what was fetched of an object: some of it is damaged, perhaps only on its way here. */
  forget(object: string): void {
    this.#streams.delete(object);
  }

  #grow(stream: Stream): void {
    stream.windowBytes = Math.min(this.#options.bytesMax, Math.max(this.#options.firstBytes, stream.windowBytes * 2));
  }

  #request(object: string, stream: Stream, offset: number, length: number): FetchedRange {
    const range = { offset, end: offset + length, bytes: this.#get(object, stream, offset, length) };
    range.bytes.catch(() => {
      stream.ranges = stream.ranges.filter((fetched) => fetched !== range); // whoever waits for it hears; the next asks again
    });
    stream.ranges = [...stream.ranges.slice(-1), range];
    return range;
  }

  async #get(object: string, stream: Stream, offset: number, length: number): Promise<Uint8Array> {
    const found = await this.#store.get(object, { range: { offset, length } });
    if (found.kind === 'absent') throw new MissingObjectError(object);
    if (found.kind !== 'found') throw new StoreError('permanent', object, `a read was answered with "${found.kind}"`);
    stream.size = found.size;
    return found.bytes;
  }

  #streamOf(object: string): Stream {
    const known = this.#streams.get(object);
    if (known !== undefined) {
      this.#streams.delete(object);
      this.#streams.set(object, known);
      return known;
    }
    const stream: Stream = { nextOffset: -1, windowBytes: 0, size: Infinity, ranges: [] };
    this.#streams.set(object, stream);
    if (this.#streams.size > this.#options.streamsMax) {
      for (const oldest of this.#streams.keys()) {
        this.#streams.delete(oldest);
        break;
      }
    }
    return stream;
  }
}
