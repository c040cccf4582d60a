/**
 * Segments: the objects that pages live in. Immutable, written once, read by range; nobody needs to read one as a whole.
 *
 *     ┌ 'VELSEGM' u8 version, zeros to 64 ┬ page ┬ page ┬ … ┬ directory ┬ trailer 32 ┐      pages start at multiples of 64
 *
 *     directory  varint pages, then per page: varint offset / 64, varint bytes
 *     trailer    u32 directory bytes, 16 bytes hash of the directory, u32 zero, 'VELSEGM' u8 version
 *
 * The directory is for inspection and repair: readers come by references.
 *
 * Invariants
 *   G1  A segment's name is never used twice: it carries 128 random bits, and the epoch of its upload for the collector.
 *   G2  A reference to a page exists only after `add`, and the object exists only after `finish`: whoever publishes a reference has
 *       awaited that.
 */
import { assert } from '../base/assert.ts';
import { ByteReader, ByteWriter, hexOf } from '../base/bytes.ts';
import type { Crypto, Random } from '../base/runtime.ts';
import { pageHash, verifyHash } from './page-hash.ts';
import { HASH_BYTES, PAGE_ALIGNMENT, type SegmentName } from './page-reference.ts';

const MAGIC = 'VELSEGM';
const SEGMENT_FORMAT_VERSION = 1;
const TRAILER_BYTES = 32;

/** Segments uploaded at a time. */
const UPLOADS_MAX = 4;

/** Puts an object into the bucket; resolves when it is durable. */
export type WriteObject = (name: string, bytes: Uint8Array) => Promise<void>;

export interface SegmentWriterOptions {
  readonly crypto: Crypto;
  readonly random: Random;
  readonly writeObject: WriteObject;
  /** The upload epoch that names carry. */
  readonly epoch: number;
  /** A segment is closed once it holds so many bytes. */
  readonly segmentBytesTarget?: number | undefined;
}

/** Collects pages into segments and uploads them as they fill. */
export class SegmentWriter {
  readonly #options: SegmentWriterOptions;
  readonly #bytesTarget: number;
  readonly #sizes = new Map<SegmentName, number>();
  readonly #full: OpenSegment[] = [];
  readonly #underWay = new Set<Promise<void>>();
  readonly #failures: unknown[] = [];
  #open: OpenSegment | undefined;
  #hasFilled = false;

  constructor(options: SegmentWriterOptions) {
    this.#options = options;
    this.#bytesTarget = options.segmentBytesTarget ?? 32 * 1024 * 1024;
  }

  get crypto(): Crypto {
    return this.#options.crypto;
  }

  get random(): Random {
    return this.#options.random;
  }

  /** Takes a copy of a page and answers where it will lie. */
  add(page: Uint8Array): { readonly segment: SegmentName; readonly offset: number } {
    this.#open ??= new OpenSegment(
      segmentName(this.#options.epoch, this.#options.random),
      this.#hasFilled ? this.#bytesTarget + SEGMENT_BYTES_MORE : SEGMENT_BYTES_FIRST,
    );
    const segment = this.#open;
    const offset = segment.add(page);
    if (segment.bytes >= this.#bytesTarget) {
      this.#full.push(segment);
      this.#open = undefined;
      this.#hasFilled = true;
    }
    return { segment: segment.name, offset };
  }

  /** Whether full segments wait for `drain`. */
  get isBacklogged(): boolean {
    return this.#full.length > 0;
  }

