/**
 * The tuples of a batch's rows by its key columns. Columns that are all dictionaries are looked up once per combination of their
 * entries that occurs, not once per row: the rows then find their tuple by code.
 */
import type { Computing } from '../computing.ts';
import { moveRows, type RowMover } from '../move.ts';
import { Widener } from '../expression/registers.ts';
import { Vector, type VectorType } from '../vector.ts';
import type { Groups } from './groups.ts';

/** Up to so many combinations of dictionary entries are worth a table. */
const COMBINATIONS_MAX = 1024;

export class GroupKeys {
  readonly #context: Computing;
  readonly #groups: Groups;
  readonly #wideners: readonly Widener[];
  readonly #wide: Vector[];
  readonly #movers: readonly RowMover[];
  readonly #codes: number;
  readonly #combinations: number;
  readonly #entries: number;
  readonly #found: number;
  readonly #used: number;

  constructor(types: readonly VectorType[], groups: Groups, context: Computing) {
    this.#context = context;
    this.#groups = groups;
    this.#wideners = types.map((type) => new Widener(context.registers, type));
    this.#wide = types.map((type) => new Vector(type));
    this.#movers = types.map((type) => moveRows(context.registers, type));
    this.#codes = context.memory.takeValues('i32');
    this.#combinations = context.memory.takeValues('i32');
    this.#entries = context.memory.takeValues('i32');
    this.#found = context.memory.takeValues('i32');
    this.#used = context.memory.takeValues('i32');
  }

  /** The tuples of rows [0, rows) as u32s at `tuples`. */
  find(keys: readonly Vector[], rows: number, tuples: number): void {
    if (keys.length > 0 && this.#areCodes(keys, rows)) this.#findByCode(keys, rows, tuples);
    else {
      for (const [at, key] of keys.entries()) this.#wide[at].pointAt(key.dictionary === 0 ? key : this.#wideners[at].wide(key, rows));
      this.#groups.find(this.#wide, rows, tuples);
    }
  }

  #areCodes(keys: readonly Vector[], rows: number): boolean {
    let combinations = 1;
    for (const key of keys) {
      if (key.dictionary === 0 || key.nulls !== 0) return false;
      combinations *= key.dictionaryCount;
    }
    return combinations <= COMBINATIONS_MAX && combinations * 2 <= rows;
  }

  /** Codes of several columns make one number, the first column's counting most. */
  #findByCode(keys: readonly Vector[], rows: number, tuples: number): void {
    const { kernels, host } = this.#context;
    const { buffer } = host.heap.memory;
    const codes = this.#combined(keys, rows);
    const combinations = keys.reduce((product, key) => product * key.dictionaryCount, 1);
    host.heap.bytes().fill(0, this.#combinations, this.#combinations + combinations * 4);
    const count = kernels.usedCodes(codes, rows, this.#combinations, this.#used);
    const used = new Uint32Array(buffer, this.#used, count);
    let divisor = combinations;
    for (const [at, key] of keys.entries()) {
      divisor /= key.dictionaryCount;
      const entries = new Uint32Array(buffer, this.#entries, count);
      for (let one = 0; one < count; one++) entries[one] = Math.floor(used[one] / divisor) % key.dictionaryCount;
      const dictionary = this.#wide[at];
      dictionary.pointAtValues(key.dictionary, 0);
      dictionary.pointAt(this.#movers[at](dictionary, this.#entries, count));
    }
    this.#groups.find(this.#wide, count, this.#found);
    // The heap may have grown meanwhile.
    const now = this.#context.host.heap.memory.buffer;
    const found = new Uint32Array(now, this.#found, count);
    const table = new Uint32Array(now, this.#combinations, combinations);
    const codesUsed = new Uint32Array(now, this.#used, count);
    for (let one = 0; one < count; one++) table[codesUsed[one]] = found[one];
    kernels.lookup32(codes, this.#combinations, rows, tuples);
  }

  /** The address of the rows' codes: of one column, or of all together. */
  #combined(keys: readonly Vector[], rows: number): number {
    let codes = keys[0].data;
    for (let at = 1; at < keys.length; at++) {
      this.#context.kernels.combineCodes(codes, keys[at].data, keys[at].dictionaryCount, rows, this.#codes);
      codes = this.#codes;
    }
    return codes;
  }
}
