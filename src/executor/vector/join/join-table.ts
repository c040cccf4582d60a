/**
 * The build side of a hash join: its rows as tuples, keys first, and what finds them.
 *
 *     entries   by hash                             any keys
 *     slots     by the key itself, less the least   one integer key whose values lie close together
 *     columns   likewise, no tuples any more         where each of them comes once (dense-columns.ts)
 *
 * What stands for a row of the build side is the address of its tuple, or its place in the columns.
 */
import { KEY_BYTES, writeKeyColumns, type KeyColumn } from '../../../kernels/key-descriptor.ts';
import { TupleLayout } from '../../../kernels/tuple-layout.ts';
import type { Computing } from '../computing.ts';
import { Widener } from '../expression/registers.ts';
import type { QueryMemory } from '../memory.ts';
import { hashVector } from '../hash.ts';
import { FieldReader } from '../tuple-reader.ts';
import { TupleStore } from '../tuple-store.ts';
import { Vector, type VectorType } from '../vector.ts';
import { DenseColumns, type DenseColumnPlaces } from './dense-columns.ts';

/** Slots are worth it when there are at most so many for each row, and some more. */
const SLOTS_PER_ROW = 8;
const SLOTS_SPARE = 65_536;

/** Bytes of an aggregate state that holds an extreme. */
const EXTREME_BYTES = 16;

/** What a table's tuples are made of. */
export interface JoinTableShape {
  /** Types of the key columns, and whether nulls are equal in each. */
  readonly keys: readonly VectorType[];
  readonly nullsEqual: readonly boolean[];
  /** Types of what else is kept of a row. */
  readonly payload: readonly VectorType[];
  readonly hasMatched: boolean;
}

/** Reads a column of build rows, of `rows` that stand as u32s at `tuples`. */
export interface BuildReader {
  read(tuples: number, rows: number): Vector;
}

/** Where a finished table lies, for other threads to probe. */
export interface JoinTablePlaces {
  readonly count: number;
  readonly entries: number;
  readonly mask: number;
  readonly slots: number;
  readonly least: number;
  readonly range: number;
  readonly dense: DenseColumnPlaces | undefined;
}

export class JoinTable {
  readonly layout: TupleLayout;
  readonly store: TupleStore;
  readonly #context: Computing;
  /** Where rows and what finds them lie. */
  readonly #room: QueryMemory;
  readonly #nullsEqual: readonly boolean[];
  readonly #wideners: readonly Widener[];
  readonly #keys: Vector[];
  readonly #descriptors: number;
  readonly #hashes: number;
  readonly #tuples: number;
  /** States of the least and the greatest key, while one integer is the key. */
  readonly #extremes: number;
  /** Rows, of a table that another thread made. */
  readonly #foreignCount: number;
  #entries = 0;
  #mask = 0;
  #slots = 0;
  #least = 0;
  #range = 0;
  #dense: DenseColumns | undefined;