  /** Begins to upload the segments that are full, and waits while more than UPLOADS_MAX are under way. Throws what an earlier upload failed with. */
  async drain(): Promise<void> {
    for (let segment = this.#full.shift(); segment !== undefined; segment = this.#full.shift()) {
      while (this.#underWay.size >= UPLOADS_MAX) await Promise.race(this.#underWay);
      const upload = this.#upload(segment)
        .catch((error: unknown) => {
          this.#failures.push(error);
        })
        .finally(() => this.#underWay.delete(upload));
      this.#underWay.add(upload);
    }
    if (this.#failures.length > 0) throw this.#failures[0];
  }

  /** Uploads everything and answers the size of each segment. The writer may go on: later pages go into new segments. */
  async finish(): Promise<ReadonlyMap<SegmentName, number>> {
    if (this.#open !== undefined) this.#full.push(this.#open);
    this.#open = undefined;
    await this.drain();
    await Promise.all(this.#underWay);
    if (this.#failures.length > 0) throw this.#failures[0];
    return this.#sizes;
  }

  async #upload(segment: OpenSegment): Promise<void> {
    const bytes = segment.finish(this.#options.crypto);
    await this.#options.writeObject(segment.name, bytes);
    this.#sizes.set(segment.name, bytes.length);
  }
}

/** Bytes that the first segment begins with room for; later ones, that the last page may take. */
const SEGMENT_BYTES_FIRST = 64 * 1024;
const SEGMENT_BYTES_MORE = 1024 * 1024;

/** A segment that pages are laid into. */
class OpenSegment {
  readonly name: SegmentName;
  readonly #pages: { readonly offset: number; readonly length: number }[] = [];
  #object: Uint8Array;
  #bytes = PAGE_ALIGNMENT;

  /** `bytesWanted`: how large it is likely to become. */
  constructor(name: SegmentName, bytesWanted: number) {
    this.name = name;
    this.#object = new Uint8Array(bytesWanted);
    const head = new ByteWriter(8);
    writeMagic(head);
    this.#object.set(head.view());
  }

  /** Bytes laid so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Lays a page; where. */
  add(page: Uint8Array): number {
    const offset = this.#bytes;
    this.#bytes = aligned(offset + page.length);
    this.#reserve(this.#bytes);
    this.#object.set(page, offset);
    this.#pages.push({ offset, length: page.length });
    return offset;
  }

  /** The whole object. */
  finish(crypto: Crypto): Uint8Array {
    const tail = new ByteWriter(this.#pages.length * 6 + 256);
    tail.varint(this.#pages.length);
    for (const { offset, length } of this.#pages) tail.varint(offset / PAGE_ALIGNMENT).varint(length);
    const directoryBytes = tail.length;
    const hash = pageHash(crypto, tail.view());
    tail.u32(directoryBytes).raw(hash).u32(0);
    writeMagic(tail);
    const total = this.#bytes + tail.length;
    this.#reserve(total);
    this.#object.set(tail.view(), this.#bytes);
    return this.#object.subarray(0, total);
  }

  #reserve(bytes: number): void {
    if (bytes <= this.#object.length) return;
    const grown = new Uint8Array(Math.max(bytes, this.#object.length * 2));
    grown.set(this.#object.subarray(0, this.#bytes));
    this.#object = grown;
  }
}

/** `segment/<epoch, twelve digits>-<random, hexadecimal>`. */
function segmentName(epoch: number, random: Random): SegmentName {
  assert(Number.isSafeInteger(epoch) && epoch >= 0, 'an epoch is a whole number', { epoch });
  return `segment/${epoch.toString().padStart(12, '0')}-${hexOf(random.bytes(16))}` as SegmentName;
}

/** The upload epoch that a segment's name carries; undefined for what is not the name of a segment. */
export function epochOfSegment(name: string): number | undefined {
  const match = /^segment\/(\d{12,15})-[0-9a-f]{32}$/.exec(name);
  return match === null ? undefined : Number(match[1]);
}

function writeMagic(writer: ByteWriter): void {
  for (let at = 0; at < MAGIC.length; at++) writer.u8(MAGIC.charCodeAt(at));
  writer.u8(SEGMENT_FORMAT_VERSION);
}

/** The pages of a whole segment object, for inspection; SQLSTATE XX001 naming it when the directory is damaged. */
export function readSegmentDirectory(
  name: string,
  bytes: Uint8Array,
  crypto: Crypto,
): { readonly offset: number; readonly length: number }[] {
  const trailer = new ByteReader(bytes.subarray(Math.max(0, bytes.length - TRAILER_BYTES)), name);
  const directoryBytes = trailer.u32();
  const hash = trailer.raw(HASH_BYTES);
  if (trailer.u32() !== 0) trailer.damaged('its trailer is not one');
  expectMagic(trailer);
  const end = bytes.length - TRAILER_BYTES;
  if (directoryBytes > end) trailer.damaged('its directory is longer than itself');
  const directory = bytes.subarray(end - directoryBytes, end);
  verifyHash(crypto, directory, hash, name);
  expectMagic(new ByteReader(bytes, name));
  const reader = new ByteReader(directory, name);
  const pages: { offset: number; length: number }[] = [];
  for (let left = reader.varint(); left > 0; left--) pages.push({ offset: reader.varint() * PAGE_ALIGNMENT, length: reader.varint() });
  return pages;
}

function expectMagic(reader: ByteReader): void {
  for (let at = 0; at < MAGIC.length; at++) if (reader.u8() !== MAGIC.charCodeAt(at)) reader.damaged('it is not a segment');
  if (reader.u8() !== SEGMENT_FORMAT_VERSION) reader.damaged('it is a segment of another version');
}

function aligned(offset: number): number {
  return Math.ceil(offset / PAGE_ALIGNMENT) * PAGE_ALIGNMENT;
}
