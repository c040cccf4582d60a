/**
 * Whether a history of overlapping calls on one object could have happened in some order of single moments, each within its
 * own call (Wing and Gong's search, with the visited (done calls, state) pairs remembered as Lowe proposes).
 *
 * Every written value is unique, so the state is the value itself: undefined is absent. A replacement is checked by the value
 * its validator stood for.
 */
import { textOf, utf8 } from '../../src/base/bytes.ts';
import type { ObjectStore } from '../../vfs/object-store.ts';

type Value = string | undefined;

export type Call = { readonly start: number; readonly end: number; readonly client: number } & (
  | { readonly kind: 'read'; readonly value: Value }
  | { readonly kind: 'create'; readonly value: string; readonly created: boolean | 'unknown' }
  | { readonly kind: 'replace'; readonly expected: Value; readonly value: string; readonly replaced: boolean | 'unknown' }
  | { readonly kind: 'delete' }
);

/** A history of `callsPerClient` random calls by each client, one after another, on object `name`. */
export async function randomHistory(clients: readonly ObjectStore[], name: string, callsPerClient: number, seed: number): Promise<Call[]> {
  const history: Call[] = [];
  let moment = 0;
  const run = async (store: ObjectStore, client: number) => {
    const random = mulberry32(seed * 31 + client);
    let known: { validator: string; value: Value } = { validator: '"none"', value: 'never' };
    for (let n = 0; n < callsPerClient; n++) {
      const value = `${client}.${n}`;
      const start = ++moment;
      const at = () => ({ start, end: ++moment, client });
      const choice = random();
      if (choice < 0.4) {
        const found = await store.get(name);
        const read = found.kind === 'found' ? textOf(found.bytes) : undefined;
        if (found.kind === 'found') known = { validator: found.validator, value: read };
        history.push({ kind: 'read', value: read, ...at() });
      } else if (choice < 0.6) {
        const outcome = await store.createIfAbsent(name, utf8(value));
        if (outcome.kind === 'created') known = { validator: outcome.validator, value };
        if (outcome.kind !== 'undecided')
          history.push({ kind: 'create', value, created: outcome.kind === 'unknown' ? 'unknown' : outcome.kind === 'created', ...at() });
      } else if (choice < 0.9) {
        const { validator, value: expected } = known;
        const outcome = await store.replaceIfMatch(name, utf8(value), validator);
        if (outcome.kind === 'replaced') known = { validator: outcome.validator, value };
        if (outcome.kind !== 'undecided')
          history.push({
            kind: 'replace',
            expected,
            value,
            replaced: outcome.kind === 'unknown' ? 'unknown' : outcome.kind === 'replaced',
            ...at(),
          });
      } else {
        await store.delete(name);
        history.push({ kind: 'delete', ...at() });
      }
    }
  };
  await Promise.all(clients.map(run));
  return history;
}

/** What is wrong with a history, undefined when it is linearizable. */
export function linearizabilityFailure(history: readonly Call[]): string | undefined {
  const calls = [...history].sort((a, b) => a.start - b.start);
  const seen = new Set<string>();
  let furthest = 0;
  // `first` is the earliest call not yet placed; `placed` holds later calls already placed.
  const search = (first: number, placed: ReadonlySet<number>, state: Value): boolean => {
    while (placed.has(first)) first++;
    if (first === calls.length) return true;
    furthest = Math.max(furthest, first);
    const key = `${first}|${[...placed]
      .filter((index) => index > first)
      .sort((a, b) => a - b)
      .join(',')}|${state ?? '-'}`;
    if (seen.has(key)) return false;
    seen.add(key);
    let deadline = Infinity;
    for (let index = first; index < calls.length && calls[index].start < deadline; index++) {
      if (placed.has(index)) continue;
      deadline = Math.min(deadline, endOf(calls[index]));
      for (const next of apply(calls[index], state)) {
        if (search(first, new Set([...placed].filter((at) => at > first)).add(index), next.state)) return true;
      }
    }
    return false;
  };
  if (search(0, new Set(), undefined)) return undefined;
  return `no order explains the calls around ${JSON.stringify(calls.slice(Math.max(0, furthest - 4), furthest + 5))}`;
}

/** A call whose outcome is unknown may take effect at any later time. */
function endOf(call: Call): number {
  const isUnknown = (call.kind === 'create' && call.created === 'unknown') || (call.kind === 'replace' && call.replaced === 'unknown');
  return isUnknown ? Infinity : call.end;
}

/** The states that a call may leave, none when its answer contradicts the state it meets. */
function apply(call: Call, state: Value): readonly { readonly state: Value }[] {
  switch (call.kind) {
    case 'read':
      return call.value === state ? [{ state }] : [];
    case 'delete':
      return [{ state: undefined }];
    case 'create':
      return conditional(state === undefined, call.created, call.value, state);
    case 'replace':
      return conditional(state !== undefined && state === call.expected, call.replaced, call.value, state);
  }
}

function conditional(holds: boolean, answer: boolean | 'unknown', value: string, state: Value): readonly { readonly state: Value }[] {
  if (answer === 'unknown') return holds ? [{ state: value }, { state }] : [{ state }];
  if (answer !== holds) return [];
  return [{ state: answer ? value : state }];
}

/** A small seeded generator of numbers in [0, 1). */
export function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
