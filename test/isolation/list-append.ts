/**
 * Finds isolation anomalies in a history of list appends (after Kingsbury and Alvaro, "Elle", VLDB 2020). Appended values are
 * unique, so a list that was read tells the order of its writers:
 *
 *     read x = [1, 2, 3]      T(1) -ww-> T(2) -ww-> T(3) -wr-> reader -rw-> whoever appended 4 next
 *
 * Anomalies, from worse to milder; a `-realtime` cycle needs an edge "ended before the other began":
 *   incompatible-order  two reads of one list are not prefixes of each other
 *   duplicate, internal a value is in a list twice; a transaction does not see its own appends
 *   G1a, G1b            a read of something aborted; of an intermediate state
 *   G0, G1c             a cycle of ww; of ww and wr
 *   G-single            a cycle with one rw: read skew, lost update
 *   G2-item             a cycle with several rw: write skew
 */
import { assert } from '../../src/base/assert.ts';

export type Operation =
  | { readonly kind: 'append'; readonly key: number; readonly value: number }
  | { readonly kind: 'read'; readonly key: number; readonly values: readonly number[] };

export interface Observation {
  readonly operations: readonly Operation[];
  /** `unknown` counts as committed if and only if somebody read what it appended. */
  readonly outcome: 'committed' | 'failed' | 'unknown';
  readonly startedMs: number;
  readonly endedMs: number;
}

export interface Anomaly {
  readonly kind: string;
  /** Positions in the history. */
  readonly transactions: readonly number[];
  readonly words: string;
}

type EdgeKind = 'ww' | 'wr' | 'rw' | 'rt';

interface Edge {
  readonly to: number;
  readonly kind: EdgeKind;
}

/** Every anomaly that the history shows, one example of each kind of cycle. Empty: strictly serializable, as far as lists can tell. */
export function findAnomalies(history: readonly Observation[]): Anomaly[] {
  const anomalies: Anomaly[] = [];
  const writers = writersOf(history, anomalies);
  const orders = ordersOf(history, anomalies);
  const lasts = lastAppends(history);
  checkReads(history, writers, lasts, anomalies);
  if (anomalies.length > 0) return anomalies;

  const graph = new Graph(history.length);
  const isSeen = seenWriters(history, orders, writers);
  for (const [key, order] of orders) addWriteEdges(graph, writers, key, order);
  history.forEach((observation, reader) => {
    if (observation.outcome === 'committed') addReadEdges(graph, history, writers, orders, reader);
  });
  anomalies.push(...graph.cycles(''));
  if (anomalies.length > 0) return anomalies;
  addRealTime(graph, history, isSeen);
  return graph.cycles('-realtime');
}

function nameOf(key: number, value: number): string {
  return `${key}:${value}`;
}

function writersOf(history: readonly Observation[], anomalies: Anomaly[]): Map<string, number> {
  const writers = new Map<string, number>();
  history.forEach(({ operations }, transaction) => {
    for (const operation of operations) {
      if (operation.kind !== 'append') continue;
      const name = nameOf(operation.key, operation.value);
      const before = writers.get(name);
      if (before !== undefined)
        anomalies.push({ kind: 'workload', transactions: [before, transaction], words: `${name} is appended twice` });
      writers.set(name, transaction);
    }
  });
  return writers;
}

/** Of each key the longest list read; every other must be a prefix of it. Own appends at the end of a read are left out. */
function ordersOf(history: readonly Observation[], anomalies: Anomaly[]): Map<number, readonly number[]> {
  const orders = new Map<number, readonly number[]>();
  const readers = new Map<number, number>();
  history.forEach((observation, transaction) => {
    if (observation.outcome !== 'committed') return;
    const appended = new Map<number, number[]>();
    for (const operation of observation.operations) {
      if (operation.kind === 'append') {
        const own = appended.get(operation.key) ?? [];
        own.push(operation.value);
        appended.set(operation.key, own);
        continue;
      }
      const { key, values } = operation;
      const own = appended.get(key) ?? [];
      const tail = values.slice(values.length - own.length);
      if (tail.join() !== own.join())
        anomalies.push({
          kind: 'internal',
          transactions: [transaction],
          words: `read ${values.join()} of ${key} after appending ${own.join()}`,
        });
      if (new Set(values).size !== values.length)
        anomalies.push({ kind: 'duplicate', transactions: [transaction], words: `read ${values.join()} of ${key}` });
      const longest = orders.get(key) ?? [];
      const [short, long] = values.length <= longest.length ? [values, longest] : [longest, values];
      if (short.some((value, at) => value !== long[at])) {
        anomalies.push({
          kind: 'incompatible-order',
          transactions: [readers.get(key) ?? transaction, transaction],
          words: `${key} was read as ${longest.join()} and as ${values.join()}`,
        });
      }
      if (values.length > longest.length) {
        orders.set(key, values);
        readers.set(key, transaction);
      }
    }
  });
  return orders;
}

