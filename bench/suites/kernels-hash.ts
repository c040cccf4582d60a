/**
 * Kernels of groups, joins and sorts over ten million rows, one million of them distinct, against the times they are meant to stay
 * under (`yardstick`). No engine, no SQL: vectors of 2,048 rows in one memory. Times are the CPU's: whoever else is on the machine counts
 * by what it does to the caches only.
 */
import { GROUP_TABLE, GROUP_TABLE_BYTES } from '../../src/kernels/group-table.ts';
import { KEY_BYTES, writeKeyColumns } from '../../src/kernels/key-descriptor.ts';
import { loadKernels, type Kernels } from '../../src/kernels/kernels.ts';
import { SORT_KEY_BYTES, sortScratchBytes, writeSortKeys } from '../../src/kernels/sort-descriptor.ts';
import { TupleLayout } from '../../src/kernels/tuple-layout.ts';
import { figure, type Figure } from '../report.ts';

const ROWS = 10_000_000;
const DISTINCT_SHARE = 10;
const VECTOR = 2048;
const ROUNDS = 3;

/** Rows that are worked on at a time where a part is at hand: its tuples then stay in the first cache. */
const PART_VECTOR = 512;
const PART_BITS = 8;
const PARTS = 2 ** PART_BITS;

/** Milliseconds at scale 1. */
const YARDSTICKS: Readonly<Record<string, number>> = {
  group_parted: 170,
  join_parted: 150,
  join_direct_parted: 150,
  sort_1m: 80,
  sum_f64: 10,
  sum_i64: 10,
};

export function kernelsHash(scale: number): Figure[] {
  const data = new Data(Math.round(ROWS * scale));
  const cases: Readonly<Record<string, () => number>> = {
    sum_f64: () => data.sumF64(),
    sum_i64: () => data.sumI64(),
    group_one_table: () => data.groupOneTable(),
    group_parted: () => data.groupParted(),
    join_one_pass: () => data.join(),
    join_parted: () => data.joinParted(),
    join_direct: () => data.joinDirect(),
    join_direct_parted: () => data.joinDirectParted(),
    sort_1m: () => data.sort(),
  };
  return Object.entries(cases).map(([name, run]) => {
    let best = Infinity;
    for (let round = 0; round <= ROUNDS; round++) best = Math.min(best, run());
    const yardstick = YARDSTICKS[name];
    return figure({
      suite: 'kernels_hash',
      case: name,
      ours: best,
      unit: 'ms',
      ...(yardstick === undefined ? {} : { peer: yardstick * scale, peerName: 'yardstick' }),
      scale,
      rounds: ROUNDS,
      consistency: 'none',
      durability: 'none',
    });
  });
}

/** Keys, values, and room to work in. Each case answers its milliseconds, after checking its result. */
class Data {
  readonly #rows: number;
  readonly #distinct: number;
  readonly #memory: WebAssembly.Memory;
  readonly #k: Kernels;
  readonly #words: Uint32Array;
  readonly #longs: BigInt64Array;
  readonly #keys: number;
  readonly #values: number;
  readonly #hashes: number;
  readonly #tuples: number;
  readonly #rowsOut: number;
  readonly #heads: number;
  readonly #tuplesOut: number;
  readonly #places: number;
  readonly #fills: number;
  readonly #state: number;
  readonly #descriptor: number;
  readonly #scratch: number;
  readonly #work: number;
  readonly #layout = new TupleLayout(['i64'], ['count', 'sumF64']);
  readonly #joinLayout = new TupleLayout(['i64', 'i64']);
  #top = 65_536;

