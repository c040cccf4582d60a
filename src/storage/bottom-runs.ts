/**
 * Runs of a tree that hold no key between them twice, one after the other as one layer: what bulk loads and appended rows leave
 * behind. A scan can hand their leaves out as they lie, where runs that overlap have to be merged row by row.
 */
import { compareBytes } from '../base/bytes.ts';
import type { Leaf } from './leaf-reader.ts';
import { resolveKey } from './row-id.ts';
import type { RunDescriptor } from './run.ts';
import type { RunSource } from './scan-sources.ts';
import type { Key, Slot, TreeSchema } from './tree.ts';

/** The lowest layer of a scan: the rest [low, high) of one leaf at a time. */
export interface BottomSource {
  /** Makes rows current unless there are some; false at the end. A promise only when a page is missing. */
  load(): boolean | Promise<boolean>;
  readonly leaf: Leaf;
  readonly low: number;
  readonly high: number;
  readonly slot: Slot;
  narrow(low: number, high: number): void;
}

interface Span {
  readonly run: RunDescriptor;
  readonly first: Key;
  readonly last: Key;
}

/** Takes the largest runs of a stack that overlap no other taken one: `bottom` in key order, `overlay` the others, newest first. */
export function splitRuns(
  schema: TreeSchema,
  runs: readonly RunDescriptor[],
): { readonly bottom: readonly RunDescriptor[]; readonly overlay: readonly RunDescriptor[] } {
  if (runs.length < 2) return { bottom: runs, overlay: [] };
  const taken: Span[] = [];
  for (const run of runs.toSorted((a, b) => b.rows - a.rows)) {
    const span = spanOf(schema, run);
    if (span !== undefined && taken.every((other) => isApart(span, other))) taken.push(span);
  }
  if (taken.length === 0) return { bottom: runs.slice(-1), overlay: runs.slice(0, -1) };
  const bottom = taken.sort((a, b) => compareBytes(a.first, b.first)).map((span) => span.run);
  return { bottom, overlay: runs.filter((run) => !bottom.includes(run)) };
}

/** The bounds of a run's keys; undefined where they are known only before placeholders were resolved. */
function spanOf(schema: TreeSchema, run: RunDescriptor): Span | undefined {
  if (run.firstOrdinal === undefined) return { run, first: run.first, last: run.last };
  const last = schema.key.at(-1);
  if (schema.rowId === undefined || last?.column !== schema.rowId || schema.uniqueParts !== undefined) return undefined;
  return { run, first: resolveKey(run.first, run.slot, run.firstOrdinal), last: resolveKey(run.last, run.slot, run.firstOrdinal) };
}

function isApart(a: Span, b: Span): boolean {
  return compareBytes(a.last, b.first) < 0 || compareBytes(b.last, a.first) < 0;
}

/** Sources of runs in the order of the scan, as one. */
export class BottomRuns implements BottomSource {
  readonly #sources: readonly RunSource[];
  #at = 0;

  constructor(sources: readonly RunSource[]) {
    this.#sources = sources;
  }

  load(): boolean | Promise<boolean> {
    for (; this.#at < this.#sources.length; this.#at++) {
      const loaded = this.#sources[this.#at].load();
      if (loaded instanceof Promise) return loaded.then((found) => found || this.load());
      if (loaded) return true;
    }
    return false;
  }

  get leaf(): Leaf {
    return this.#current().leaf;
  }

  get low(): number {
    return this.#current().low;
  }

  get high(): number {
    return this.#current().high;
  }

  get slot(): Slot {
    return this.#current().slot;
  }

  narrow(low: number, high: number): void {
    this.#current().narrow(low, high);
  }

  #current(): RunSource {
    const source = this.#sources.at(this.#at);
    if (source === undefined) throw new RangeError('load comes first');
    return source;
  }
}
