/**
 * Breadth-first search through every state of a machine whose states are a few packed bytes.
 *
 *     arena   | state 0 | state 1 | state 2 | ...      states in the order of discovery: the frontier is an index into it
 *     parents |    0    |    0    |    1    | ...      who discovered it, for the shortest trace
 *     table   open addressing over the arena's indices
 *
 * Invariants
 *   E1  States are compared whole, never by hash alone: "exhausted" means every reachable state was seen.
 *   E2  The first violation found has a shortest trace, since states are expanded in the order of discovery.
 */

/** A machine to search. States are `stateBytes` bytes, a multiple of four. */
export interface Machine {
  readonly stateBytes: number;
  /** Fills `state` (all zero) with the initial state. */
  initial(state: Uint8Array): void;
  /** Calls `emit(label)` once for every step possible from `from`, each time with the successor in `to`. */
  successors(from: Uint8Array, to: Uint8Array, emit: (label: number) => void): void;
  /** The promise that `state` breaks, if it breaks one. */
  violation(state: Uint8Array): string | undefined;
  /** A step in words. */
  describe(label: number): string;
  /** Labels modulo this are the kind of the step; kinds seen are counted. */
  readonly labelKinds: number;
}

export interface Exploration {
  readonly states: number;
  readonly transitions: number;
  /** Steps from the initial state to the farthest one. */
  readonly depth: number;
  /** Whether every reachable state was seen; false when `statesMax` stopped the search or a violation ended it. */
  readonly exhausted: boolean;
  /** How often a step of each kind was possible. */
  readonly kindCounts: Float64Array;
  readonly violation: { readonly promise: string; readonly trace: readonly string[] } | undefined;
}

const CHUNK_STATES = 1 << 18;

/** Searches `machine` until everything was seen, a promise is broken, or `statesMax` states are known. */
export function explore(machine: Machine, statesMax: number): Exploration {
  const search = new Search(machine, statesMax);
  return search.run();
}

class Search {
  readonly #machine: Machine;
  readonly #statesMax: number;
  readonly #words: number;
  readonly #chunks: Uint32Array[] = [];
  readonly #parents: Uint32Array[] = [];
  #count = 0;
  #table: Uint32Array = new Uint32Array(1 << 16);
  #broken: { promise: string; state: number } | undefined;

  constructor(machine: Machine, statesMax: number) {
    this.#machine = machine;
    this.#statesMax = statesMax;
    this.#words = machine.stateBytes / 4;
  }

  run(): Exploration {
    const machine = this.#machine;
    const fromWords = new Uint32Array(this.#words);
    const toWords = new Uint32Array(this.#words);
    const from = new Uint8Array(fromWords.buffer);
    const to = new Uint8Array(toWords.buffer);
    const kindCounts = new Float64Array(machine.labelKinds);
    let transitions = 0;
    let depth = 0;
    let levelEnd = 1;
    machine.initial(to);
    this.#intern(toWords, 0, to);

    let current = 0;
    const emit = (label: number): void => {
      transitions++;
      kindCounts[label % machine.labelKinds]++;
      this.#intern(toWords, current, to);
    };
    for (; current < this.#count && this.#broken === undefined && this.#count < this.#statesMax; current++) {
      if (current === levelEnd) {
        depth++;
        levelEnd = this.#count;
      }
      this.#load(current, fromWords);
      machine.successors(from, to, emit);
    }
    const exhausted = this.#broken === undefined && current === this.#count;
    const broken = this.#broken;
    const violation = broken === undefined ? undefined : { promise: broken.promise, trace: this.#trace(broken.state) };
    return { states: this.#count, transitions, depth, exhausted, kindCounts, violation };
  }

  #intern(words: Uint32Array, parent: number, bytes: Uint8Array): void {
    if (this.#count * 2 >= this.#table.length) this.#rehash();
    const mask = this.#table.length - 1;
    let at = hash(words) & mask;
    for (; this.#table[at] !== 0; at = (at + 1) & mask) {
      if (this.#same(this.#table[at] - 1, words)) return;
    }
    const index = this.#count++;
    this.#table[at] = index + 1;
    const chunk = Math.floor(index / CHUNK_STATES);
    if (chunk === this.#chunks.length) {
      this.#chunks.push(new Uint32Array(CHUNK_STATES * this.#words));
      this.#parents.push(new Uint32Array(CHUNK_STATES));
    }
    this.#chunks[chunk].set(words, (index % CHUNK_STATES) * this.#words);
    this.#parents[chunk][index % CHUNK_STATES] = parent;
    if (this.#broken !== undefined) return;
    const promise = this.#machine.violation(bytes);
    if (promise !== undefined) this.#broken = { promise, state: index };
  }

  #same(index: number, words: Uint32Array): boolean {
    const chunk = this.#chunks[Math.floor(index / CHUNK_STATES)];
    const start = (index % CHUNK_STATES) * this.#words;
    for (let word = 0; word < words.length; word++) if (chunk[start + word] !== words[word]) return false;
    return true;
  }

  #load(index: number, words: Uint32Array): void {
    const start = (index % CHUNK_STATES) * this.#words;
    words.set(this.#chunks[Math.floor(index / CHUNK_STATES)].subarray(start, start + this.#words));
  }

  #rehash(): void {
    const table = new Uint32Array(this.#table.length * 4);
    const mask = table.length - 1;
    const words = new Uint32Array(this.#words);
    for (let index = 0; index < this.#count; index++) {
      this.#load(index, words);
      let at = hash(words) & mask;
      while (table[at] !== 0) at = (at + 1) & mask;
      table[at] = index + 1;
    }
    this.#table = table;
  }

  /** The steps that led to a state, found again by expanding each ancestor. */
  #trace(last: number): string[] {
    const path = [last];
    for (let at = last; at !== 0;) {
      at = this.#parents[Math.floor(at / CHUNK_STATES)][at % CHUNK_STATES];
      path.push(at);
    }
    path.reverse();
    const fromWords = new Uint32Array(this.#words);
    const toWords = new Uint32Array(this.#words);
    const from = new Uint8Array(fromWords.buffer);
    const to = new Uint8Array(toWords.buffer);
    const trace: string[] = [];
    for (let step = 1; step < path.length; step++) {
      this.#load(path[step - 1], fromWords);
      let words: string | undefined;
      this.#machine.successors(from, to, (label) => {
        if (words === undefined && this.#same(path[step], toWords)) words = this.#machine.describe(label);
      });
      trace.push(words ?? 'a step that is not found again');
    }
    return trace;
  }
}

function hash(words: Uint32Array): number {
  let mixed = 0x811c9dc5;
  for (let at = 0; at < words.length; at++) {
    mixed = Math.imul(mixed ^ words[at], 0x85ebca6b);
    mixed ^= mixed >>> 15;
  }
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