/** Of each transaction and key the last value it appended. */
function lastAppends(history: readonly Observation[]): Map<number, number>[] {
  return history.map(({ operations }) => {
    const last = new Map<number, number>();
    for (const operation of operations) if (operation.kind === 'append') last.set(operation.key, operation.value);
    return last;
  });
}

function checkReads(
  history: readonly Observation[],
  writers: ReadonlyMap<string, number>,
  lasts: readonly Map<number, number>[],
  anomalies: Anomaly[],
): void {
  history.forEach((observation, reader) => {
    if (observation.outcome !== 'committed') return;
    for (const operation of observation.operations) {
      if (operation.kind !== 'read') continue;
      const { key, values } = operation;
      values.forEach((value, at) => {
        const writer = writers.get(nameOf(key, value));
        if (writer === undefined) {
          anomalies.push({ kind: 'garbage', transactions: [reader], words: `read ${value} of ${key}, which nobody appended` });
        } else if (writer !== reader && history[writer].outcome === 'failed') {
          anomalies.push({ kind: 'G1a', transactions: [writer, reader], words: `read ${value} of ${key}, which was aborted` });
        } else if (writer !== reader && at === values.length - 1 && lasts[writer].get(key) !== value) {
          anomalies.push({ kind: 'G1b', transactions: [writer, reader], words: `read ${key} up to ${value}, its writer went on` });
        }
      });
    }
  });
}

function seenWriters(
  history: readonly Observation[],
  orders: ReadonlyMap<number, readonly number[]>,
  writers: ReadonlyMap<string, number>,
): boolean[] {
  const isSeen = history.map(({ outcome }) => outcome === 'committed');
  for (const [key, order] of orders) {
    for (const value of order) {
      const writer = writers.get(nameOf(key, value));
      if (writer !== undefined) isSeen[writer] = true;
    }
  }
  return isSeen;
}

function addWriteEdges(graph: Graph, writers: ReadonlyMap<string, number>, key: number, order: readonly number[]): void {
  for (let at = 1; at < order.length; at++) graph.add(writerOf(writers, key, order[at - 1]), writerOf(writers, key, order[at]), 'ww');
}

function addReadEdges(
  graph: Graph,
  history: readonly Observation[],
  writers: ReadonlyMap<string, number>,
  orders: ReadonlyMap<number, readonly number[]>,
  reader: number,
): void {
  for (const operation of history[reader].operations) {
    if (operation.kind !== 'read') continue;
    const { key, values } = operation;
    const order = orders.get(key) ?? [];
    let seen = values.length;
    while (seen > 0 && writerOf(writers, key, values[seen - 1]) === reader) seen--; // its own appends
    if (seen > 0) graph.add(writerOf(writers, key, values[seen - 1]), reader, 'wr');
    if (seen < order.length) graph.add(reader, writerOf(writers, key, order[seen]), 'rw');
  }
}

function writerOf(writers: ReadonlyMap<string, number>, key: number, value: number): number {
  const writer = writers.get(nameOf(key, value));
  assert(writer !== undefined, 'a value that was read has a writer', { key, value });
  return writer;
}

/**
 * "a ended before b began", without the edges that follow from others: b is joined to those that had ended by then and have
 * no successor that had ended too.
 */
function addRealTime(graph: Graph, history: readonly Observation[], isSeen: readonly boolean[]): void {
  const starts = history.map((_, at) => at).filter((at) => isSeen[at]);
  const ends = starts.filter((at) => history[at].outcome === 'committed');
  starts.sort((a, b) => history[a].startedMs - history[b].startedMs);
  ends.sort((a, b) => history[a].endedMs - history[b].endedMs);
  const frontier = new Set<number>();
  let next = 0;
  for (const begun of starts) {
    for (; next < ends.length && history[ends[next]].endedMs < history[begun].startedMs; next++) {
      const ended = ends[next];
      for (const one of frontier) if (history[one].endedMs < history[ended].startedMs) frontier.delete(one);
      frontier.add(ended);
    }
    for (const ended of frontier) if (ended !== begun) graph.add(ended, begun, 'rt');
  }
}

class Graph {
  readonly #edges: Edge[][];