  /** An empty table, to be filled; with `places`, one that is finished and only probed. */
  constructor({ keys, nullsEqual, payload, hasMatched }: JoinTableShape, context: Computing, places?: JoinTablePlaces) {
    this.layout = new TupleLayout([...keys, ...payload], [], hasMatched);
    this.#room = context.memory.part();
    this.store = new TupleStore(this.layout, context, this.#room);
    this.#context = context;
    this.#nullsEqual = nullsEqual;
    this.#wideners = keys.map((type) => new Widener(context.registers, type));
    this.#keys = keys.map((type) => new Vector(type));
    this.#descriptors = context.memory.take(keys.length * KEY_BYTES);
    this.#hashes = context.memory.takeValues('i32');
    this.#tuples = context.memory.takeValues('i32');
    const isInteger = keys.length === 1 && (keys[0] === 'i32' || keys[0] === 'i64') && !nullsEqual[0];
    this.#extremes = isInteger && places === undefined ? context.memory.takeCleared(EXTREME_BYTES * 2) : 0;
    this.#foreignCount = places?.count ?? 0;
    if (places === undefined) return;
    this.#entries = places.entries;
    this.#mask = places.mask;
    this.#slots = places.slots;
    this.#least = places.least;
    this.#range = places.range;
    if (places.dense !== undefined) this.#dense = new DenseColumns(places.dense, payload, context);
  }

  get count(): number {
    return this.store.count + this.#foreignCount;
  }

  /** Where everything is, once finished. */
  get places(): JoinTablePlaces {
    return {
      count: this.count,
      entries: this.#entries,
      mask: this.#mask,
      slots: this.#slots,
      least: this.#least,
      range: this.#range,
      dense: this.#dense?.places,
    };
  }

  /** Adds rows of the build side: keys, then what else is kept. */
  add(keys: readonly Vector[], payload: readonly Vector[], rows: number): void {
    this.#describe(keys, rows);
    this.#noteExtremes(rows);
    this.store.append([...this.#keys, ...payload], rows, this.#hashes);
  }

  /** Bytes that the rows take. */
  get used(): number {
    return this.#room.used;
  }

  /** Forgets all rows. */
  forget(): void {
    this.#room.release();
    this.store.forget();
    this.#entries = 0;
    this.#slots = 0;
    this.#dense = undefined;
    if (this.#extremes !== 0) this.#context.host.heap.bytes().fill(0, this.#extremes, this.#extremes + EXTREME_BYTES * 2);
  }

  /** The hashes of keys, u32s, and the keys without dictionaries, both good until the next call. */
  hash(keys: readonly Vector[], rows: number): { readonly hashes: number; readonly plain: readonly Vector[] } {
    this.#describe(keys, rows);
    return { hashes: this.#hashes, plain: this.#keys };
  }

  /** The least and the greatest key; undefined where it is not one integer, or there is none, or numbers do not hold it exactly. */
  extremes(): { readonly least: number; readonly greatest: number } | undefined {
    if (this.#extremes === 0) return undefined;
    const view = new DataView(this.#context.host.heap.memory.buffer, this.#extremes, EXTREME_BYTES * 2);
    const [least, greatest] = [Number(view.getBigInt64(0, true)), Number(view.getBigInt64(EXTREME_BYTES, true))];
    const isExact = view.getBigUint64(8, true) !== 0n && Number.isSafeInteger(least) && Number.isSafeInteger(greatest);
    return isExact ? { least, greatest } : undefined;
  }

  /** Makes the rows added findable. */
  finish(): void {
    if (this.#extremes !== 0 && this.#chooseSlots()) {
      this.#makeColumns();
      if (this.#dense === undefined) this.#insertDirect();
      return;
    }
    let capacity = 16;
    while (capacity < this.count * 2) capacity *= 2;
    this.#entries = this.#room.takeCleared(capacity * 8);
    this.#mask = capacity - 1;
    for (const rows of this.store.batchesBackwards(this.#tuples))
      this.#context.kernels.joinInsert(this.#entries, this.#mask, this.#descriptors, this.#keys.length, this.#tuples, rows);
  }

  /** The rows of a probe batch that may match, and where their chains begin, as u32s; how many. */
  candidates(keys: readonly Vector[], rows: number, intoRows: number, intoHeads: number): number {
    const { kernels } = this.#context;
    if (this.#dense !== undefined) {
      this.#point(keys, rows);
      return this.#dense.candidates(this.#descriptors, rows, intoRows, intoHeads);
    }
    if (this.#slots !== 0) {
      this.#point(keys, rows);
      return kernels.directCandidates(this.#slots, this.#least, this.#range, this.#descriptors, rows, intoRows, intoHeads);
    }
    this.#describe(keys, rows);
    return kernels.joinCandidates(this.#entries, this.#mask, this.#hashes, rows, intoRows, intoHeads);
  }

  /** Pairs of candidates and tuples with equal keys: see `joinProbe`. To be called before other candidates are asked for. */
  pairs(rows: number, heads: number, count: number, state: number, intoRows: number, intoTuples: number, capacity: number): number {
    if (this.#dense !== undefined) return this.#allCandidates(rows, heads, count, state, intoRows, intoTuples, capacity);
    const keys = this.#slots === 0 ? this.#keys.length : 0;
    return this.#context.kernels.joinProbe(this.#descriptors, keys, rows, heads, count, state, intoRows, intoTuples, capacity);
  }

  /** The mask of the batch's rows that some tuple matches. */
  exists(rows: number, heads: number, count: number, batchRows: number, intoMask: number): void {
    if (this.#dense !== undefined) {
      this.#context.host.heap.bytes().fill(0, intoMask, intoMask + batchRows);
      this.#context.kernels.markRows(rows, count, intoMask);
      return;
    }
    const keys = this.#slots === 0 ? this.#keys.length : 0;
    this.#context.kernels.joinExists(this.#descriptors, keys, rows, heads, count, batchRows, intoMask);
  }

  /** What reads the payload's columns of build rows. */
  readers(): BuildReader[] {
    const keys = this.#keys.length;
    return this.layout.fields.slice(keys).map((_, column) => {
      const fields = new FieldReader(this.layout, keys + column, this.#context);
      return { read: (tuples, rows) => this.#dense?.read(column, tuples, rows) ?? fields.read(tuples, rows) };
    });
  }

  /** The next candidates as pairs: each has its one partner. */
  #allCandidates(
    rows: number,
    heads: number,
    count: number,
    state: number,
    intoRows: number,
    intoTuples: number,
    capacity: number,
  ): number {
    const words = new Uint32Array(this.#context.host.heap.memory.buffer);
    const from = words[state >>> 2];
    const taken = Math.min(capacity, count - from);
    for (const [source, into] of [
      [rows, intoRows],
      [heads, intoTuples],
    ])
      words.copyWithin(into >>> 2, (source >>> 2) + from, (source >>> 2) + from + taken);
    words[state >>> 2] = from + taken;
    return taken;
  }

  #point(keys: readonly Vector[], rows: number): void {
    const columns: KeyColumn[] = [];
    for (const [field, source] of keys.entries()) {
      const key = this.#keys[field];
      key.pointAt(source.dictionary === 0 ? source : this.#wideners[field].wide(source, rows));
      columns.push({
        type: key.isNarrow || source.type === 'i32' ? 'i32' : source.type,
        data: key.data,
        nulls: key.nulls,
        fieldOffset: this.layout.fieldOffset(field),
        flagOffset: this.layout.flagOffset(field),
        nullsEqual: this.#nullsEqual[field],
      });
      key.isNarrow = columns[field].type === 'i32';
    }
    writeKeyColumns(new Uint32Array(this.#context.host.heap.memory.buffer), this.#descriptors, columns);
  }

  #describe(keys: readonly Vector[], rows: number): void {
    this.#point(keys, rows);
    for (const [field, key] of this.#keys.entries()) hashVector(this.#context.kernels, key, rows, field > 0, this.#hashes);
  }

  #noteExtremes(rows: number): void {
    if (this.#extremes === 0) return;
    const { kernels } = this.#context;
    const [{ data, nulls, isNarrow }] = this.#keys;
    if (isNarrow) {
      kernels.totalMinI32(this.#extremes, data, nulls, 0, rows);
      kernels.totalMaxI32(this.#extremes + EXTREME_BYTES, data, nulls, 0, rows);
    } else {
      kernels.totalMinI64(this.#extremes, data, nulls, 0, rows);
      kernels.totalMaxI64(this.#extremes + EXTREME_BYTES, data, nulls, 0, rows);
    }
  }

  /** Whether the keys lie close enough together for a slot each. */
  #chooseSlots(): boolean {
    const view = new DataView(this.#context.host.heap.memory.buffer, this.#extremes, EXTREME_BYTES * 2);
    if (view.getBigUint64(8, true) === 0n) return false;
    const range = Number(view.getBigInt64(EXTREME_BYTES, true) - view.getBigInt64(0, true)) + 1;
    if (range > this.count * SLOTS_PER_ROW + SLOTS_SPARE) return false;
    this.#range = range;
    this.#least = this.#extremes; // the least key is the state's value
    return true;
  }

  /** Columns in place of tuples, where nothing but its key tells a row from others. */
  #makeColumns(): void {
    const payload = this.layout.fields.length - 1;
    if (this.layout.matchedOffset !== 0 || !DenseColumns.isWorthwhile(this.count, this.#range, payload)) return;
    this.#dense = DenseColumns.of(this.store, this.#least, this.#range, this.#room, this.#context);
    if (this.#dense !== undefined) this.store.dropTuples();
  }

  #insertDirect(): void {
    this.#slots = this.#room.takeCleared(this.#range * 4);
    const field = this.layout.fieldOffset(0);
    const flag = this.layout.flagOffset(0);
    for (const rows of this.store.batchesBackwards(this.#tuples))
      this.#context.kernels.directInsert(this.#slots, this.#least, this.#range, field, flag, this.#tuples, rows);
  }
}
