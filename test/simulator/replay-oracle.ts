/**
 * The log's order is the claimed serial order. So replay it on a plain map, and demand that every transaction saw exactly what
 * it would have seen there.
 *
 * Checked
 *   R1  The log is dense, and every record decodes.
 *   R2  A transaction reported committed is in the log once, at the slot it was told; one reported failed is not in it.
 *   R3  A serializable transaction that wrote saw the state just before its own place; one that only read, the state at one
 *       slot no older than what anybody had been told of when it began.
 *   R4  A transaction at repeatable read saw its snapshot, and nobody wrote in between what it wrote.
 *   R5  Every transaction, whatever became of it, saw one state: its snapshot with its own writes.
 */
import type { Crypto } from '../../src/base/runtime.ts';
import { slot as slotOf } from '../../src/storage/tree.ts';
import { decodeCore, decodeObject } from '../../src/transaction/record-codec.ts';
import type { Attempt, Cell, History, Tree } from './history.ts';

/** The state of all trees: `tree/key` to value. */
export type State = Map<string, Cell>;

export interface Replay {
  readonly violations: string[];
  /** The state after the newest record. */
  readonly final: State;
  /** Every attempt found in the log, whatever its client was told. */
  readonly committed: ReadonlySet<Attempt>;
}

export function replay(log: ReadonlyMap<number, Uint8Array>, history: History, crypto: Crypto): Replay {
  const violations: string[] = [];
  const state: State = new Map();
  const byId = new Map(history.attempts.map((attempt) => [attempt.id, attempt]));
  const placed = new Map<Attempt, number>();
  const lastWriteOf = new Map<string, number>();
  const bySnapshot = groupBy(history.attempts, (attempt) => attempt.snapshot);
  const byReadSlot = groupBy(history.attempts.filter(isReadOnly), (attempt) => Math.max(attempt.snapshot, attempt.floor));

  const newest = Math.max(0, ...log.keys());
  for (let slot = 0; slot <= newest; slot++) {
    if (slot > 0) applyRecord(slot);
    for (const attempt of bySnapshot.get(slot) ?? []) compare(attempt, 'R5: at its snapshot');
    for (const attempt of byReadSlot.get(slot) ?? []) if (attempt.isolation === 'serializable') compare(attempt, 'R3: when it began');
  }
  for (const attempt of history.attempts) checkOutcome(attempt);
  return { violations, final: state, committed: new Set(placed.keys()) };

  function applyRecord(slot: number): void {
    const bytes = log.get(slot);
    if (bytes === undefined) {
      violations.push(`R1: slot ${slot} is missing, the newest is ${newest}`);
      return;
    }
    for (const { id } of decodeCore(decodeObject(bytes, slotOf(slot), crypto)[0]).transactions) {
      const attempt = byId.get(id);
      if (attempt === undefined) continue; // a control record, or the setup
      const before = placed.get(attempt);
      if (before !== undefined) violations.push(`R2: ${nameOf(attempt)} is in the log at ${before} and at ${slot}`);
      placed.set(attempt, slot);
      if (slot <= attempt.floor)
        violations.push(`R3: ${nameOf(attempt)} is at slot ${slot}, yet slot ${attempt.floor} was acknowledged before it began`);
      if (attempt.isolation === 'serializable') compare(attempt, `R3: at slot ${slot}`);
      place(attempt, slot);
    }
  }

  function place(attempt: Attempt, slot: number): void {
    for (const step of attempt.steps) {
      if (step.kind === 'clear') for (const key of [...state.keys()]) if (key.startsWith(`${step.tree}/`)) state.delete(key);
      if (step.kind !== 'put' && step.kind !== 'delete') continue;
      const key = nameOfKey(step.tree, step.key);
      const last = lastWriteOf.get(key) ?? 0;
      if (last > attempt.snapshot && last < slot)
        violations.push(`R4: ${nameOf(attempt)} overwrote ${key} of slot ${last} without having seen it`);
      if (step.kind === 'put') state.set(key, step.value);
      else state.delete(key);
    }
    for (const step of attempt.steps)
      if (step.kind === 'put' || step.kind === 'delete') lastWriteOf.set(nameOfKey(step.tree, step.key), slot);
  }

  function compare(attempt: Attempt, when: string): void {
    const difference = differenceFrom(state, attempt);
    if (difference !== undefined) violations.push(`${when}: ${nameOf(attempt)} ${difference}`);
  }

  function checkOutcome(attempt: Attempt): void {
    const slot = placed.get(attempt);
    if (attempt.outcome === 'failed' && slot !== undefined)
      violations.push(`R2: ${nameOf(attempt)} was reported failed and is in the log at ${slot}`);
    if (attempt.outcome === 'committed' && !isReadOnly(attempt) && slot !== attempt.slot) {
      violations.push(`R2: ${nameOf(attempt)} was reported committed at ${String(attempt.slot)} and is at ${String(slot)}`);
    }
  }
}

/** How what a transaction saw differs from `state` and its own writes; undefined when it does not. */
function differenceFrom(state: State, attempt: Attempt): string | undefined {
  const own = new Map<string, Cell | null>();
  const cleared = new Set<Tree>();
  const at = (tree: Tree, number: number): Cell | null => {
    const key = nameOfKey(tree, number);
    const mine = own.get(key);
    return mine === undefined ? (cleared.has(tree) ? null : (state.get(key) ?? null)) : mine;
  };
  for (const step of attempt.steps) {
    if (step.kind === 'put') own.set(nameOfKey(step.tree, step.key), step.value);
    else if (step.kind === 'delete') own.set(nameOfKey(step.tree, step.key), null);
    else if (step.kind === 'clear') {
      cleared.add(step.tree);
      for (const key of own.keys()) if (key.startsWith(`${step.tree}/`)) own.delete(key);
    } else if (step.kind === 'get') {
      const expected = at(step.tree, step.key);
      if (expected !== step.saw) return `saw ${String(step.saw)} at ${step.tree}/${step.key} instead of ${String(expected)}`;
    } else {
      const expected: [number, Cell][] = [];
      for (let key = step.from; key < step.to; key++) {
        const value = at(step.tree, key);
        if (value !== null) expected.push([key, value]);
      }
      if (JSON.stringify(expected) !== JSON.stringify(step.saw))
        return `saw ${JSON.stringify(step.saw)} in ${step.tree} [${step.from}, ${step.to}) instead of ${JSON.stringify(expected)}`;
    }
  }
  return undefined;
}

function isReadOnly(attempt: Attempt): boolean {
  return attempt.outcome === 'committed' && attempt.slot === undefined;
}

export function nameOfKey(tree: Tree, key: number): string {
  return `${tree}/${key}`;
}

function nameOf(attempt: Attempt): string {
  return `${attempt.client}'s ${attempt.isolation} transaction ${attempt.id.slice(0, 8)} (${attempt.outcome}, snapshot ${attempt.snapshot})`;
}

function groupBy(attempts: readonly Attempt[], slotFor: (attempt: Attempt) => number): Map<number, Attempt[]> {
  const groups = new Map<number, Attempt[]>();
  for (const attempt of attempts) {
    const slot = slotFor(attempt);
    const group = groups.get(slot);
    if (group === undefined) groups.set(slot, [attempt]);
    else group.push(attempt);
  }
  return groups;
}