  constructor(size: number) {
    this.#edges = Array.from({ length: size }, () => []);
  }

  add(from: number, to: number, kind: EdgeKind): void {
    if (from !== to) this.#edges[from].push({ to, kind });
  }

  /** One cycle of each kind, mildest name that fits. */
  cycles(suffix: string): Anomaly[] {
    const found = new Map<string, Anomaly>();
    const components = this.#components();
    for (let from = 0; from < this.#edges.length; from++) {
      for (const edge of this.#edges[from]) {
        if (components[from] !== components[edge.to]) continue;
        const cycle = this.#classify(from, edge, components);
        const kind = cycle.kind + suffix;
        if (!found.has(kind)) found.set(kind, { kind, transactions: cycle.path, words: `a cycle through ${cycle.path.join(' -> ')}` });
      }
    }
    return [...found.values()];
  }

  #classify(from: number, edge: Edge, components: Int32Array): { kind: string; path: number[] } {
    const back = (kinds: ReadonlySet<EdgeKind>): number[] | undefined => this.#path(edge.to, from, kinds, components);
    const write = back(WRITES);
    if (edge.kind === 'rw') {
      const single = write ?? back(WRITES_READS);
      return single === undefined ? { kind: 'G2-item', path: back(ALL) ?? [] } : { kind: 'G-single', path: single };
    }
    if (write !== undefined && edge.kind !== 'wr') return { kind: 'G0', path: write };
    const dirty = back(WRITES_READS);
    if (dirty !== undefined) return { kind: 'G1c', path: dirty };
    const path = back(ALL) ?? [];
    return { kind: this.#antiDependencies(path, edge) === 1 ? 'G-single' : 'G2-item', path };
  }

  #antiDependencies(path: readonly number[], closing: Edge): number {
    let count = closing.kind === 'rw' ? 1 : 0;
    for (let at = 1; at < path.length; at++) {
      const edges = this.#edges[path[at - 1]].filter((edge) => edge.to === path[at]);
      if (edges.every((edge) => edge.kind === 'rw')) count++;
    }
    return count;
  }

  /** The shortest way from `start` to `goal` within their component over edges of these kinds (real time always counts). */
  #path(start: number, goal: number, kinds: ReadonlySet<EdgeKind>, components: Int32Array): number[] | undefined {
    const before = new Map<number, number>([[start, start]]);
    let frontier = [start];
    while (frontier.length > 0 && !before.has(goal)) {
      const next: number[] = [];
      for (const at of frontier) {
        for (const { to, kind } of this.#edges[at]) {
          if (!kinds.has(kind) || before.has(to) || components[to] !== components[goal]) continue;
          before.set(to, at);
          next.push(to);
        }
      }
      frontier = next;
    }
    if (!before.has(goal)) return undefined;
    const path = [goal];
    for (let at = goal; at !== start;) {
      at = before.get(at) ?? start;
      path.push(at);
    }
    return path.reverse();
  }

  /** Strongly connected components, after Tarjan, without recursion. */
  #components(): Int32Array {
    const size = this.#edges.length;
    const index = new Int32Array(size).fill(-1);
    const low = new Int32Array(size);
    const component = new Int32Array(size).fill(-1);
    const position = new Int32Array(size);
    const stack: number[] = [];
    let counter = 0;
    let components = 0;
    for (let root = 0; root < size; root++) {
      if (index[root] !== -1) continue;
      const calls = [root];
      while (calls.length > 0) {
        const at = calls[calls.length - 1];
        if (index[at] === -1) {
          index[at] = low[at] = counter++;
          stack.push(at);
        }
        const edges = this.#edges[at];
        if (position[at] < edges.length) {
          const { to } = edges[position[at]++];
          if (index[to] === -1) calls.push(to);
          else if (component[to] === -1) low[at] = Math.min(low[at], index[to]);
          continue;
        }
        calls.pop();
        if (calls.length > 0) low[calls[calls.length - 1]] = Math.min(low[calls[calls.length - 1]], low[at]);
        if (low[at] !== index[at]) continue;
        for (let member = -1; member !== at;) {
          member = stack.pop() ?? at;
          component[member] = components;
        }
        components++;
      }
    }
    return component;
  }
}

const WRITES: ReadonlySet<EdgeKind> = new Set<EdgeKind>(['ww', 'rt']);
const WRITES_READS: ReadonlySet<EdgeKind> = new Set<EdgeKind>(['ww', 'wr', 'rt']);
const ALL: ReadonlySet<EdgeKind> = new Set<EdgeKind>(['ww', 'wr', 'rw', 'rt']);