  constructor(rows: number) {
    this.#rows = rows;
    this.#distinct = Math.max(1, Math.round(rows / DISTINCT_SHARE));
    this.#memory = new WebAssembly.Memory({ initial: Math.ceil((rows * 64 + 2 ** 26) / 65_536), maximum: 65_535 });
    const kernels = loadKernels(this.#memory, false);
    if (kernels === undefined) throw new Error('this host compiles WebAssembly');
    this.#k = kernels;
    this.#words = new Uint32Array(this.#memory.buffer);
    this.#longs = new BigInt64Array(this.#memory.buffer);
    this.#keys = this.#room(rows * 8);
    this.#values = this.#room(rows * 8);
    const floats = new Float64Array(this.#memory.buffer);
    let state = 1;
    for (let row = 0; row < rows; row++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      this.#longs[this.#keys / 8 + row] = BigInt(Math.floor((state / 2 ** 32) * this.#distinct));
      floats[this.#values / 8 + row] = row * 0.5;
    }
    [this.#hashes, this.#tuples, this.#rowsOut, this.#heads, this.#tuplesOut, this.#places, this.#scratch] = Array.from({ length: 7 }, () =>
      this.#room(VECTOR * 8),
    );
    this.#fills = this.#room(PARTS * 4);
    this.#state = this.#room(64);
    this.#descriptor = this.#room(Math.max(KEY_BYTES, SORT_KEY_BYTES));
    this.#work = this.#top;
  }

  sumF64(): number {
    return this.#timed(() => {
      this.#words.fill(0, this.#state / 4, this.#state / 4 + 16);
      this.#vectors(this.#rows, (at, n) => this.#k.totalSumF64(this.#state, this.#values + at * 8, 0, 0, n));
    });
  }

  sumI64(): number {
    return this.#timed(() => this.#vectors(this.#rows, (at, n) => this.#k.totalSumI64(this.#state, this.#keys + at * 8, 0, 0, n)));
  }

  /** count(*), sum(value) by key, in one table that the cache does not hold. */
  groupOneTable(): number {
    const table = this.#table(this.#distinct);
    return this.#timed(() => {
      this.#vectors(this.#rows, (at, n) => {
        this.#k.hashI64(this.#keys + at * 8, 0, n, 0, this.#hashes);
        this.#group(table, this.#keys + at * 8, this.#values + at * 8, this.#hashes, n);
      });
      this.#expect(this.#count(table) / this.#distinct, 1);
    });
  }

  /** The same by parts: rows are kept by high bits of their hashes first, then a table is made for each part that the cache does hold. */
  groupParted(): number {
    this.#top = this.#work;
    const capacity = this.#partCapacity(this.#rows);
    const [keys, values] = [this.#room(PARTS * capacity * 8), this.#room(PARTS * capacity * 8)];
    const hashes = this.#room(PARTS * capacity * 4);
    const perPart = Math.ceil((this.#distinct / PARTS) * 1.5) + 64;
    const tables = Array.from({ length: PARTS }, () => this.#table(perPart, this.#top));
    return this.#timed(() => {
      this.#words.fill(0, this.#fills / 4, this.#fills / 4 + PARTS);
      this.#vectors(this.#rows, (at, n) => {
        this.#k.hashI64(this.#keys + at * 8, 0, n, 0, this.#hashes);
        this.#place(n, capacity);
        this.#k.scatter64(this.#keys + at * 8, this.#places, n, keys);
        this.#k.scatter64(this.#values + at * 8, this.#places, n, values);
        this.#k.scatter32(this.#hashes, this.#places, n, hashes);
      });
      let count = 0;
      this.#parts(capacity, (part, at, n) => this.#group(tables[part], keys + at * 8, values + at * 8, hashes + at * 4, n));
      for (const table of tables) count += this.#count(table);
      this.#expect(count / this.#distinct, 1);
    });
  }

  /** Pairs of all rows with a million unique keys, and the sum of what those bring. */
  join(): number {
    this.#top = this.#work;
    const built = this.#build(1);
    return this.#timed(() => {
      let sum = 0;
      this.#vectors(this.#rows, (at, n) => {
        this.#k.hashI64(this.#keys + at * 8, 0, n, 0, this.#hashes);
        sum += this.#probe(built, this.#keys + at * 8, this.#hashes, n);
      });
      this.#expect(sum, this.#rows);
    });
  }

  joinParted(): number {
    this.#top = this.#work;
    const built = this.#build(PARTS);
    const capacity = this.#partCapacity(this.#rows);
    const [keys, hashes] = [this.#room(PARTS * capacity * 8), this.#room(PARTS * capacity * 4)];
    return this.#timed(() => {
      this.#words.fill(0, this.#fills / 4, this.#fills / 4 + PARTS);
      this.#vectors(this.#rows, (at, n) => {
        this.#k.hashI64(this.#keys + at * 8, 0, n, 0, this.#hashes);
        this.#place(n, capacity);
        this.#k.scatter64(this.#keys + at * 8, this.#places, n, keys);
        this.#k.scatter32(this.#hashes, this.#places, n, hashes);
      });
      let sum = 0;
      this.#parts(capacity, (_, at, n) => {
        sum += this.#probe(built, keys + at * 8, hashes + at * 4, n);
      });
      this.#expect(sum, this.#rows);
    });
  }

  joinDirect(): number {
    this.#top = this.#work;
    const built = this.#buildDirect();
    return this.#timed(() => {
      let sum = 0;
      this.#vectors(this.#rows, (at, n) => {
        sum += this.#probeDirect(built, this.#keys + at * 8, n);
      });
      this.#expect(sum, this.#rows);
    });
  }

  /** Parts by the key's own high bits: tuples that lie in the order of keys are met a part at a time as well. */
  joinDirectParted(): number {
    this.#top = this.#work;
    const built = this.#buildDirect();
    const capacity = Math.ceil((this.#rows / PARTS) * 2.5) + VECTOR;
    const keys = this.#room(PARTS * capacity * 8);
    const bits = Math.ceil(Math.log2(this.#distinct));
    return this.#timed(() => {
      this.#words.fill(0, this.#fills / 4, this.#fills / 4 + PARTS);
      this.#vectors(this.#rows, (at, n) => {
        this.#k.i64ToI32(this.#keys + at * 8, 0, n, this.#hashes);
        this.#k.partitionPlaces(this.#hashes, n, Math.max(0, bits - PART_BITS), PART_BITS, capacity, this.#fills, this.#places);
        this.#k.scatter64(this.#keys + at * 8, this.#places, n, keys);
      });
      let sum = 0;
      this.#parts(capacity, (_, at, n) => {
        sum += this.#probeDirect(built, keys + at * 8, n);
      });
      this.#expect(sum, this.#rows);
    });
  }

  /** A tenth of the rows by their values, in an order of chance. */
  sort(): number {
    this.#top = this.#work;
    const n = this.#distinct;
    const { stride } = this.#joinLayout;
    const [tuples, list, scratch] = [this.#room(n * stride), this.#room(n * 4), this.#room(sortScratchBytes(n))];
    writeSortKeys(this.#words, this.#descriptor, [
      {
        type: 'f64',
        fieldOffset: this.#joinLayout.fieldOffset(1),
        flagOffset: this.#joinLayout.flagOffset(1),
        isDescending: false,
        nullsFirst: false,
      },
    ]);
    const floats = new Float64Array(this.#memory.buffer);
    for (let row = 0; row < n; row++) {
      this.#words[list / 4 + row] = tuples + row * stride;
      this.#words.fill(0, (tuples + row * stride) / 4, (tuples + (row + 1) * stride) / 4);
      floats[(tuples + row * stride + this.#joinLayout.fieldOffset(1)) / 8] = ((row * 48_271) % 2_147_483_647) * 0.5;
    }
    const ms = this.#timed(() => this.#k.sortTuples(list, n, this.#descriptor, 1, scratch));
    const at = (row: number): number => floats[(this.#words[list / 4 + row] + this.#joinLayout.fieldOffset(1)) / 8];
    for (let row = 1; row < n; row++) this.#expect(at(row) >= at(row - 1) ? 1 : 0, 1);
    return ms;
  }

  #group(table: number, keys: number, values: number, hashes: number, n: number): void {
    this.#describe(this.#layout, keys);
    const done = this.#k.groupFind(table, this.#descriptor, 1, hashes, n, 0, this.#tuples);
    this.#expect(done, n);
    this.#k.groupCount(this.#tuples, this.#layout.stateOffset(0), 0, 0, n);
    this.#k.groupSumF64(this.#tuples, this.#layout.stateOffset(1), values, 0, 0, n);
  }

  /** A table with room for all of its groups. */
  #table(groups: number, from = this.#work): number {
    this.#top = from;
    const capacity = 2 ** Math.ceil(Math.log2(groups * 2));
    const [header, entries] = [this.#room(GROUP_TABLE_BYTES), this.#room(capacity * 8)];
    const tuples = this.#room(groups * this.#layout.stride);
    this.#words.fill(0, entries / 4, entries / 4 + capacity * 2);
    const at = header / 4;
    this.#words[at + GROUP_TABLE.entries] = entries;
    this.#words[at + GROUP_TABLE.mask] = capacity - 1;
    this.#words[at + GROUP_TABLE.count] = 0;
    this.#words[at + GROUP_TABLE.limit] = groups;
    this.#words[at + GROUP_TABLE.tuples] = tuples;
    this.#words[at + GROUP_TABLE.tuplesEnd] = tuples + groups * this.#layout.stride;
    this.#words[at + GROUP_TABLE.stride] = this.#layout.stride;
    this.#words[at + GROUP_TABLE.scratch] = this.#scratch;
    return header;
  }

  #count(table: number): number {
    return this.#words[table / 4 + GROUP_TABLE.count];
  }

  /** Entries of tuples (i, 1) for each key i, laid out in `parts` parts. */
  #build(parts: number): { entries: number; mask: number } {
    const bits = Math.log2(parts);
    const { stride } = this.#joinLayout;
    const mask = 2 ** Math.ceil(Math.log2(this.#distinct * 2)) - 1;
    const entries = this.#room((mask + 1) * 8);
    const capacity = parts === 1 ? this.#distinct + VECTOR : this.#partCapacity(this.#distinct);
    const tuples = this.#room(parts * capacity * stride);
    this.#words.fill(0, entries / 4, entries / 4 + (mask + 1) * 2);
    this.#words.fill(0, this.#fills / 4, this.#fills / 4 + PARTS);
    this.#buildVectors((keys, ones, n) => {
      this.#k.hashI64(keys, 0, n, 0, this.#hashes);
      this.#k.partitionPlaces(this.#hashes, n, 32 - bits, bits, capacity, this.#fills, this.#places);
      this.#k.tuplesAt(this.#places, n, tuples, stride, this.#tuples);
      this.#write(keys, ones, n);
    });
    this.#describe(this.#joinLayout, 0);
    for (let part = 0; part < parts; part++) {
      this.#vectors(this.#words[this.#fills / 4 + part], (at, n) => {
        this.#k.tupleAddresses(tuples + (part * capacity + at) * stride, stride, n, this.#tuples);
        this.#k.joinInsert(entries, mask, this.#descriptor, 1, this.#tuples, n);
      });
    }
    return { entries, mask };
  }

  #buildDirect(): { slots: number; least: number } {
    const { stride } = this.#joinLayout;
    const [slots, least, tuples] = [this.#room(this.#distinct * 4), this.#room(8), this.#room(this.#distinct * stride)];
    this.#words.fill(0, slots / 4, slots / 4 + this.#distinct);
    this.#longs[least / 8] = 0n;
    let made = 0;
    this.#buildVectors((keys, ones, n) => {
      this.#k.hashI64(keys, 0, n, 0, this.#hashes);
      this.#k.tupleAddresses(tuples + made * stride, stride, n, this.#tuples);
      this.#write(keys, ones, n);
      const [field, flag] = [this.#joinLayout.fieldOffset(0), this.#joinLayout.flagOffset(0)];
      this.#k.directInsert(slots, least, this.#distinct, field, flag, this.#tuples, n);
      made += n;
    });
    return { slots, least };
  }

  /** Calls `each` with vectors of all keys in order, and of ones. */
  #buildVectors(each: (keys: number, ones: number, n: number) => void): void {
    const [keys, ones] = [this.#heads, this.#rowsOut];
    this.#vectors(this.#distinct, (at, n) => {
      for (let row = 0; row < n; row++) this.#longs[keys / 8 + row] = BigInt(at + row);
      this.#longs.fill(1n, ones / 8, ones / 8 + n);
      each(keys, ones, n);
    });
  }

  #write(keys: number, ones: number, n: number): void {
    this.#k.writeHashes(this.#hashes, n, this.#tuples);
    this.#k.writeField64(keys, 0, n, this.#tuples, this.#joinLayout.fieldOffset(0), this.#joinLayout.flagOffset(0));
    this.#k.writeField64(ones, 0, n, this.#tuples, this.#joinLayout.fieldOffset(1), this.#joinLayout.flagOffset(1));
  }

  #probe({ entries, mask }: { entries: number; mask: number }, keys: number, hashes: number, n: number): number {
    this.#describe(this.#joinLayout, keys);
    return this.#pairs(1, this.#k.joinCandidates(entries, mask, hashes, n, this.#rowsOut, this.#heads));
  }

  #probeDirect({ slots, least }: { slots: number; least: number }, keys: number, n: number): number {
    this.#describe(this.#joinLayout, keys);
    return this.#pairs(0, this.#k.directCandidates(slots, least, this.#distinct, this.#descriptor, n, this.#rowsOut, this.#heads));
  }

  /** The sum of what the candidates' tuples bring: as many as there are. */
  #pairs(keyCount: number, candidates: number): number {
    const { fieldOffset, flagOffset } = { fieldOffset: this.#joinLayout.fieldOffset(1), flagOffset: this.#joinLayout.flagOffset(1) };
    this.#words.fill(0, this.#state / 4, this.#state / 4 + 16);
    const [rows, heads, into, tuples] = [this.#rowsOut, this.#heads, this.#places, this.#tuplesOut];
    const pairs = this.#k.joinProbe(this.#descriptor, keyCount, rows, heads, candidates, this.#state, into, tuples, VECTOR);
    this.#k.readField64(tuples, pairs, fieldOffset, flagOffset, this.#hashes, this.#scratch);
    this.#k.totalSumI64(this.#state + 16, this.#hashes, 0, 0, pairs);
    return Number(this.#longs[this.#state / 8 + 2]);
  }

  #place(n: number, capacity: number): void {
    this.#k.partitionPlaces(this.#hashes, n, 32 - PART_BITS, PART_BITS, capacity, this.#fills, this.#places);
  }

  /** Room that no part of so many rows outgrows: hashes are even, and the data is always the same. */
  #partCapacity(rows: number): number {
    return Math.ceil((rows / PARTS) * 1.2) + VECTOR;
  }

  #describe(layout: TupleLayout, data: number): void {
    writeKeyColumns(this.#words, this.#descriptor, [
      { type: 'i64', data, nulls: 0, fieldOffset: layout.fieldOffset(0), flagOffset: layout.flagOffset(0) },
    ]);
  }

  #vectors(rows: number, each: (at: number, n: number) => void): void {
    for (let at = 0; at < rows; at += VECTOR) each(at, Math.min(VECTOR, rows - at));
  }

  #parts(capacity: number, each: (part: number, at: number, n: number) => void): void {
    for (let part = 0; part < PARTS; part++) {
      const count = this.#words[this.#fills / 4 + part];
      for (let at = 0; at < count; at += PART_VECTOR) each(part, part * capacity + at, Math.min(PART_VECTOR, count - at));
    }
  }

  #timed(run: () => void): number {
    const started = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(started);
    return (user + system) / 1000;
  }

  #expect(found: number, wanted: number): void {
    if (Math.abs(found - wanted) > Math.abs(wanted) * 0.01) throw new Error(`a kernel gave ${found}, not ${wanted}`);
  }

  /** Bytes at a multiple of 64, and what kernels may write behind them. */
  #room(bytes: number): number {
    const address = this.#top;
    this.#top += Math.ceil((bytes + 32) / 64) * 64;
    if (this.#top > this.#memory.buffer.byteLength) throw new Error('the suite needs more memory');
    return address;
  }
}
